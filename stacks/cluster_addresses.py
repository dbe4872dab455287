"""Looks where the clusters of an environment are, and whether they are there, before anything is applied to them."""

import contextlib
from collections.abc import Callable, Iterable
from pathlib import Path

from components.airflow_support import KUBERNETES_FLOOR, MINORS, is_older, minor
from components.args import ClusterArgs, PlatformPlan
from components.hosting_args import ClusterIdentity
from stacks.project import PROJECT_ROOT
from tools.errors import ComponentUnavailable
from tools.homes import Report
from tools.kubeconfig import ClusterAddress, check_cluster, identify_cluster, told_version


def check_clusters(plan: PlatformPlan, secret: Callable[[str], str], report: Report) -> None:
    """Look for every cluster but the local one, which is started when it is needed.

    Args:
        plan: The environment.
        secret: Returns the value of a secret of the configuration.
        report: Told where each one is, and which Kubernetes it says that it is.

    Raises:
        ComponentUnavailable: A context does not exist, an API server does not answer, or is too old.
    """
    for cluster in plan.clusters.values():
        if cluster.is_local:
            continue
        address = address_of(cluster, secret)
        server, version = check_cluster(address), told_version(address)
        if version is None:
            report(f"{cluster.name} is at {server}")
            continue
        if is_older(version, KUBERNETES_FLOOR):
            remedy = f"Upgrade it to {KUBERNETES_FLOOR} or later, or name another cluster. Nothing was applied."
            raise ComponentUnavailable(f"The cluster {cluster.name}", [f"{server}: Kubernetes {version}"], remedy)
        report(f"{cluster.name} is at {server}, Kubernetes {version}{_untested(plan, cluster.name, version)}")


def _untested(plan: PlatformPlan, cluster: str, version: str) -> str:
    """Name the Airflows that are to run there and were tested with older releases of Kubernetes only."""
    minors = sorted({minor(one.airflow_version) for one in plan.deployments if one.cluster == cluster})
    older = [
        f"{one} with {MINORS[one].kubernetes[1]}" for one in minors if is_older(MINORS[one].kubernetes[1], version)
    ]
    return f"; Airflow was tested by its project up to: {', '.join(older)}" if older else ""


def identities(clusters: Iterable[ClusterArgs], secret: Callable[[str], str]) -> dict[str, ClusterIdentity]:
    """Tell clusters apart by what their kubeconfigs say; what cannot be read is left out.

    The local one is left out too: it is made anew as need be.
    """
    found: dict[str, ClusterIdentity] = {}
    for cluster in clusters:
        if not cluster.is_local:
            with contextlib.suppress(ComponentUnavailable):
                known = identify_cluster(address_of(cluster, secret))
                found[cluster.name] = {"server": known.server, "authority": known.authority}
    return found


def address_of(cluster: ClusterArgs, secret: Callable[[str], str]) -> ClusterAddress:
    """Say where a cluster is, as the program will tell the provider."""
    key = cluster.kubeconfig_config_key
    return ClusterAddress(
        name=cluster.name,
        context=cluster.context,
        file=PROJECT_ROOT / Path(cluster.kubeconfig).expanduser() if cluster.kubeconfig else None,
        text=secret(key) if key else None,
    )
