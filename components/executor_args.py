"""Arguments of an executor: where tasks run, on how much, and how many of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from components.quantities import Resources
from components.secret_args import SecretKeyArgs


class ExecutorKind(StrEnum):
    """Airflow's own class names."""

    LOCAL = "LocalExecutor"
    CELERY = "CeleryExecutor"
    KUBERNETES = "KubernetesExecutor"


class Scaling(StrEnum):
    """Who decides how many workers of a queue run."""

    FIXED = "fixed"
    """Nobody: always the same number."""
    HPA = "hpa"
    """A HorizontalPodAutoscaler, by the CPU load of the workers that run; never less than one."""
    KEDA = "keda"
    """KEDA, by the tasks that wait and run; down to none."""


class Priority(StrEnum):
    """Which tasks are started first where a cluster is full, and which give way where a node is."""

    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"


@dataclass(frozen=True, kw_only=True)
class TolerationArgs:
    """A taint of nodes that pods put up with."""

    key: str
    value: str | None = None
    """None tolerates every value of the key."""
    effect: str | None = None
    """None tolerates every effect."""

    def as_kubernetes(self) -> dict[str, str]:
        """Return the toleration as a pod's spec has it."""
        how = {"operator": "Exists"} if self.value is None else {"operator": "Equal", "value": self.value}
        return {"key": self.key, **how, **({"effect": self.effect} if self.effect else {})}


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
    tolerations: tuple[TolerationArgs, ...] = ()
    grace_seconds: int = 600
    """How long a worker that is told to stop may finish its tasks."""
    priority: Priority = Priority.NORMAL
    scaling: Scaling | None = None
    """None: fixed where there is nothing to scale, else by CPU load."""

    @property
    def scaled_by(self) -> Scaling:
        """Return who decides how many workers run."""
        if self.scaling:
            return self.scaling
        return Scaling.FIXED if max(self.min_workers, 1) == self.max_workers else Scaling.HPA


@dataclass(frozen=True, kw_only=True)
class LocalExecutorArgs:
    """Tasks run inside the scheduler."""

    parallelism: int
    """Tasks that one scheduler runs side by side."""
    grace_seconds: int = 300
    """How long a scheduler that is told to stop may finish its tasks."""


@dataclass(frozen=True, kw_only=True)
class CeleryExecutorArgs:
    """Tasks run on long-lived workers."""

    queues: tuple[WorkerQueueArgs, ...]
    redis: Resources | None = None
    """Of the deployment's own Redis; None where messages go through somebody else's broker."""
    redis_volume: VolumeArgs | None = None
    broker_secret_name: str | None = None
    """Secret of somebody else, in the deployment's namespace; its key `connection` holds the broker's URL."""
    broker_config_key: str | None = None
    """Secret of the stack's configuration that holds the broker's URL."""


@dataclass(frozen=True, kw_only=True)
class TaskVolumeArgs:
    """A folder of a task's pod; one of the four says what is in it."""

    name: str
    path: str
    config_map: str | None = None
    secret_name: str | None = None
    claim: str | None = None
    """Claim that somebody else makes in the deployment's namespace."""
    scratch: int | None = None
    """Bytes of local disk that go with the pod."""
    size: int = 0
    """Bytes of the claim."""
    is_read_only: bool = False


@dataclass(frozen=True, kw_only=True)
class KubernetesExecutorArgs:
    """Each task runs in a pod of its own."""

    task_pod: Resources
    """With the local disk of its volumes."""
    max_task_pods: int
    labels: Mapping[str, str] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)
    node_selector: Mapping[str, str] = field(default_factory=dict)
    tolerations: tuple[TolerationArgs, ...] = ()
    priority: Priority = Priority.NORMAL
    env: Mapping[str, str] = field(default_factory=dict)
    referenced_env: Mapping[str, SecretKeyArgs] = field(default_factory=dict)
    """Variable name to where its value is."""
    volumes: tuple[TaskVolumeArgs, ...] = ()
    grace_seconds: int = 600
    """How long a task that is told to stop may take."""


@dataclass(frozen=True, kw_only=True)
class ClassExecutorArgs:
    """An executor by its class path: where its tasks run is somebody else's business."""

    path: str
    parallelism: int
    """Tasks that one scheduler has running there at once."""


@dataclass(frozen=True, kw_only=True)
class ExecutorArgs:
    """Where tasks run: one executor or several at once."""

    kinds: tuple[ExecutorKind, ...]
    """Those that the platform sizes, in the order of Airflow's `executor` option; the first is the default of tasks
    that name none, unless `names` starts with a class path."""
    local: LocalExecutorArgs | None = None
    celery: CeleryExecutorArgs | None = None
    kubernetes: KubernetesExecutorArgs | None = None

    classes: tuple[ClassExecutorArgs, ...] = ()
    """Executors of providers and of users, by class path: nothing is made and nothing reserved for them."""
    names: tuple[str, ...] = ()
    """All of them in the order of Airflow's option; may be left out where there are no class paths."""

    @property
    def order(self) -> tuple[str, ...]:
        """Return names and class paths, the default executor first."""
        return self.names or self.kinds

    @property
    def class_names(self) -> str:
        """Return the value of Airflow's `executor` option."""
        return ",".join(self.order)
