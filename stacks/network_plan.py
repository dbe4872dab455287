"""Turns what is said of a deployment's network and accounts into arguments, and refuses what would open too much."""

from collections.abc import Container, Iterable, Mapping
from dataclasses import replace
from ipaddress import IPv4Network, ip_network

from components.args import AirflowDeploymentArgs, Hosting
from components.network_args import DestinationArgs, NetworkArgs
from stacks.deployment_settings import DeploymentSettings
from stacks.log_plan import log_ports
from stacks.network_settings import DestinationSettings, NetworkSettings, PlaceSettings, ServerSettings
from stacks.problems import Problem
from stacks.settings import ClusterSettings

_NODE_IDENTITY = IPv4Network("169.254.169.254/32")
_LINK_LOCAL = IPv4Network("169.254.0.0/16")
_PARTS = {
    **{"api_server": "api-server", "dag_processor": "dag-processor", "task_pod": "task-pod"},
    **{
        "migration": "run-airflow-migrations",
        "cleanup": "airflow-cleanup-pods",
        "database_cleanup": "database-cleanup",
    },
}
"""Parts of a deployment by their names in the settings, where these differ."""


def with_isolation(
    args: AirflowDeploymentArgs, settings: DeploymentSettings, cluster: ClusterSettings
) -> AirflowDeploymentArgs:
    """Add what a deployment may reach, and who its parts are."""
    return replace(
        args,
        network=_network(settings, cluster),
        service_accounts=_annotations(settings, args.airflow_major),
        pod_launching=_launches_pods(settings),
    )


def _launches_pods(settings: DeploymentSettings) -> bool:
    """Room for such pods is of no use to tasks that may not start them."""
    return settings.extra_task_pods is not None if settings.pod_launching is None else settings.pod_launching


def _network(settings: DeploymentSettings, cluster: ClusterSettings) -> NetworkArgs:
    said, around = settings.network, cluster.network
    defaults = NetworkArgs()
    return NetworkArgs(
        dns_cidr=around.dns_cache,
        kubernetes_api_cidr=around.kubernetes_api,
        kubernetes_api_ports=tuple(around.kubernetes_api_ports),
        ingress_namespace=cluster.ingress.namespace if cluster.ingress else defaults.ingress_namespace,
        keda_namespace=around.keda_namespace,
        metrics_namespace=around.metrics_namespace,
        database=_destination(said.database),
        git=_destination(said.git),
        broker=_destination(said.broker),
        logs=_log_destination(settings),
        proxy=_destination(around.proxy),
        egress={name: _destination(one) for name, one in said.egress.items()},
    )


def _log_destination(settings: DeploymentSettings) -> DestinationArgs | None:
    ports, where = log_ports(settings.logs), _destination(settings.network.logs)
    return replace(where, ports=where.ports or ports) if ports else None


def _annotations(settings: DeploymentSettings, major: int) -> dict[str, Mapping[str, str]]:
    names = {**_PARTS, **({"api_server": "webserver"} if major == 2 else {})}  # noqa: PLR2004
    return {names.get(name, name): one.annotations for name, one in settings.service_accounts.items()}


def network_problems(said: NetworkSettings, cluster: ClusterSettings, path: tuple[str, ...]) -> Iterable[Problem]:
    """Refuse a way to the identity of the nodes; on a shared cluster, to anything that only a node has."""
    for key, place in _places(said).items():
        block = ip_network(place.cidr) if place.cidr else None
        if not isinstance(block, IPv4Network) or not block.subnet_of(_LINK_LOCAL):
            continue
        if cluster.hosting is Hosting.CLOUD or _NODE_IDENTITY.subnet_of(block):
            message = "is where nodes get their own identity, which no deployment may take on"
            remedy = "Give the part an identity by an annotation under service_accounts instead"
            yield Problem((*path, "network", *key, "cidr"), f"{message}. {remedy}")


def neighbour_problems(network: NetworkArgs, namespaces: Container[str], path: tuple[str, ...]) -> Iterable[Problem]:
    """Refuse a way into another deployment, which its own policies would close all the same."""
    for key, place in _places(network).items():
        if place.namespace and place.namespace in namespaces:
            message = f"{place.namespace} belongs to an Airflow deployment, and nothing crosses deployments"
            remedy = "Reach that deployment by the host of its UI, or name another namespace"
            yield Problem((*path, "network", *key, "namespace"), f"{message}. {remedy}")


def _places(said: NetworkSettings | NetworkArgs) -> dict[tuple[str, ...], PlaceSettings | DestinationArgs]:
    places: dict[tuple[str, ...], PlaceSettings | DestinationArgs] = {
        ("database",): said.database,
        ("git",): said.git,
        ("broker",): said.broker,
        **({("logs",): said.logs} if said.logs else {}),
    }
    return places | {("egress", name): one for name, one in said.egress.items()}


def _destination(settings: ServerSettings | DestinationSettings) -> DestinationArgs:
    return DestinationArgs(
        cidr=settings.cidr, namespace=settings.namespace, pods=settings.pods, ports=tuple(settings.ports)
    )
