"""Refuses parts with less memory than they were measured to use: they would start, be killed, and start again.

Another major version of Airflow is made of other processes, so nothing is said of one that was not measured.
"""

from collections.abc import Iterator

from components import airflow_versions, sizing
from components.executor_args import ExecutorKind
from components.quantities import format_bytes
from components.sizing import Sized
from stacks import size_settings
from stacks.deployment_settings import DeploymentSettings
from stacks.executor_plan import chosen_kinds
from stacks.executor_settings import CeleryExecutorSettings, KubernetesExecutorSettings, WorkerQueueSettings
from stacks.problems import Problem
from stacks.resource_plan import sized_resources

Path = tuple[str, ...]


def floor_problems(settings: DeploymentSettings, path: Path) -> Iterator[Problem]:
    """Say which parts of a deployment have too little memory, each at the key that decides on it."""
    version = settings.airflow_version or airflow_versions.DEFAULT_VERSION
    if airflow_versions.major(version) != airflow_versions.major(sizing.MEASURED_VERSION):
        return
    for where, part, sized, is_busy in _parts(settings):
        memory = sized_resources(part, sized).limits.memory
        if reason := _refuse_memory(memory, sizing.WORKING_SETS[part][-1 if is_busy else 0]):
            key = "units" if sized.units and sized.memory is None else "memory"
            yield Problem((*path, *where, key), reason)


def _refuse_memory(memory: int, seen: sizing.WorkingSet) -> str | None:
    if memory >= seen.memory:
        return None
    return (
        f"{format_bytes(memory)} of memory is less than the {format_bytes(seen.memory)} that it was measured to use "
        f"(Airflow {sizing.MEASURED_VERSION}, {seen.load}), so it would be killed over and over. Give it more"
    )


def _parts(settings: DeploymentSettings) -> Iterator[tuple[Path, Sized, size_settings.Sized, bool]]:
    """Yield where a part is written, what it is, its size, and whether it does the most that was measured."""
    yield ("scheduler",), Sized.SCHEDULER, settings.scheduler, ExecutorKind.KUBERNETES in chosen_kinds(settings)
    # It gets as many processes as its memory holds, so that one is what it must be able to run.
    yield ("api_server",), Sized.API_SERVER, settings.api_server, False
    yield ("dag_processor",), Sized.DAG_PROCESSOR, settings.dag_processor, False
    if settings.triggerer.enabled is not False:
        yield ("triggerer",), Sized.TRIGGERER, settings.triggerer, False
    if settings.metrics.opentelemetry is None:
        yield ("statsd",), Sized.STATSD, settings.statsd, False
    for executor in settings.executor or ():
        if isinstance(executor, KubernetesExecutorSettings):
            yield ("executor", "task_pod"), Sized.TASK_POD, executor.task_pod, False
        if isinstance(executor, CeleryExecutorSettings):
            if executor.broker.redis:
                yield ("executor", "broker", "redis"), Sized.REDIS, executor.broker.redis, False
            for name, queue in executor.queues.items():
                yield ("executor", "queues", name), Sized.WORKER, queue, _tasks(queue) > 1


def _tasks(queue: WorkerQueueSettings) -> int:
    return queue.concurrency or sizing.task_slots(sized_resources(Sized.WORKER, queue))
