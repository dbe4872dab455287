"""Holds what the deployments of a workspace choose against what the workspace may choose from."""

import re
from collections.abc import Iterator, Mapping, Sequence

from components.args import AirflowDeploymentArgs, EmbeddedDatabaseArgs, WorkloadArgs
from components.git_args import GitSyncArgs
from components.quantities import Resources, format_bytes, format_cpu
from components.sizing import Size, Sized, sized
from components.support_args import ExtraTaskPodsArgs, PgbouncerArgs
from stacks.budget_settings import AllowedSettings
from stacks.problems import Problem, nearest, one_of
from stacks.settings import ClusterSettings

_HasResources = WorkloadArgs | GitSyncArgs | PgbouncerArgs | ExtraTaskPodsArgs | EmbeddedDatabaseArgs
_NAMES_HOSTS = re.compile(r"^external-dns\..*hostname$")
"""Annotations by which ExternalDNS has names lead to a Service."""
_ASK = "or let those who keep the environment widen"


def allowance_problems(
    allowed: AllowedSettings, deployment: AirflowDeploymentArgs, path: tuple[str, ...], home: tuple[str, ...]
) -> Iterator[Problem]:
    """Refuse an executor, a release, a size, a cluster or a host that the workspace may not choose.

    Args:
        allowed: What the workspace may choose from.
        deployment: One of its deployments.
        path: Where the deployment is written.
        home: Where the workspace is written.
    """
    where = ".".join((*home, "allowed"))
    if allowed.executors is not None:
        for name in deployment.executor.order:
            if name not in allowed.executors:
                message = f"{name} is not allowed in this workspace. Choose from {one_of(allowed.executors)}, {_ASK}"
                yield Problem((*path, "executor"), f"{message} {where}.executors")
    if allowed.airflow_versions is not None and not _is_release(deployment.airflow_version, allowed.airflow_versions):
        message = f"{deployment.airflow_version} is not allowed in this workspace. Choose from"
        choice = f"{one_of(allowed.airflow_versions)}, {_ASK} {where}.airflow_versions"
        yield Problem((*path, "airflow_version"), f"{message} {choice}")
    if allowed.clusters is not None and deployment.cluster not in allowed.clusters:
        message = f"{deployment.cluster} is not allowed in this workspace. Choose from {one_of(allowed.clusters)}"
        yield Problem((*path, "cluster"), f"{message}, {_ASK} {where}.clusters")
    if allowed.hosts is not None:
        yield from _host_problems(allowed.hosts, deployment, path, f"{where}.hosts")
    if allowed.largest_size is not None:
        yield from _size_problems(allowed.largest_size, deployment, path, where)


def node_group_problems(
    allowed: AllowedSettings, chosen: str | None, path: tuple[str, ...], home: tuple[str, ...]
) -> Iterator[Problem]:
    """Refuse nodes that the workspace may not choose; whoever chooses none runs on any.

    Args:
        allowed: What the workspace may choose from.
        chosen: Group that a deployment is pinned to.
        path: Where the deployment is written.
        home: Where the workspace is written.
    """
    if allowed.node_groups is not None and chosen not in allowed.node_groups:
        said = f"{chosen} is not allowed" if chosen else "is missing: not every node is allowed"
        choice = f"Choose from {one_of(allowed.node_groups)}, {_ASK} {'.'.join((*home, 'allowed'))}.node_groups"
        yield Problem((*path, "node_group"), f"{said} in this workspace. {choice}")


def reference_problems(
    allowed: AllowedSettings, clusters: Mapping[str, ClusterSettings], home: tuple[str, ...]
) -> Iterator[Problem]:
    """Refuse bounds that name what is not there."""
    groups = {group for cluster in clusters.values() for group in cluster.node_groups}
    for name in allowed.clusters or ():
        if name not in clusters:
            message = f"there is no cluster {name}{nearest(name, clusters)}. Choose from {one_of(clusters)}"
            yield Problem((*home, "allowed", "clusters"), message)
    for name in allowed.node_groups or ():
        if name not in groups:
            there = f"Choose from {one_of(groups)}" if groups else "Add it to the node_groups of a cluster"
            message = f"there is no node group {name} on any cluster{nearest(name, groups)}. {there}"
            yield Problem((*home, "allowed", "node_groups"), message)


def _host_problems(
    allowed: Sequence[str], deployment: AirflowDeploymentArgs, path: tuple[str, ...], where: str
) -> Iterator[Problem]:
    among = f"outside of {one_of(allowed)}, which are allowed in this workspace"
    if deployment.host and not _is_within(deployment.host, allowed):
        message = f"its UI would be at {deployment.host}, {among}. Choose another cluster, {_ASK} {where}"
        yield Problem(path, message)
    service = deployment.ui_service
    for key, value in service.annotations.items() if service else ():
        hosts = [host.strip() for host in value.split(",")] if _NAMES_HOSTS.search(key) else []
        if outside := [host for host in hosts if not _is_within(host, allowed)]:
            message = f"would have the name {', '.join(outside)} lead here, {among}. Choose another, {_ASK} {where}"
            yield Problem((*path, "ui_service", "annotations", key), message)


def _size_problems(
    largest: Size, deployment: AirflowDeploymentArgs, path: tuple[str, ...], where: str
) -> Iterator[Problem]:
    bursting: list[str] = []
    for key, (part, resources) in _sizes(deployment).items():
        most, asked = sized(part, largest).requests, resources.requests
        if asked.cpu > most.cpu or asked.memory > most.memory:
            said = f"{format_cpu(asked.cpu)} CPU and {format_bytes(asked.memory)}"
            bound = f"{largest}, {format_cpu(most.cpu)} CPU and {format_bytes(most.memory)}"
            message = f"{key} has {said}, and the largest size allowed in this workspace is {bound}"
            yield Problem((*path, *key.split(".")), f"{message}. Choose a smaller one, {_ASK} {where}.largest_size")
        elif resources.limits.cpu > most.cpu:
            bursting.append(key)
    if bursting:
        message = f"lets {', '.join(bursting)} use more CPU than {largest}, the largest size allowed in this workspace"
        yield Problem((*path, "cpu_limit_ratio"), f"{message}. Lower it, {_ASK} {where}.largest_size")


def _sizes(deployment: AirflowDeploymentArgs) -> Mapping[str, tuple[Sized, Resources]]:
    """Return what users size, by where it is written: main containers of one replica."""
    executor = deployment.executor
    redis = executor.celery.redis if executor.celery else None
    parts: Mapping[str, tuple[Sized, Resources | None]] = {
        **{key: (part, workload.resources) for key, part, workload in _workloads(deployment) if workload},
        "statsd": (Sized.STATSD, deployment.statsd),
        "log_groomer": (Sized.LOG_GROOMER, deployment.log_groomer),
        "jobs": (Sized.JOB, deployment.job),
        "executor.task_pod": (Sized.TASK_POD, executor.kubernetes.task_pod if executor.kubernetes else None),
        "executor.broker.redis": (Sized.REDIS, redis),
        **{
            f"executor.queues.{queue.name}": (Sized.WORKER, queue.resources)
            for queue in (executor.celery.queues if executor.celery else ())
        },
    }
    return {key: (part, resources) for key, (part, resources) in parts.items() if resources}


def _workloads(deployment: AirflowDeploymentArgs) -> tuple[tuple[str, Sized, _HasResources | None], ...]:
    return (
        ("scheduler", Sized.SCHEDULER, deployment.scheduler),
        ("api_server", Sized.API_SERVER, deployment.api_server),
        ("dag_processor", Sized.DAG_PROCESSOR, deployment.dag_processor),
        ("triggerer", Sized.TRIGGERER, deployment.triggerer),
        ("git_sync", Sized.GIT_SYNC, deployment.git_sync),
        ("pgbouncer", Sized.PGBOUNCER, deployment.pgbouncer),
        ("extra_task_pods", Sized.TASK_POD, deployment.extra_task_pods),
        # Has no named sizes of its own.
        ("database.embedded", Sized.SCHEDULER, deployment.database.embedded),
    )


def _is_release(version: str, allowed: Sequence[str]) -> bool:
    return any(version == one or version.startswith(f"{one}.") for one in allowed)


def _is_within(host: str, domains: Sequence[str]) -> bool:
    return any(host == one or host.endswith(f".{one}") for one in domains)
