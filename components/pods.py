"""The pod model: pods that are all alike, what one of them reserves, and how many there are at most.

Owns the words in which workloads are stated; which workloads a deployment has is said elsewhere.
"""

from dataclasses import dataclass
from enum import StrEnum

from components.executor_args import VolumeArgs
from components.quantities import NOTHING, Resources

CORE_SURGE = 1
"""Pods on top of a Deployment's replicas while it rolls: the new one is up before an old one goes.

With several replicas the next new one may wait for the end of an old one, a minute at most; that is not reserved.
"""


class WorkloadKind(StrEnum):
    """What keeps the pods running."""

    DEPLOYMENT = "Deployment"
    STATEFUL_SET = "StatefulSet"
    JOB = "Job"
    CRON_JOB = "CronJob"
    POD = "Pod"
    """Pods that users' tasks start by themselves."""
    TASK_POD = "TaskPod"
    """Pods that the KubernetesExecutor starts by itself."""
    CLAIM = "PersistentVolumeClaim"
    """No pods: a volume that several of them share."""


class Share(StrEnum):
    """The parts of a deployment's reservation; none can take from another."""

    CORE = "core"
    """What keeps Airflow running."""
    WORKERS = "workers"
    """Celery workers. A scheduler with several executors starts more task pods than there is room for, and these must
    not take the room in which workers roll over and are added."""
    TASKS = "tasks"
    """Pods of single tasks: those of the KubernetesExecutor, and those that tasks start themselves."""


@dataclass(frozen=True, kw_only=True)
class Container:
    """One container and what it reserves."""

    name: str
    resources: Resources


@dataclass(frozen=True, kw_only=True)
class Workload:
    """Pods that are all alike."""

    name: str
    component: str
    """The pods' label `component`."""
    kind: WorkloadKind
    share: Share
    replicas: int
    """At most, where the number changes by itself."""
    surge: int = 0
    """Pods that exist on top of the replicas while a roll-out is at its widest."""
    containers: tuple[Container, ...]
    init_containers: tuple[Container, ...] = ()
    volume: VolumeArgs | None = None
    """Claimed by each replica; a roll-out claims nothing more."""
    idle_claims: int = 0
    """Claims of replicas that do not run."""

    @property
    def pod(self) -> Resources:
        """Return what Kubernetes counts for one pod: containers together, or the largest init container if more."""
        total = NOTHING
        for container in self.containers:
            total += container.resources
        for container in self.init_containers:
            total = total.at_least(container.resources)
        return total

    @property
    def is_claim(self) -> bool:
        """Tell whether it is a volume of its own, which no pod brings along."""
        return self.kind is WorkloadKind.CLAIM

    @property
    def peak_replicas(self) -> int:
        """Return the most pods that exist at once."""
        return self.replicas + self.surge
