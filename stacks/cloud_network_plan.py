"""Refuses on a cluster of many customers what leads anywhere: there, every place outside a deployment is named."""

from collections.abc import Iterator

from components.args import AirflowDeploymentArgs, Hosting
from components.life_args import State
from components.network_args import DestinationArgs
from components.service_accounts import GKE_IDENTITY
from stacks.deployment_settings import DeploymentSettings
from stacks.problems import Problem
from stacks.settings import ClusterSettings
from stacks.sign_in_settings import SignInSettings

_WHY = (
    "is missing: with `hosting: cloud` every place outside is named, so that none of its ports is open to any address"
)
_WIDE = "0.0.0.0/0 means the Internet, without private addresses and what the cluster closes"


def cluster_network_problems(name: str, cluster: ClusterSettings, sign_in: SignInSettings) -> Iterator[Problem]:
    """Refuse a cluster that does not say what its deployments reach of it."""
    around, path = cluster.network, ("clusters", name, "network")
    is_shared = cluster.hosting is Hosting.CLOUD
    if is_shared and not around.closed:
        message = "is missing: with `hosting: cloud` no deployment may reach the nodes and what others run on them"
        remedy = "List the addresses of nodes, pods, Services and load balancers"
        yield Problem((*path, "closed"), f"{message}. {remedy}")
    if around.kubernetes_api is None and (is_shared or around.closed):
        reason = _WHY if is_shared else "is missing: beside network.closed nobody could tell where it is"
        remedy = "Write the addresses of its servers, such as 192.0.2.10/32"
        yield Problem((*path, "kubernetes_api"), f"{reason}. {remedy}")
    proxy, provider = around.proxy, around.identity_provider
    if is_shared and cluster.proxy and not (proxy.cidr or proxy.namespace):
        yield Problem((*path, "proxy"), f"{_WHY}. Name its cidr or namespace")
    if is_shared and sign_in.oidc and not (provider.cidr or provider.namespace):
        yield Problem((*path, "identity_provider"), f"{_WHY}. Name its cidr; {_WIDE}")


def cloud_problems(
    planned: AirflowDeploymentArgs, settings: DeploymentSettings, cluster: ClusterSettings, path: tuple[str, ...]
) -> Iterator[Problem]:
    """Refuse a deployment that reaches for something without saying where it is, or for what nodes alone have."""
    if cluster.hosting is not Hosting.CLOUD or planned.state is State.RETIRED:
        return
    for key, where in _needed(planned).items():
        if not where.is_named:
            yield Problem((*path, "network", key), f"{_WHY}. Name its cidr or namespace; {_WIDE}")
    for part, account in settings.service_accounts.items():
        if GKE_IDENTITY in account.annotations and not cluster.network.gke_metadata:
            message = "opens the address where nodes get their own identity"
            remedy = "Remove it, or let the cluster say `network: {gke_metadata: true}` where Google's server is there"
            yield Problem((*path, "service_accounts", part, "annotations", GKE_IDENTITY), f"{message}. {remedy}")


def _needed(planned: AirflowDeploymentArgs) -> dict[str, DestinationArgs]:
    """Return what the deployment must reach outside of itself, by its key in the settings."""
    celery, network = planned.executor.celery, planned.network
    return {
        **({} if planned.database.embedded else {"database": network.database}),
        **({"git": network.git} if planned.git_sync else {}),
        **({"broker": network.broker} if celery and not celery.redis else {}),
        **({"logs": network.logs} if network.logs else {}),
        **({"metrics": network.metrics} if network.metrics else {}),
    }
