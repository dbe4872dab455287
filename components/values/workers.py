"""Values of what runs tasks: worker queues and the pods of the KubernetesExecutor."""

from typing import Any

from components import naming
from components.args import AirflowDeploymentArgs
from components.executor_args import WorkerQueueArgs
from components.labels import PART, TASK_POD
from components.values.core import PYTHON_PROBE, claim, log_groomer
from components.workloads import Share

# All new workers start beside the old ones, which take no more tasks and finish those that they have.
_STRATEGY: dict[str, object] = {
    "type": "RollingUpdate",
    "rollingUpdate": {"maxSurge": "100%", "maxUnavailable": 0},
}
_SMALLEST_SCALED = 1
"""The autoscaler measures the workers that run, so it could never leave zero."""


def worker_values(args: AirflowDeploymentArgs) -> dict[str, Any]:
    """Return the `workers` block."""
    workers: dict[str, object] = {"celery": _celery(args)}
    if args.executor.kubernetes:
        workers["kubernetes"] = {
            "resources": args.executor.kubernetes.task_pod.as_kubernetes(),
            "labels": {PART: TASK_POD},
            **_tasks_priority(args),
        }
    return {"workers": workers}


def _celery(args: AirflowDeploymentArgs) -> dict[str, Any]:
    """Return the workers, every queue as a set of its own.

    The chart's default workers would pass their settings on to every set, and their volume to a scheduler that runs
    tasks; a set called `default` gets the same names without that.
    """
    persistence: dict[str, object] = {"enabled": False}
    if args.executor.celery is None:
        return {"persistence": persistence}
    return {
        "enableDefault": False,
        "persistence": persistence,
        "strategy": _STRATEGY,
        "livenessProbe": PYTHON_PROBE,
        **_tasks_priority(args),
        "sets": [_queue(args, queue) for queue in args.executor.celery.queues],
    }


def _queue(args: AirflowDeploymentArgs, queue: WorkerQueueArgs) -> dict[str, Any]:
    log_disk = queue.volume.size if queue.volume else queue.resources.limits.ephemeral_storage
    return {
        "name": queue.name,
        "queue": queue.name,
        **_scale(queue),
        "resources": queue.resources.as_kubernetes(),
        # airflow.cfg is the same for all workers, and it holds the default queue's number.
        "env": [{"name": "AIRFLOW__CELERY__WORKER_CONCURRENCY", "value": str(queue.concurrency)}],
        "terminationGracePeriodSeconds": queue.grace_seconds,
        "persistence": claim(queue.volume, is_protected=args.is_protected) if queue.volume else {"enabled": False},
        "logGroomerSidecar": {**log_groomer(args.log_groomer, log_disk), "requirePersistence": False},
        **({"nodeSelector": dict(queue.node_selector)} if queue.node_selector else {}),
    }


def _scale(queue: WorkerQueueArgs) -> dict[str, Any]:
    lowest = max(queue.min_workers, _SMALLEST_SCALED)
    if lowest == queue.max_workers:
        return {"replicas": queue.max_workers, "hpa": {"enabled": False}}
    return {"hpa": {"enabled": True, "minReplicaCount": lowest, "maxReplicaCount": queue.max_workers}}


def _tasks_priority(args: AirflowDeploymentArgs) -> dict[str, Any]:
    return {"priorityClassName": naming.priority_class_name(args.environment, Share.TASKS)}
