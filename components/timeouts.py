"""How long making and removing a deployment may take: as long as what runs its tasks may finish them, and more."""

from components.args import AirflowDeploymentArgs

_RELEASE_SECONDS = 1800
"""Images are pulled and the database migrated within it; the provider's own default is five minutes."""
_NAMESPACE_DELETE_MINUTES = 15
"""What the rest of a namespace takes to go, beside the workers and task pods that finish their tasks."""


def release_timeout_seconds(args: AirflowDeploymentArgs) -> int:
    """Return how long Helm waits for a release.

    Where workers have volumes, a new one starts only when the old one of its number has ended. Else all start at once,
    but the quota has room for two sets: a third one waits until the first one's tasks are finished.
    """
    queues = args.executor.celery.queues if args.executor.celery else ()
    waits = [queue.grace_seconds * (queue.max_workers if queue.volume else 1) for queue in queues]
    return _RELEASE_SECONDS + max(waits, default=0)


def namespace_delete_timeout(args: AirflowDeploymentArgs) -> str:
    """Return how long the provider waits for a namespace to go; by default it gives up after ten minutes."""
    celery, kubernetes = args.executor.celery, args.executor.kubernetes
    graces = [queue.grace_seconds for queue in celery.queues] if celery else []
    longest = max([600, *graces, *([kubernetes.grace_seconds] if kubernetes else [])])
    return f"{_NAMESPACE_DELETE_MINUTES + -(-longest // 60)}m"
