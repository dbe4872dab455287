"""Arguments of an executor: where tasks run, on how much, and how many of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from components.quantities import Resources


class ExecutorKind(StrEnum):
    """Airflow's own class names."""

    LOCAL = "LocalExecutor"
    CELERY = "CeleryExecutor"
    KUBERNETES = "KubernetesExecutor"


@dataclass(frozen=True, kw_only=True)
class VolumeArgs:
    """A persistent volume claim of each replica."""

    size: int
    """Bytes."""
    storage_class: str | None = None
    """None means the cluster's default class."""


@dataclass(frozen=True, kw_only=True)
class WorkerQueueArgs:
    """A named group of Celery workers."""

    name: str
    min_workers: int
    max_workers: int
    concurrency: int
    """Tasks that one worker runs side by side."""
    resources: Resources
    volume: VolumeArgs | None = None
    """Keeps task logs over a restart of the worker."""
    node_selector: Mapping[str, str] = field(default_factory=dict)
    grace_seconds: int = 600
    """How long a worker that is told to stop may finish its tasks."""


@dataclass(frozen=True, kw_only=True)
class LocalExecutorArgs:
    """Tasks run inside the scheduler."""

    parallelism: int
    """Tasks that one scheduler runs side by side."""


@dataclass(frozen=True, kw_only=True)
class CeleryExecutorArgs:
    """Tasks run on long-lived workers."""

    queues: tuple[WorkerQueueArgs, ...]
    redis: Resources
    redis_volume: VolumeArgs | None = None


@dataclass(frozen=True, kw_only=True)
class KubernetesExecutorArgs:
    """Each task runs in a pod of its own."""

    task_pod: Resources
    max_task_pods: int


@dataclass(frozen=True, kw_only=True)
class ExecutorArgs:
    """Where tasks run: one executor or several at once."""

    kinds: tuple[ExecutorKind, ...]
    """In the order of Airflow's `executor` option; the first one is the default of tasks that name none."""
    local: LocalExecutorArgs | None = None
    celery: CeleryExecutorArgs | None = None
    kubernetes: KubernetesExecutorArgs | None = None

    @property
    def class_names(self) -> str:
        """Return the value of Airflow's `executor` option."""
        return ",".join(self.kinds)
