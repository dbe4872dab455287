"""Refuses parts with less memory than they were measured to use: they would start, be killed, and start again.

Another major version of Airflow is made of other processes, so nothing is said of one that was not measured.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from components import airflow_versions, sizing
from components.args import AirflowDeploymentArgs
from components.executor_args import ExecutorKind
from components.quantities import format_bytes
from components.sizing import Sized
from components.task_slots import tasks_in_scheduler
from stacks import size_settings
from stacks.deployment_settings import DeploymentSettings
from stacks.executor_plan import chosen_kinds
from stacks.executor_settings import (
    CeleryExecutorSettings,
    ExecutorSettings,
    KubernetesExecutorSettings,
    WorkerQueueSettings,
)
from stacks.problems import Problem
from stacks.resource_plan import sized_resources

Path = tuple[str, ...]

_KILLED = "so it would be killed over and over"


def floor_problems(settings: DeploymentSettings, path: Path) -> Iterator[Problem]:
    """Say which parts of a deployment have too little memory, each at the key that decides on it."""
    version = settings.airflow_version or airflow_versions.DEFAULT_VERSION
    if airflow_versions.major(version) != airflow_versions.major(sizing.MEASURED_VERSION):
        return
    for where, part, sized, seen in _parts(settings):
        memory = sized_resources(part, sized).limits.memory
        if memory < seen.memory:
            message = (
                f"{format_bytes(memory)} of memory is less than the {format_bytes(seen.memory)} that it was measured "
                f"to use (Airflow {sizing.MEASURED_VERSION}, {seen.load}), {_KILLED}. Give it more"
            )
            yield Problem((*path, *where, _key(sized)), message)


def task_problems(args: AirflowDeploymentArgs, settings: DeploymentSettings, path: Path) -> Iterator[Problem]:
    """Say where more tasks may run at once than there is memory for."""
    if tasks := tasks_in_scheduler(args):
        has, part = args.scheduler.resources.limits.memory, "scheduler"
        remedy = "let fewer run at once: `parallelism`"
        if len(args.executor.order) > 1:
            part += f", where Airflow lets {ExecutorKind.LOCAL} run as many as all executors together,"
            remedy += ", workers and task pods count"
        if reason := _too_many(has, _scheduler_memory(args), tasks, part, remedy):
            yield Problem((*path, "scheduler", _key(settings.scheduler)), reason)
    written = {name: queue for one in settings.executor or () for name, queue in _queues(one).items()}
    for planned in args.executor.celery.queues if args.executor.celery else ():
        queue, has = written[planned.name], planned.resources.limits.memory
        memory = sizing.TASK_MEMORY[Sized.WORKER, args.airflow_major]
        if reason := _too_many(has, memory, planned.concurrency, "worker", "set a lower `concurrency`"):
            key = _key(queue) if queue.units or queue.memory is not None else "concurrency"
            yield Problem((*path, "executor", "queues", planned.name, key), reason)


def _scheduler_memory(args: AirflowDeploymentArgs) -> sizing.TaskMemory:
    memory = sizing.TASK_MEMORY[Sized.SCHEDULER, args.airflow_major]
    if args.executor.kubernetes and memory.version == sizing.MEASURED_VERSION:
        return replace(memory, idle=sizing.WORKING_SETS[Sized.SCHEDULER][-1].memory)
    return memory


def _queues(executor: ExecutorSettings) -> Mapping[str, WorkerQueueSettings]:
    return executor.queues if isinstance(executor, CeleryExecutorSettings) else {}


def _too_many(has: int, memory: sizing.TaskMemory, tasks: int, part: str, remedy: str) -> str | None:
    if has >= memory.of(tasks):
        return None
    return (
        f"{format_bytes(has)} of memory is less than the {format_bytes(memory.of(tasks))} that a {part} takes with "
        f"{tasks} task{'s' if tasks > 1 else ''} at once (measured with Airflow {memory.version}: "
        f"{format_bytes(memory.idle)}, and {format_bytes(memory.each)} for each task that does hardly anything), "
        f"{_KILLED}. Give it more, or {remedy}"
    )


def _key(sized: size_settings.Sized) -> str:
    return "units" if sized.units and sized.memory is None else "memory"


def _parts(
    settings: DeploymentSettings,
) -> Iterator[tuple[Path, Sized, size_settings.Sized, sizing.WorkingSet]]:
    """Yield where a part is written, what it is, its size, and what it was seen to use at the least."""

    def least(part: Sized) -> sizing.WorkingSet:
        return sizing.WORKING_SETS[part][0]

    kinds = chosen_kinds(settings)
    if ExecutorKind.LOCAL not in kinds:
        busy = sizing.WORKING_SETS[Sized.SCHEDULER][-1 if ExecutorKind.KUBERNETES in kinds else 0]
        yield ("scheduler",), Sized.SCHEDULER, settings.scheduler, busy
    # It gets as many processes as its memory holds, so that one is what it must be able to run.
    yield ("api_server",), Sized.API_SERVER, settings.api_server, least(Sized.API_SERVER)
    yield ("dag_processor",), Sized.DAG_PROCESSOR, settings.dag_processor, least(Sized.DAG_PROCESSOR)
    if settings.triggerer.enabled is not False:
        yield ("triggerer",), Sized.TRIGGERER, settings.triggerer, least(Sized.TRIGGERER)
    if settings.metrics.opentelemetry is None:
        yield ("statsd",), Sized.STATSD, settings.statsd, least(Sized.STATSD)
    for executor in settings.executor or ():
        if isinstance(executor, KubernetesExecutorSettings):
            yield ("executor", "task_pod"), Sized.TASK_POD, executor.task_pod, least(Sized.TASK_POD)
        if isinstance(executor, CeleryExecutorSettings) and executor.broker.redis:
            yield ("executor", "broker", "redis"), Sized.REDIS, executor.broker.redis, least(Sized.REDIS)
