"""Looks where the clusters of an environment are, and whether they are there, before anything is applied to them."""

import contextlib
from collections.abc import Callable, Iterable
from pathlib import Path

from components.args import ClusterArgs
from components.hosting_args import ClusterIdentity
from stacks.project import PROJECT_ROOT
from tools.errors import ComponentUnavailable
from tools.homes import Report
from tools.kubeconfig import ClusterAddress, check_cluster, identify_cluster


def check_clusters(clusters: Iterable[ClusterArgs], secret: Callable[[str], str], report: Report) -> None:
    """Look for every cluster but the local one, which is started when it is needed.

    Args:
        clusters: Those of one environment.
        secret: Returns the value of a secret of the configuration.
        report: Told where each one is.

    Raises:
        ComponentUnavailable: A context does not exist, or an API server does not answer.
    """
    for cluster in clusters:
        if not cluster.is_local:
            report(f"{cluster.name} is at {check_cluster(address_of(cluster, secret))}")


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
