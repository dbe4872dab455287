"""Refuses parts with less memory than they were measured to use: they would start, be killed, and start again."""

from collections.abc import Iterator

from components.sizing import Sized, refuse_memory
from stacks import size_settings
from stacks.deployment_settings import DeploymentSettings
from stacks.executor_settings import CeleryExecutorSettings, KubernetesExecutorSettings
from stacks.problems import Problem
from stacks.resource_plan import sized_resources

Path = tuple[str, ...]


def floor_problems(settings: DeploymentSettings, path: Path) -> Iterator[Problem]:
    """Say which parts of a deployment have too little memory, each at the key that decides on it."""
    for where, part, sized in _parts(settings):
        if reason := refuse_memory(part, sized_resources(part, sized)):
            key = "units" if sized.units else "memory"
            yield Problem((*path, *where, key), reason)


def _parts(settings: DeploymentSettings) -> Iterator[tuple[Path, Sized, size_settings.Sized]]:
    yield ("scheduler",), Sized.SCHEDULER, settings.scheduler
    yield ("api_server",), Sized.API_SERVER, settings.api_server
    yield ("dag_processor",), Sized.DAG_PROCESSOR, settings.dag_processor
    if settings.triggerer.enabled is not False:
        yield ("triggerer",), Sized.TRIGGERER, settings.triggerer
    yield ("statsd",), Sized.STATSD, settings.statsd
    for executor in settings.executor or ():
        if isinstance(executor, KubernetesExecutorSettings):
            yield ("executor", "task_pod"), Sized.TASK_POD, executor.task_pod
        if isinstance(executor, CeleryExecutorSettings):
            if executor.broker.redis:
                yield ("executor", "broker", "redis"), Sized.REDIS, executor.broker.redis
            for name, queue in executor.queues.items():
                yield ("executor", "queues", name), Sized.WORKER, queue
