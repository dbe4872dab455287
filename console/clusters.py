"""Looks whether the clusters of an environment are there, before anything is applied to them."""

from pathlib import Path

from components.args import ClusterArgs
from stacks.embedding import Environment
from stacks.project import PROJECT_ROOT
from tools.kubeconfig import ClusterAddress, check_cluster
from tools.progress import Progress


def check_clusters(environment: Environment, progress: Progress) -> None:
    """Look for every cluster but the local one, which is started when it is needed.

    Raises:
        ComponentUnavailable: A context does not exist, or an API server does not answer.
    """
    clusters = [cluster for cluster in environment.plan.clusters.values() if not cluster.is_local]
    if not clusters:
        return
    with progress.phase("clusters") as report:
        for cluster in clusters:
            report(f"{cluster.name} is at {check_cluster(address_of(cluster, environment))}")


def address_of(cluster: ClusterArgs, environment: Environment) -> ClusterAddress:
    """Say where a cluster is, as the program will tell the provider."""
    key = cluster.kubeconfig_config_key
    return ClusterAddress(
        name=cluster.name,
        context=cluster.context,
        file=PROJECT_ROOT / Path(cluster.kubeconfig).expanduser() if cluster.kubeconfig else None,
        text=environment.secret(key) if key else None,
    )
