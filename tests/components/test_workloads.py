import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.quantities import Amounts, Resources
from components.workloads import Container, Share, Workload, WorkloadKind, workloads
from tests.factories import (
    airflow_deployment_args,
    celery,
    embedded_database,
    executor,
    git_sync,
    volume,
    worker_queue,
    workload,
)

numbers = st.integers(min_value=0, max_value=10**6)
resources = st.builds(
    lambda cpu, memory: Resources(
        requests=Amounts(cpu=cpu, memory=memory), limits=Amounts(cpu=2 * cpu, memory=2 * memory)
    ),
    numbers,
    numbers,
)
containers = st.lists(resources, max_size=5).map(lambda all_of: tuple(Container(name="c", resources=r) for r in all_of))


def _by_name(**overrides):
    return {
        part.name.removeprefix("analytics-orders-"): part for part in workloads(airflow_deployment_args(**overrides))
    }


@given(containers, containers)
def test_a_pod_counts_as_its_containers_or_its_largest_init_container(main, init):
    pod = Workload(
        name="w",
        component="w",
        kind=WorkloadKind.JOB,
        share=Share.CORE,
        replicas=1,
        containers=main,
        init_containers=init,
    ).pod
    for bound in ("requests", "limits"):
        for resource in ("cpu", "memory"):
            together = sum(getattr(getattr(c.resources, bound), resource) for c in main)
            largest = max((getattr(getattr(c.resources, bound), resource) for c in init), default=0)
            assert getattr(getattr(pod, bound), resource) == max(together, largest)


def test_names_are_unique():
    names = [
        part.name for part in workloads(airflow_deployment_args(executor=executor("celery", "kubernetes", "local")))
    ]
    assert len(names) == len(set(names))


def test_only_what_runs_users_code_is_outside_the_core_share():
    parts = _by_name(executor=executor("celery", "kubernetes"), database=embedded_database())
    assert {name for name, part in parts.items() if part.share is Share.TASKS} == {"task"}
    assert {name for name, part in parts.items() if part.share is Share.WORKERS} == {"worker"}


@pytest.mark.parametrize(("replicas", "surge"), [(1, 1), (3, 3)])
def test_old_workers_finish_beside_a_whole_set_of_new_ones(replicas, surge):
    queue = worker_queue(min_workers=0, max_workers=replicas)
    worker = _by_name(executor=executor("celery", celery=celery(queue)))["worker"]
    assert (worker.kind, worker.replicas, worker.surge) == (WorkloadKind.DEPLOYMENT, replicas, surge)


def test_workers_with_a_volume_take_the_place_of_the_old_ones():
    queue = worker_queue(max_workers=3, volume=volume("7Gi"))
    worker = _by_name(executor=executor("celery", celery=celery(queue)))["worker"]
    assert (worker.kind, worker.replicas, worker.surge) == (WorkloadKind.STATEFUL_SET, 3, 0)
    assert worker.volume == volume("7Gi")


def test_schedulers_surge_by_one_unless_they_run_tasks():
    two = workload("scheduler", replicas=2)
    assert _by_name(scheduler=two, executor=executor("celery"))["scheduler"].surge == 1
    assert _by_name(scheduler=two, executor=executor("celery", "local"))["scheduler"].surge == 2


@pytest.mark.parametrize(
    ("overrides", "syncing"),
    [
        ({"executor": executor("celery")}, {"dag-processor", "triggerer", "worker"}),
        ({"executor": executor("local")}, {"scheduler", "dag-processor", "triggerer"}),
        ({"executor": executor("kubernetes")}, {"dag-processor", "triggerer"}),
        (
            {"executor": executor("kubernetes"), "dag_processor": None, "airflow_version": "2.11.2"},
            {"scheduler", "triggerer"},
        ),
    ],
)
def test_dags_are_synced_to_where_they_are_read(overrides, syncing):
    parts = _by_name(git_sync=git_sync(), **overrides)
    assert {name for name, part in parts.items() if "git-sync" in [c.name for c in part.containers]} == syncing


def test_task_pods_fetch_dags_before_they_start():
    task = _by_name(git_sync=git_sync(), executor=executor("kubernetes"))["task"]
    assert [container.name for container in task.init_containers] == ["git-sync-init"]
    assert (task.kind, task.replicas, task.surge) == (WorkloadKind.TASK_POD, 4, 0)


def test_airflow_2_has_a_webserver_in_place_of_the_api_server():
    assert "api-server" in _by_name(airflow_version="3.2.2")
    assert "webserver" in _by_name(airflow_version="2.11.2")


def test_optional_parts_are_there_only_when_asked_for():
    smallest = _by_name(triggerer=None)
    assert set(smallest) == {"scheduler", "api-server", "dag-processor", "statsd", "run-airflow-migrations"}
    assert set(_by_name(database=embedded_database())) - set(smallest) == {"triggerer", "postgresql"}
