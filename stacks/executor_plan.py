"""Turns what was said of executors into their arguments, and says what cannot be planned of them."""

from collections.abc import Iterable, Mapping, Set

from components import airflow_versions, naming, sizing
from components.executor_args import (
    CeleryExecutorArgs,
    ClassExecutorArgs,
    ExecutorArgs,
    ExecutorKind,
    LocalExecutorArgs,
    Scaling,
    WorkerQueueArgs,
)
from components.executor_providers import refuse_path
from components.service_accounts import TASK_POD_ACCOUNT
from stacks.deployment_settings import DeploymentSettings
from stacks.executor_settings import (
    CeleryExecutorSettings,
    ClassExecutorSettings,
    ExecutorSettings,
    KubernetesExecutorSettings,
    LocalExecutorSettings,
    WorkerQueueSettings,
)
from stacks.problems import Problem
from stacks.resource_plan import plan_tolerations, plan_volume, sized_resources
from stacks.secret_references import unknown_secret
from stacks.settings import ClusterSettings, Stage
from stacks.task_pod_plan import plan_task_pods, task_pod_problems

Path = tuple[str, ...]

_PLATFORM_EXECUTOR = LocalExecutorSettings(type="LocalExecutor")
"""The one that needs nothing beside itself."""
GRACE_SECONDS: Mapping[Stage, int] = {Stage.DEVELOPMENT: 60, Stage.PRODUCTION: 600}
"""How long a worker that is told to stop may finish its tasks, unless its queue says so.

Whoever removes a deployment waits for its workers, and they for a broker and a database that go with them: where there
are no real data, that is not worth ten minutes.
"""
_LONGEST_LOCAL_GRACE = 300
"""A scheduler that finishes its tasks reports no more, and the next one looks every five minutes for tasks of those
that do not: whatever still runs is begun anew. Who lets it look more often gives less time."""
_LOOK = ("scheduler", "orphaned_tasks_check_interval")
"""Section and option that say how often it looks."""
_LOOK_VARIABLE = "AIRFLOW__{}__{}".format(*_LOOK).upper()


def plan_executor(settings: DeploymentSettings, cluster: ClusterSettings, stage: Stage) -> ExecutorArgs:
    """Plan the executors of a deployment."""
    chosen = _chosen(settings)
    local = next((one for one in chosen if isinstance(one, LocalExecutorSettings)), None)
    celery = next((one for one in chosen if isinstance(one, CeleryExecutorSettings)), None)
    kubernetes = next((one for one in chosen if isinstance(one, KubernetesExecutorSettings)), None)
    classes = [one for one in chosen if isinstance(one, ClassExecutorSettings)]
    return ExecutorArgs(
        kinds=chosen_kinds(settings),
        local=_local(local, settings, stage) if local else None,
        celery=_celery(celery, cluster, GRACE_SECONDS[stage]) if celery else None,
        kubernetes=plan_task_pods(kubernetes.task_pod, kubernetes.max_task_pods) if kubernetes else None,
        classes=tuple(ClassExecutorArgs(path=one.path, parallelism=one.parallelism) for one in classes),
        names=tuple(map(_name, chosen)) if classes else (),
    )


def chosen_kinds(settings: DeploymentSettings) -> tuple[ExecutorKind, ...]:
    """Return the executors that the platform sizes, in order."""
    return tuple(ExecutorKind(one.type) for one in _chosen(settings) if not isinstance(one, ClassExecutorSettings))


def executor_problems(
    namespace: str,
    settings: DeploymentSettings,
    clusters: Mapping[str, ClusterSettings],
    secret_keys: Set[str] | None,
    path: Path,
) -> Iterable[Problem]:
    """Say what stands in the way of a deployment's executors, beyond their form."""
    where = (*path, "executor")
    paths = [one.path for one in _chosen(settings) if isinstance(one, ClassExecutorSettings)]
    if repeated := sorted({one for one in paths if paths.count(one) > 1}):
        yield Problem(where, f"{', '.join(repeated)} is listed more than once; keep one of each")
    version = settings.airflow_version or airflow_versions.DEFAULT_VERSION
    known = version if airflow_versions.refuse_version(version) is None else airflow_versions.DEFAULT_VERSION
    yield from (Problem(where, reason) for one in paths if (reason := refuse_path(one, known)))
    yield from _look_problems(settings, path)
    cluster = clusters.get(settings.cluster or next(iter(clusters), ""))
    for one in _chosen(settings):
        if isinstance(one, CeleryExecutorSettings):
            if one.broker.config:
                yield from unknown_secret((*where, "broker", "config"), one.broker.config, secret_keys)
            for queue, queued in one.queues.items():
                yield from _queue_problems(namespace, queue, queued, cluster, (*where, "queues", queue))
        if isinstance(one, KubernetesExecutorSettings):
            yield from _number_problems(one.max_task_pods, settings.scheduler.replicas or 1, where)
            yield from task_pod_problems(one.task_pod, namespace, (*where, "task_pod"))


def _number_problems(pods: int, schedulers: int, where: Path) -> Iterable[Problem]:
    if pods < schedulers:
        message = (
            f"is {pods}, and {schedulers} schedulers divide the task pods among them, so that some could start none"
        )
        yield Problem((*where, "max_task_pods"), f"{message}. Write {schedulers} or more, or run fewer schedulers")


def _queue_problems(
    namespace: str, name: str, settings: WorkerQueueSettings, cluster: ClusterSettings | None, path: Path
) -> Iterable[Problem]:
    full = naming.worker_set_name(namespace, name)
    if len(full) > naming.MAX_STATEFUL_SET_NAME:
        message = f"its workers would be called {full}, longer than {naming.MAX_STATEFUL_SET_NAME} characters"
        yield Problem(path, f"{message}. Shorten the queue's name")
    if f"worker-{name}" == TASK_POD_ACCOUNT:
        message = "its workers would share their account with the task pods of the KubernetesExecutor"
        yield Problem(path, f"{message}. Choose another name")
    if settings.scaling is Scaling.KEDA and cluster and cluster.local:
        message = "the local control plane has no KEDA, and Helm would refuse the release there"
        yield Problem((*path, "scaling"), f"{message}. Choose hpa or fixed, or a cluster with KEDA")


def _chosen(settings: DeploymentSettings) -> list[ExecutorSettings]:
    return settings.executor or [_PLATFORM_EXECUTOR]


def _name(settings: ExecutorSettings) -> str:
    return settings.path if isinstance(settings, ClassExecutorSettings) else settings.type


def _celery(settings: CeleryExecutorSettings, cluster: ClusterSettings, grace_seconds: int) -> CeleryExecutorArgs:
    redis = settings.broker.redis
    return CeleryExecutorArgs(
        queues=tuple(_queue(name, queue, cluster, grace_seconds) for name, queue in sorted(settings.queues.items())),
        redis=sized_resources(sizing.Sized.REDIS, redis) if redis else None,
        redis_volume=plan_volume(redis.volume, cluster) if redis else None,
        broker_secret_name=settings.broker.secret,
        broker_config_key=settings.broker.config,
    )


def _local(executor: LocalExecutorSettings, settings: DeploymentSettings, stage: Stage) -> LocalExecutorArgs:
    return LocalExecutorArgs(
        parallelism=executor.parallelism or _local_parallelism(settings),
        grace_seconds=min(GRACE_SECONDS[stage], _LONGEST_LOCAL_GRACE, *map(_seconds, _looks(settings).values())),
    )


def _looks(settings: DeploymentSettings) -> dict[Path, str]:
    """Return where it is written how often a scheduler looks for tasks of others, and what."""
    section, option = _LOOK
    written = {
        ("config", section, option): settings.config.get(section, {}).get(option),
        ("env", _LOOK_VARIABLE): settings.env.get(_LOOK_VARIABLE),
    }
    return {where: str(value) for where, value in written.items() if value is not None}


def _seconds(interval: str) -> int:
    """Return whole seconds, one at least; the longest time where it is no such number, which is refused."""
    return max(1, int(float(interval))) if _is_interval(interval) else _LONGEST_LOCAL_GRACE


def _is_interval(text: str) -> bool:
    try:
        return 0 < float(text) < float("inf")
    except ValueError:
        return False


def _look_problems(settings: DeploymentSettings, path: Path) -> Iterable[Problem]:
    for where, interval in _looks(settings).items():
        if not _is_interval(interval):
            yield Problem((*path, *where), "must be a number of seconds above 0, such as 300. Correct or remove it")


def _local_parallelism(settings: DeploymentSettings) -> int:
    return sizing.task_slots(sized_resources(sizing.Sized.SCHEDULER, settings.scheduler))


def _queue(name: str, settings: WorkerQueueSettings, cluster: ClusterSettings, grace_seconds: int) -> WorkerQueueArgs:
    resources = sized_resources(sizing.Sized.WORKER, settings)
    return WorkerQueueArgs(
        name=name,
        min_workers=settings.workers.min,
        max_workers=settings.workers.max,
        concurrency=settings.concurrency or sizing.task_slots(resources),
        resources=resources,
        volume=plan_volume(settings.volume, cluster),
        node_selector=settings.node_selector,
        tolerations=plan_tolerations(settings.tolerations),
        grace_seconds=settings.grace_seconds or grace_seconds,
        scaling=settings.scaling,
        priority=settings.priority,
    )
