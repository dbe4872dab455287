"""Values of how many workers a queue has, and on which nodes they run."""

from collections.abc import Mapping, Sequence
from typing import Any

from components.executor_args import ExecutorArgs, ExecutorKind, Scaling, TolerationArgs, WorkerQueueArgs

_SMALLEST_BY_LOAD = 1
"""The HorizontalPodAutoscaler measures the workers that run, so it could never leave zero."""
_COOLDOWN_SECONDS = 300
"""Idle time before the last worker goes; the chart's 30 would take it between two tasks of the same run."""
_OFF: dict[str, object] = {"enabled": False}


def scaling_values(executor: ExecutorArgs, queue: WorkerQueueArgs) -> dict[str, Any]:
    """Return the part of a worker set that says how many workers there are.

    Autoscalers that are off are said to be: two at once would work against each other.
    """
    if queue.scaled_by is Scaling.KEDA:
        keda = {
            "enabled": True,
            "minReplicaCount": queue.min_workers,
            "maxReplicaCount": queue.max_workers,
            "cooldownPeriod": _COOLDOWN_SECONDS,
            "query": _workers_needed(executor, queue),
        }
        return {"keda": keda, "hpa": _OFF}
    if queue.scaled_by is Scaling.HPA:
        lowest = max(queue.min_workers, _SMALLEST_BY_LOAD)
        return {"hpa": {"enabled": True, "minReplicaCount": lowest, "maxReplicaCount": queue.max_workers}}
    return {"replicas": queue.max_workers, "hpa": _OFF}


def placement(node_selector: Mapping[str, str], tolerations: Sequence[TolerationArgs]) -> dict[str, Any]:
    """Return the nodes that pods may run on; empty where any will do."""
    selected: dict[str, Any] = {"nodeSelector": dict(node_selector)} if node_selector else {}
    tolerated = [toleration.as_kubernetes() for toleration in tolerations]
    return {**selected, **({"tolerations": tolerated} if tolerated else {})}


def _workers_needed(executor: ExecutorArgs, queue: WorkerQueueArgs) -> str:
    """Count the workers that a queue's tasks fill, for KEDA to ask the database.

    The chart's own query divides by the concurrency of airflow.cfg, which is the default queue's, and counts tasks
    of other executors too: these name a queue as well.
    """
    conditions = ["state IN ('queued', 'running')", f"queue = '{queue.name}'"]
    if len(executor.order) > 1:
        named = f"executor LIKE '%{ExecutorKind.CELERY}'"
        is_default = executor.order[0] == ExecutorKind.CELERY
        conditions.append(f"({named} OR executor IS NULL)" if is_default else named)
    # Names of queues are DNS labels: there is no quote in them.
    return f"SELECT ceil(COUNT(*)::decimal / {queue.concurrency}) FROM task_instance WHERE {' AND '.join(conditions)}"  # noqa: S608
