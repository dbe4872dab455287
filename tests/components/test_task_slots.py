"""How many tasks Airflow may run at once, where it has one number for each scheduler and all executors together."""

import pytest

from components.executor_args import ClassExecutorArgs
from components.task_slots import parallelism, task_pods_each, task_slots, tasks_in_scheduler
from tests.factories import airflow_deployment_args, celery, executor, worker_queue, workload


def args(*executors, schedulers=1, **overrides):
    chosen = executor(*executors, **overrides)
    return airflow_deployment_args(executor=chosen, scheduler=workload("scheduler", replicas=schedulers))


@pytest.mark.parametrize("schedulers", [1, 2, 3, 4])
def test_schedulers_together_never_start_more_task_pods_than_are_reserved(schedulers):
    planned = args("kubernetes", schedulers=schedulers)
    assert 1 <= task_pods_each(planned) * schedulers <= planned.executor.kubernetes.max_task_pods
    assert parallelism(planned) == task_pods_each(planned)


def test_a_scheduler_with_the_local_executor_may_run_what_all_executors_run_together():
    workers = celery(worker_queue(max_workers=50, concurrency=16))
    assert tasks_in_scheduler(args("local", "celery", celery=workers)) == 2 + 800
    assert tasks_in_scheduler(args("local", classes=(ClassExecutorArgs(path="a.B", parallelism=5),))) == 2 + 5


@pytest.mark.parametrize("others", [("celery",), ("kubernetes",), ("celery", "kubernetes")])
def test_without_the_local_executor_no_task_runs_in_a_scheduler(others):
    assert tasks_in_scheduler(args(*others)) == 0


def test_each_scheduler_may_fill_all_workers_and_they_count_once():
    planned = args("celery", schedulers=2, celery=celery(worker_queue(max_workers=4, concurrency=8)))
    assert parallelism(planned) == task_slots(planned) == 32
