"""What may be said of the place where tasks run: executors, worker queues and task pods."""

from typing import Annotated, Any, Literal, Self, get_args

from pydantic import BeforeValidator, Field, model_validator

from components.sizing import Size
from stacks.fields import Bytes, Cpu, Name, PositiveCount, Strict


class Measured(Strict):
    """Resources by number."""

    cpu: Cpu | None = None
    """Reserved CPU, such as "500m"."""
    memory: Bytes | None = None
    """Reserved memory, such as 2Gi."""
    ephemeral_storage: Bytes | None = None
    """Reserved local disk, such as 2Gi."""


class Sized(Measured):
    """Resources by name, or by number; a number wins over the name in its own dimension."""

    size: Size | None = None
    """Named size; see the sizing table in the README."""


class VolumeSettings(Strict):
    """A persistent volume of each replica."""

    size: Bytes
    """Size of the claim, such as 10Gi."""
    storage_class: Name | None = None
    """StorageClass of the claim; by default the cluster's setting, else the cluster's own default class."""


class WorkerCount(Strict):
    """How far a worker queue scales."""

    min: PositiveCount = 1
    """Workers that always run."""
    max: PositiveCount
    """Most workers; this many are reserved."""

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.min > self.max:
            raise ValueError(f"min is {self.min}, more than max, which is {self.max}; lower min or raise max")
        return self


def _worker_count(value: Any) -> Any:
    return {"min": value, "max": value} if isinstance(value, int) and not isinstance(value, bool) else value


class WorkerQueueSettings(Sized):
    """A named group of Celery workers."""

    workers: Annotated[
        WorkerCount, BeforeValidator(_worker_count, json_schema_input_type=WorkerCount | PositiveCount)
    ] = WorkerCount(min=1, max=1)
    """Number of workers, or min and max."""
    concurrency: Annotated[PositiveCount, Field(le=160)] | None = None
    """Tasks that one worker runs side by side; by default what its CPU allows."""
    volume: VolumeSettings | None = None
    """Keeps task logs over a restart."""
    node_selector: dict[str, str] = {}
    """Labels of the nodes that may run these workers."""


class LocalExecutorSettings(Strict):
    """Tasks run inside the scheduler."""

    type: Literal["LocalExecutor"]
    parallelism: PositiveCount | None = None
    """Tasks that one scheduler runs side by side; by default what its CPU allows."""


class CeleryExecutorSettings(Strict):
    """Tasks run on long-lived workers in named queues."""

    type: Literal["CeleryExecutor"]
    queues: dict[Name, WorkerQueueSettings] = {"default": WorkerQueueSettings()}
    """Worker queues by name; `default` takes the tasks that name none."""

    @model_validator(mode="after")
    def _has_default_queue(self) -> Self:
        if "default" not in self.queues:
            raise ValueError("there is no queue `default`, so tasks that name no queue would wait for ever; add it")
        return self


class KubernetesExecutorSettings(Strict):
    """Each task runs in a pod of its own."""

    type: Literal["KubernetesExecutor"]
    task_pod: Sized = Sized()
    """Size of a task's pod where the task asks for none."""
    max_task_pods: PositiveCount = 8
    """Most task pods at once; this many are reserved."""


ExecutorSettings = Annotated[
    LocalExecutorSettings | CeleryExecutorSettings | KubernetesExecutorSettings, Field(discriminator="type")
]


_HYBRIDS = {
    "CeleryKubernetesExecutor": "[CeleryExecutor, KubernetesExecutor]",
    "LocalKubernetesExecutor": "[LocalExecutor, KubernetesExecutor]",
    "SequentialExecutor": "LocalExecutor",
}
"""Executors of Airflow 2 that Airflow 3 has no longer, although the chart would still render them."""


def _executors(value: Any) -> Any:
    several = value if isinstance(value, list) else [value]
    chosen = [{"type": one} if isinstance(one, str) else one for one in several]
    for one in chosen:
        name = one.get("type") if isinstance(one, dict) else None
        if instead := _HYBRIDS.get(name) if isinstance(name, str) else None:
            raise ValueError(f"is {name}, which Airflow 3 lacks and Airflow 2 has as a relic. Write {instead} instead")
    return chosen


_ExecutorName = Literal["LocalExecutor", "CeleryExecutor", "KubernetesExecutor"]
EXECUTOR_NAMES: tuple[str, ...] = get_args(_ExecutorName)
_ExecutorInput = _ExecutorName | ExecutorSettings | list[_ExecutorName | ExecutorSettings]
Executors = Annotated[
    list[ExecutorSettings],
    BeforeValidator(_executors, json_schema_input_type=_ExecutorInput),
    Field(min_length=1, max_length=3),
]
