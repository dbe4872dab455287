"""How many workers a queue has: what the values say, and what KEDA asks the database."""

import sqlite3

import pytest

from components.executor_args import KubernetesExecutorArgs, Scaling
from components.timeouts import namespace_delete_timeout, release_timeout_seconds
from components.values import build_values
from tests.components.scenarios import EDGE, executor_by_class
from tests.factories import airflow_deployment_args, celery, executor, resources, volume, worker_queue

KEDA = {"min_workers": 0, "max_workers": 5, "scaling": Scaling.KEDA}
TASKS = [
    ("queued", "default", None),
    ("running", "default", None),
    ("running", "default", "CeleryExecutor"),
    ("running", "default", "KubernetesExecutor"),
    ("success", "default", None),
    ("queued", "heavy", None),
]


def _set(args):
    return build_values(args)["workers"]["celery"]["sets"][0]


def _workers(args):
    """Ask the query of the first queue for the number of workers, in a database that also knows `ceil`."""
    query = _set(args)["keda"]["query"].replace("COUNT(*)::decimal", "COUNT(*) * 1.0")
    with sqlite3.connect(":memory:") as database:
        database.execute("CREATE TABLE task_instance (state TEXT, queue TEXT, executor TEXT)")
        database.executemany("INSERT INTO task_instance VALUES (?, ?, ?)", TASKS)
        (found,) = database.execute(query).fetchone()
    database.close()
    return found


@pytest.mark.parametrize(
    ("names", "concurrency", "workers"),
    [
        (("celery",), 2, 2),
        (("celery",), 1, 4),
        (("celery", "kubernetes"), 1, 3),
        (("kubernetes", "celery"), 1, 1),
    ],
)
def test_keda_counts_the_tasks_that_workers_of_the_queue_would_run(names, concurrency, workers):
    queues = celery(worker_queue(concurrency=concurrency, **KEDA))
    assert _workers(airflow_deployment_args(executor=executor(*names, celery=queues))) == workers


def test_only_one_autoscaler_is_on():
    written = _set(airflow_deployment_args(executor=executor("celery", celery=celery(worker_queue(**KEDA)))))
    assert written["hpa"] == {"enabled": False}
    assert (written["keda"]["minReplicaCount"], written["keda"]["maxReplicaCount"]) == (0, 5)
    assert "replicas" not in written


def test_a_release_waits_for_workers_that_end_one_by_one_or_hold_the_room_of_new_ones():
    """Without a volume new workers start at once, but beside one old set only: more the quota has no room for."""

    def timeouts(**queue):
        args = airflow_deployment_args(executor=executor("celery", celery=celery(worker_queue(**queue))))
        return release_timeout_seconds(args), namespace_delete_timeout(args)

    assert timeouts() == (1800 + 600, "25m")
    assert timeouts(grace_seconds=7200, max_workers=3) == (1800 + 7200, "135m")
    assert timeouts(grace_seconds=7200, max_workers=3, volume=volume()) == (1800 + 3 * 7200, "135m")
    plain = airflow_deployment_args()
    assert (release_timeout_seconds(plain), namespace_delete_timeout(plain)) == (1800, "25m")


def test_a_namespace_is_waited_for_as_long_as_its_slowest_pod_may_take_to_end():
    def timeout(*names, grace):
        pods = KubernetesExecutorArgs(task_pod=resources("task_pod"), max_task_pods=4, grace_seconds=grace)
        return namespace_delete_timeout(airflow_deployment_args(executor=executor(*names, kubernetes=pods)))

    assert timeout("celery", "kubernetes", grace=86_400) == f"{15 + 24 * 60}m"
    assert timeout("kubernetes", grace=60) == "25m"


def test_executors_by_class_path_are_told_to_airflow_and_make_no_pods_of_their_own():
    values = build_values(airflow_deployment_args(executor=executor_by_class("celery")))
    assert values["executor"] == f"CeleryExecutor,{EDGE}"
    assert values["config"]["core"]["parallelism"] == str(2 + 32)
