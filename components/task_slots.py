"""How many tasks may run at once: in the whole deployment, for one scheduler, and in the scheduler itself.

Airflow knows one number, `[core] parallelism`, for each scheduler. With several executors all of them together stay
below it, and so may each of them alone: a LocalExecutor keeps as many processes ready, and a KubernetesExecutor asks
for as many pods. What is beyond an executor's own room waits, Celery's tasks in the broker and task pods at their
quota; only in a scheduler there is nothing to wait at, so its memory must hold what it may run.
"""

from components.args import AirflowDeploymentArgs
from components.executor_args import CeleryExecutorArgs, ExecutorArgs


def task_slots(args: AirflowDeploymentArgs) -> int:
    """Count the tasks that may run at once in the whole deployment."""
    executor, schedulers = args.executor, args.scheduler.replicas
    kubernetes = executor.kubernetes.max_task_pods if executor.kubernetes else 0
    return _local(executor) * schedulers + _celery(executor) + kubernetes + _by_class(executor) * schedulers


def parallelism(args: AirflowDeploymentArgs) -> int:
    """Count what one scheduler may have running at once; Airflow applies the number to each of them.

    Too many Celery tasks wait in the broker, so each scheduler may fill all workers, also while the other is gone.
    Task pods are divided: those that are too many would take the room of pods that tasks start themselves.
    """
    executor = args.executor
    return _local(executor) + _celery(executor) + task_pods_each(args) + _by_class(executor)


def task_pods_each(args: AirflowDeploymentArgs) -> int:
    """Count one scheduler's part of the task pods; what does not divide evenly is left over."""
    return args.executor.kubernetes.max_task_pods // args.scheduler.replicas if args.executor.kubernetes else 0


def tasks_in_scheduler(args: AirflowDeploymentArgs) -> int:
    """Count the tasks that one scheduler may run itself, which are those of all executors where one is Local."""
    return parallelism(args) if args.executor.local else 0


def queue_slots(celery: CeleryExecutorArgs) -> int:
    """Count the tasks that the workers of all queues run at once."""
    return sum(queue.max_workers * queue.concurrency for queue in celery.queues)


def _local(executor: ExecutorArgs) -> int:
    return executor.local.parallelism if executor.local else 0


def _celery(executor: ExecutorArgs) -> int:
    return queue_slots(executor.celery) if executor.celery else 0


def _by_class(executor: ExecutorArgs) -> int:
    """Count the tasks that one scheduler has running where the platform reserves nothing."""
    return sum(one.parallelism for one in executor.classes)
