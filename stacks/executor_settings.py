"""What may be said of the place where tasks run: executors, worker queues and task pods."""

import re
from typing import Annotated, Any, Literal, Self, get_args

from pydantic import AfterValidator, BeforeValidator, Field, StrictInt, WithJsonSchema, model_validator

from components.executor_args import ExecutorKind, Priority, Scaling
from stacks.fields import ConfigKey, Count, Name, PositiveCount, SecretName, Strict
from stacks.size_settings import PlacementSettings, Sized, VolumeSettings
from stacks.task_pod_settings import TaskPodSettings


class WorkerCount(Strict):
    """How far a worker queue scales."""

    min: Count = 1
    """Workers that always run; none only where KEDA scales."""
    max: PositiveCount
    """Most workers; this many are reserved."""

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.min > self.max:
            raise ValueError(f"min is {self.min}, more than max, which is {self.max}; lower min or raise max")
        return self


def _worker_count(value: Any) -> Any:
    return {"min": value, "max": value} if isinstance(value, int) and not isinstance(value, bool) else value


class WorkerQueueSettings(Sized, PlacementSettings):
    """A named group of Celery workers."""

    workers: Annotated[
        WorkerCount, BeforeValidator(_worker_count, json_schema_input_type=WorkerCount | PositiveCount)
    ] = WorkerCount(min=1, max=1)
    """Number of workers, or min and max."""
    concurrency: Annotated[PositiveCount, Field(le=160)] | None = None
    """Tasks that one worker runs side by side; by default what its CPU allows."""
    volume: VolumeSettings | None = None
    """Keeps task logs over a restart."""
    scaling: Scaling | None = None
    """Who decides how many workers run; fixed where min is max, else hpa."""
    priority: Priority = Priority.NORMAL
    """Which workers are started first where the cluster is full, and which give way."""
    grace_seconds: Annotated[StrictInt, Field(ge=1, le=86_400)] | None = None
    """How long a worker that is told to stop may finish its tasks, at most a day; by default 600, in development 60."""

    @model_validator(mode="after")
    def _scaling_fits(self) -> Self:
        least, most = self.workers.min, self.workers.max
        if self.scaling is Scaling.FIXED and least != most:
            raise ValueError(f"is fixed, but has from {least} to {most} workers; write one number, or another scaling")
        if self.scaling in {Scaling.HPA, Scaling.KEDA} and least == most:
            raise ValueError(f"is scaled by {self.scaling}, but has always {most} workers; raise max, or lower min")
        if least == 0 and self.scaling is not Scaling.KEDA:
            raise ValueError("has no workers at least, from which only KEDA starts any; set `scaling: keda`, or min 1")
        return self


class LocalExecutorSettings(Strict):
    """Tasks run inside the scheduler."""

    type: Literal["LocalExecutor"]
    parallelism: PositiveCount | None = None
    """Tasks that one scheduler runs side by side; by default what its CPU allows."""


class RedisSettings(Sized):
    """A Redis of the deployment's own."""

    volume: VolumeSettings | None = None
    """Keeps queued messages over a restart; without it they go with the pod, and are sent again within an hour."""


class BrokerSettings(Strict):
    """What carries messages to Celery workers: exactly one of the three."""

    redis: RedisSettings | None = None
    """A Redis of the deployment's own."""
    secret: SecretName | None = None
    """Secret in the deployment's namespace that somebody else makes; key `connection` holds the URL."""
    config: ConfigKey | None = None
    """Secret of this stack's configuration that holds the URL (`pulumi config set --secret`)."""

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        given = [name for name in ("redis", "secret", "config") if getattr(self, name) is not None]
        if len(given) != 1:
            said = " and ".join(given) or "none"
            raise ValueError(f"needs exactly one of redis, secret and config, but has {said}; keep one")
        return self


class CeleryExecutorSettings(Strict):
    """Tasks run on long-lived workers in named queues."""

    type: Literal["CeleryExecutor"]
    queues: dict[Name, WorkerQueueSettings] = {"default": WorkerQueueSettings()}
    """Worker queues by name; `default` takes the tasks that name none."""
    broker: BrokerSettings = BrokerSettings(redis=RedisSettings())
    """What carries messages to the workers; by default a Redis of the deployment's own."""

    @model_validator(mode="after")
    def _has_default_queue(self) -> Self:
        if "default" not in self.queues:
            raise ValueError("there is no queue `default`, so tasks that name no queue would wait for ever; add it")
        return self


class KubernetesExecutorSettings(Strict):
    """Each task runs in a pod of its own."""

    type: Literal["KubernetesExecutor"]
    task_pod: TaskPodSettings = TaskPodSettings()
    """Size and placement of a task's pod where the task asks for none."""
    max_task_pods: PositiveCount = 8
    """Most task pods at once; this many are reserved."""


_CLASS_PATH = r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)+"
_RELICS = ("DebugExecutor", "BaseExecutor")


_HYBRIDS = {
    "CeleryKubernetesExecutor": "[CeleryExecutor, KubernetesExecutor]",
    "LocalKubernetesExecutor": "[LocalExecutor, KubernetesExecutor]",
    "SequentialExecutor": "LocalExecutor",
}
"""Executors of Airflow 2 that Airflow 3 has no longer, although the chart would still render them."""


def _relic(name: str) -> str:
    return f"is {name}, which Airflow 3 lacks and Airflow 2 has as a relic. Write {_HYBRIDS[name]} instead"


def _class_path(path: str) -> str:
    name = path.rpartition(".")[2]
    if not re.fullmatch(_CLASS_PATH, path) or not name.endswith("Executor"):
        raise ValueError(
            "is not the class path of an executor; write one such as airflow.providers.edge3.executors.EdgeExecutor"
        )
    if name in _HYBRIDS:
        raise ValueError(_relic(name))
    # The chart looks for these words anywhere in the option, and would make workers that nobody has sized.
    if kind := next((one for one in ExecutorKind if one in path), None):
        raise ValueError(f"has {kind} in it, which the chart would take for that one; write `type: {kind}` instead")
    if name in _RELICS:
        raise ValueError(f"is {name}, which runs nothing in a deployment; choose another executor")
    return path


class ClassExecutorSettings(Strict):
    """An executor of a provider, or of one's own, by its class path: nothing is reserved for its tasks."""

    type: Literal["class"]
    path: Annotated[str, AfterValidator(_class_path), WithJsonSchema({"type": "string", "pattern": f"^{_CLASS_PATH}$"})]
    """Class path, such as airflow.providers.edge3.executors.EdgeExecutor; the image must hold it."""
    parallelism: PositiveCount = 32
    """Tasks that one scheduler has running there at once."""


ExecutorSettings = Annotated[
    LocalExecutorSettings | CeleryExecutorSettings | KubernetesExecutorSettings | ClassExecutorSettings,
    Field(discriminator="type"),
]


def _executors(value: Any) -> Any:
    several = value if isinstance(value, list) else [value]
    chosen = [{"type": one} if isinstance(one, str) else one for one in several]
    for one in chosen:
        name = one.get("type") if isinstance(one, dict) else None
        if isinstance(name, str) and name in _HYBRIDS:
            raise ValueError(_relic(name))
    return chosen


_ExecutorName = Literal["LocalExecutor", "CeleryExecutor", "KubernetesExecutor"]
EXECUTOR_NAMES: tuple[str, ...] = get_args(_ExecutorName)
_ExecutorInput = _ExecutorName | ExecutorSettings | list[_ExecutorName | ExecutorSettings]
Executors = Annotated[
    list[ExecutorSettings],
    BeforeValidator(_executors, json_schema_input_type=_ExecutorInput),
    Field(min_length=1, max_length=6),
]
