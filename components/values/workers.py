"""Values of what runs tasks: worker queues and the pods of the KubernetesExecutor."""

from typing import Any

from components import task_volumes
from components.args import AirflowDeploymentArgs
from components.executor_args import KubernetesExecutorArgs, WorkerQueueArgs
from components.labels import PART, TASK_POD
from components.log_volume import log_disk
from components.pods import Share
from components.priorities import class_name
from components.values.core import PYTHON_PROBE, claim, log_groomer
from components.values.scaling import placement, scaling_values
from components.values.templating import literal

# All new workers start beside the old ones, which take no more tasks and finish those that they have.
_STRATEGY: dict[str, object] = {
    "type": "RollingUpdate",
    "rollingUpdate": {"maxSurge": "100%", "maxUnavailable": 0},
}


def worker_values(args: AirflowDeploymentArgs) -> dict[str, Any]:
    """Return the `workers` block."""
    workers: dict[str, object] = {"celery": _celery(args)}
    if args.executor.kubernetes:
        workers["kubernetes"] = _task_pods(args, args.executor.kubernetes)
    return {"workers": workers}


def _task_pods(args: AirflowDeploymentArgs, kubernetes: KubernetesExecutorArgs) -> dict[str, Any]:
    """Return what the template of a task's pod is made from."""
    annotations = {key: literal(value) for key, value in sorted(kubernetes.annotations.items())}
    return {
        "resources": kubernetes.task_pod.as_kubernetes(),
        "priorityClassName": class_name(args.environment, Share.TASKS, kubernetes.priority),
        "labels": {**dict(sorted(kubernetes.labels.items())), PART: TASK_POD},
        **({"podAnnotations": annotations} if annotations else {}),
        **_additions(kubernetes),
        **placement(kubernetes.node_selector, kubernetes.tolerations),
    }


def _additions(kubernetes: KubernetesExecutorArgs) -> dict[str, Any]:
    """Return what users add to the template."""
    env = [
        *({"name": name, "value": value} for name, value in sorted(kubernetes.env.items())),
        *(
            {"name": name, "valueFrom": {"secretKeyRef": {"name": at.secret_name, "key": at.key}}}
            for name, at in sorted(kubernetes.referenced_env.items())
        ),
    ]
    added = {
        "env": env,
        "extraVolumes": task_volumes.volumes(kubernetes),
        "extraVolumeMounts": task_volumes.mounts(kubernetes),
    }
    grace = {"terminationGracePeriodSeconds": kubernetes.grace_seconds}
    return {**grace, **{key: entries for key, entries in added.items() if entries}}


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
        "sets": [_queue(args, queue) for queue in args.executor.celery.queues],
    }


def _queue(args: AirflowDeploymentArgs, queue: WorkerQueueArgs) -> dict[str, Any]:
    own_disk = queue.volume.size if queue.volume else queue.resources.limits.ephemeral_storage
    return {
        "name": queue.name,
        "queue": queue.name,
        **scaling_values(args.executor, queue),
        "resources": queue.resources.as_kubernetes(),
        "priorityClassName": class_name(args.environment, Share.WORKERS, queue.priority),
        # airflow.cfg is the same for all workers, and it holds the default queue's number.
        "env": [{"name": "AIRFLOW__CELERY__WORKER_CONCURRENCY", "value": str(queue.concurrency)}],
        "terminationGracePeriodSeconds": queue.grace_seconds,
        "persistence": claim(queue.volume, is_kept=args.keeps_claims) if queue.volume else {"enabled": False},
        "logGroomerSidecar": {**log_groomer(args.log_groomer, log_disk(args, own_disk)), "requirePersistence": False},
        **placement(queue.node_selector, queue.tolerations),
    }
