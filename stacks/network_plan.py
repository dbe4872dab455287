"""Turns what is said of a deployment's network and accounts into arguments, and refuses what would open too much."""

from collections.abc import Container, Iterable, Iterator
from dataclasses import replace
from ipaddress import IPv4Network, IPv6Network, ip_network

from components.args import AirflowDeploymentArgs, Hosting
from components.network_args import (
    CLUSTER_DNS,
    NODE_IDENTITY,
    PRIVATE,
    DestinationArgs,
    NetworkArgs,
    lies_within,
)
from stacks.deployment_settings import DeploymentSettings, ServiceAccountSettings
from stacks.log_plan import log_ports
from stacks.network_settings import DestinationSettings, NetworkSettings, PlaceSettings, ServerSettings
from stacks.problems import Problem, one_of
from stacks.settings import ClusterSettings

_IPV4_IN_IPV6 = ip_network("::ffff:0:0/96")
_ASKED_FOR_BY_POD_AGENTS = ip_network("169.254.0.0/16")
_NODE_IDENTITY = ip_network("169.254.169.254/32")
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
        service_accounts={name: one.annotations for name, one in _accounts(settings, args.airflow_major)},
        pod_labels={name: one.pod_labels for name, one in _accounts(settings, args.airflow_major) if one.pod_labels},
        pod_launching=_launches_pods(settings),
    )


def _launches_pods(settings: DeploymentSettings) -> bool:
    """Room for such pods is of no use to tasks that may not start them."""
    return settings.extra_task_pods is not None if settings.pod_launching is None else settings.pod_launching


def _network(settings: DeploymentSettings, cluster: ClusterSettings) -> NetworkArgs:
    said, around = settings.network, cluster.network
    defaults = NetworkArgs()
    return NetworkArgs(
        dns=_dns(around.dns),
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
        metrics=_metrics_destination(settings),
        proxy=_destination(around.proxy),
        identity_provider=_destination(around.identity_provider),
        closed=(*around.closed, *(PRIVATE if cluster.hosting is Hosting.CLOUD else ())),
        egress={name: _destination(one) for name, one in said.egress.items()},
    )


def _dns(settings: ServerSettings) -> DestinationArgs:
    said = _destination(settings)
    where = said if said.is_named else CLUSTER_DNS
    return replace(where, ports=said.ports or CLUSTER_DNS.ports)


def _log_destination(settings: DeploymentSettings) -> DestinationArgs | None:
    ports, where = log_ports(settings.logs), _destination(settings.network.logs)
    return replace(where, ports=where.ports or ports) if ports else None


def _metrics_destination(settings: DeploymentSettings) -> DestinationArgs | None:
    collector, where = settings.metrics.opentelemetry, _destination(settings.network.metrics)
    return replace(where, ports=where.ports or (collector.port,)) if collector else None


def _accounts(settings: DeploymentSettings, major: int) -> Iterator[tuple[str, ServiceAccountSettings]]:
    """Yield what is said of accounts, by part."""
    names = {**_PARTS, **({"api_server": "webserver"} if major == 2 else {})}  # noqa: PLR2004
    yield from ((names.get(name, name), one) for name, one in settings.service_accounts.items())


def network_problems(said: NetworkSettings, cluster: ClusterSettings, path: tuple[str, ...]) -> Iterable[Problem]:
    """Refuse a way to the identity of the nodes, and to what the cluster closes to its deployments.

    On a cluster of many customers that is anything that only a node has.
    """
    for key, place in _places(said).items():
        if place.namespace and (reason := _closed_namespace(place.namespace, cluster)):
            yield Problem((*path, "network", *key, "namespace"), reason)
        block = ip_network(place.cidr) if place.cidr else None
        if block is None:
            continue
        if lies_within(block, _IPV4_IN_IPV6):
            yield Problem((*path, "network", *key, "cidr"), "is an IPv4 address in IPv6 form. Write it as IPv4")
        elif _is_of_nodes(block, is_shared=cluster.hosting is Hosting.CLOUD):
            message = "is where nodes get their own identity, which no deployment may take on"
            remedy = "Give the part an identity by an annotation under service_accounts instead"
            yield Problem((*path, "network", *key, "cidr"), f"{message}. {remedy}")
        elif any(lies_within(block, ip_network(one)) for one in cluster.network.closed):
            message = "lies within what the cluster has under network.closed, which no deployment reaches by address"
            remedy = "Name the namespace of what is there, or another address"
            yield Problem((*path, "network", *key, "cidr"), f"{message}. {remedy}")


def _closed_namespace(namespace: str, cluster: ClusterSettings) -> str | None:
    """Say why a deployment may not name a namespace, with the remedy."""
    named = cluster.network.namespaces
    if named is None and cluster.hosting is not Hosting.CLOUD:
        return None
    if namespace in (named or ()):
        return None
    open_to = one_of(named) if named else "none"
    remedy = "Choose one of these, or have the platform add it to the cluster's network.namespaces"
    return f"{namespace} is not open to deployments of this cluster, only: {open_to}. {remedy}"


def _is_of_nodes(block: IPv4Network | IPv6Network, *, is_shared: bool) -> bool:
    """Tell whether a block is the nodes' own; on a cluster of one's own, agents beside the node's may be asked."""
    if not is_shared and lies_within(block, _ASKED_FOR_BY_POD_AGENTS):
        return lies_within(_NODE_IDENTITY, block)
    return any(lies_within(block, one) for one in NODE_IDENTITY)


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
        **({("metrics",): said.metrics} if said.metrics else {}),
    }
    return places | {("egress", name): one for name, one in said.egress.items()}


def _destination(settings: ServerSettings | DestinationSettings) -> DestinationArgs:
    return DestinationArgs(
        cidr=settings.cidr, namespace=settings.namespace, pods=settings.pods, ports=tuple(settings.ports)
    )
