"""Holds what the deployments of a workspace choose against what the workspace may choose from."""

from collections.abc import Iterator, Mapping, Sequence

from components.args import AirflowDeploymentArgs
from components.quantities import Resources, format_bytes, format_cpu
from components.sizing import Size, Sized, sized
from stacks.budget_settings import AllowedSettings
from stacks.problems import Problem, nearest, one_of

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
    if allowed.hosts is not None and deployment.host and not _is_within(deployment.host, allowed.hosts):
        message = f"its UI would be at {deployment.host}, outside of {one_of(allowed.hosts)}, which are allowed in this"
        yield Problem(path, f"{message} workspace. Choose another cluster, {_ASK} {where}.hosts")
    if allowed.largest_size is not None:
        yield from _size_problems(allowed.largest_size, deployment, path, where)


def reference_problems(allowed: AllowedSettings, clusters: Sequence[str], home: tuple[str, ...]) -> Iterator[Problem]:
    """Refuse bounds that name what is not there."""
    for name in allowed.clusters or ():
        if name not in clusters:
            message = f"there is no cluster {name}{nearest(name, clusters)}. Choose from {one_of(clusters)}"
            yield Problem((*home, "allowed", "clusters"), message)


def _size_problems(
    largest: Size, deployment: AirflowDeploymentArgs, path: tuple[str, ...], where: str
) -> Iterator[Problem]:
    for key, (part, resources) in _sizes(deployment).items():
        most, asked = sized(part, largest).requests, resources.requests
        if asked.cpu > most.cpu or asked.memory > most.memory:
            said = f"{format_cpu(asked.cpu)} CPU and {format_bytes(asked.memory)}"
            bound = f"{largest}, {format_cpu(most.cpu)} CPU and {format_bytes(most.memory)}"
            message = f"{key} has {said}, and the largest size allowed in this workspace is {bound}"
            yield Problem((*path, *key.split(".")), f"{message}. Choose a smaller one, {_ASK} {where}.largest_size")


def _sizes(deployment: AirflowDeploymentArgs) -> Mapping[str, tuple[Sized, Resources]]:
    """Return what is sized, by where it is written: main containers of one replica."""
    found: dict[str, tuple[Sized, Resources]] = {
        "scheduler": (Sized.SCHEDULER, deployment.scheduler.resources),
        "api_server": (Sized.API_SERVER, deployment.api_server.resources),
        "log_groomer": (Sized.LOG_GROOMER, deployment.log_groomer),
        "jobs": (Sized.JOB, deployment.job),
    }
    if deployment.statsd:
        found["statsd"] = Sized.STATSD, deployment.statsd
    if deployment.dag_processor:
        found["dag_processor"] = Sized.DAG_PROCESSOR, deployment.dag_processor.resources
    if deployment.triggerer:
        found["triggerer"] = Sized.TRIGGERER, deployment.triggerer.resources
    if deployment.git_sync:
        found["git_sync"] = Sized.GIT_SYNC, deployment.git_sync.resources
    executor = deployment.executor
    if executor.kubernetes:
        found["executor.task_pod"] = Sized.TASK_POD, executor.kubernetes.task_pod
    for queue in executor.celery.queues if executor.celery else ():
        found[f"executor.queues.{queue.name}"] = Sized.WORKER, queue.resources
    return found


def _is_release(version: str, allowed: Sequence[str]) -> bool:
    return any(version == one or version.startswith(f"{one}.") for one in allowed)


def _is_within(host: str, domains: Sequence[str]) -> bool:
    return any(host == one or host.endswith(f".{one}") for one in domains)
