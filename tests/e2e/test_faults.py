"""What breaks comes back by itself or by the next `up`, and no DAG run is lost."""

import subprocess
import time
from typing import Any

import pytest
from kubernetes import client

from components import naming
from tests.e2e.airflow_api import Airflow, wait_for
from tests.e2e.platform import Platform, end
from tests.e2e.watching import is_ready, restarts
from tests.e2e.where import KUBELET_RESTART_VARIABLE, WHERE

pytestmark = pytest.mark.e2e
AREA = "faults"
TURN = 5
AWAY_SECONDS = 120
RELEASE_TYPE = "type=helm.sh/release.v1"


@pytest.fixture(scope="module")
def airflow(platform: Platform) -> Airflow:
    return platform.ensure("local")


def begin_long_task(airflow: Airflow) -> str:
    """Start a run and wait until its task is on the way."""
    run = airflow.trigger("e2e_long")

    def runs() -> bool:
        return any(task["state"] == "running" for task in airflow.tasks("e2e_long", run))

    wait_for("a running task", 120, runs, airflow.cluster)
    return run


def all_ready(platform: Platform, airflow: Airflow) -> bool:
    pods = platform.cluster.pods(airflow.namespace)
    return bool(pods) and all(is_ready(pod) for pod in pods)


def nodes_ready(platform: Platform) -> bool:
    return all(is_ready(one) for one in platform.cluster.nodes())


def attempts(airflow: Airflow, run: str) -> str:
    [task] = airflow.tasks("e2e_long", run)
    return f"the task that ran meanwhile ended in success at attempt {task['try_number']}"


def kill_scheduler(platform: Platform, airflow: Airflow) -> None:
    pod = platform.cluster.pod(airflow.namespace, "scheduler")["metadata"]["name"]
    platform.cluster.core.delete_namespaced_pod(pod, airflow.namespace, grace_period_seconds=0)


def test_a_task_on_a_worker_outlives_a_killed_scheduler(platform: Platform):
    """First of all: the test before this module ends with it running."""
    airflow = platform.ensure("celery")
    run = begin_long_task(airflow)
    kill_scheduler(platform, airflow)
    assert airflow.wait("e2e_long", run, 900) == "success"
    [task] = airflow.tasks("e2e_long", run)
    assert task["try_number"] == 1


def test_a_killed_scheduler_comes_back_and_its_runs_go_on(airflow: Airflow, platform: Platform, record_property: Any):
    """With the LocalExecutor the task dies with it."""
    run = begin_long_task(airflow)
    kill_scheduler(platform, airflow)
    assert airflow.wait("e2e_long", run, 900) == "success"
    record_property("note", attempts(airflow, run))


def test_a_restarted_kubelet_disturbs_nothing(airflow: Airflow, platform: Platform, record_property: Any):
    if WHERE is None or not WHERE.kubelet_restart:
        pytest.skip(f"{KUBELET_RESTART_VARIABLE} is not set: no command that restarts a node's kubelet")
    run = begin_long_task(airflow)
    before = {one["metadata"]["uid"]: restarts(one) for one in platform.cluster.pods(airflow.namespace)}
    subprocess.run(WHERE.kubelet_restart, shell=True, check=True, timeout=120)  # noqa: S602 - whoever runs it says so
    time.sleep(10)  # what the API server knows of the node is older than that for a while
    wait_for("the node to be ready", 180, lambda: nodes_ready(platform), platform.cluster)
    assert airflow.wait("e2e_long", run, 900) == "success"
    assert {one["metadata"]["uid"]: restarts(one) for one in platform.cluster.pods(airflow.namespace)} == before
    record_property("note", attempts(airflow, run))


def test_a_database_that_was_away_for_two_minutes(airflow: Airflow, platform: Platform, record_property: Any):
    run = airflow.run("e2e_hello")
    long = begin_long_task(airflow)
    apps = client.AppsV1Api(platform.cluster.api)
    name = naming.embedded_database_name(airflow.namespace)
    with platform.cluster.patient():
        apps.patch_namespaced_stateful_set_scale(name, airflow.namespace, {"spec": {"replicas": 0}})
        time.sleep(AWAY_SECONDS)
        apps.patch_namespaced_stateful_set_scale(name, airflow.namespace, {"spec": {"replicas": 1}})
        started = time.monotonic()
        wait_for("all pods to be ready", 600, lambda: all_ready(platform, airflow), platform.cluster)
        ready = time.monotonic() - started
        assert airflow.has("e2e_hello", run)
        assert airflow.wait("e2e_long", long, 900) == "success"
    airflow.run("e2e_hello", 300)
    record_property("note", f"ready again {ready:.0f} s after the database; {attempts(airflow, long)}")


def test_an_engine_killed_in_the_middle_of_a_run(airflow: Airflow, platform: Platform, record_property: Any):
    """Killed while Helm upgrades: the next run goes on from there, or says what to do first, and that helps."""
    run = airflow.run("e2e_hello")
    before = revisions(platform, airflow)
    wanted = {**platform.stands, "local": {**platform.stands["local"], "env": {"E2E_MARK": "after the kill"}}}
    process = platform.start("up", wanted)
    wait_for("Helm to begin", 180, lambda: revisions(platform, airflow) != before, platform.cluster)
    end(process, at_once=True)
    platform.cancel()
    answer = platform.bring(wanted, "local: again, after the engine was killed")
    if answer["deleted"]:
        record_property("note", "after the remedy that the error names: the pending release's Secret deleted")
    assert airflow.has("e2e_hello", run)
    new = airflow.run("e2e_hello", 300)
    assert "mark is after the kill" in airflow.log("e2e_hello", new, "one")


def revisions(platform: Platform, airflow: Airflow) -> set[str]:
    found = platform.cluster.core.list_namespaced_secret(airflow.namespace, field_selector=RELEASE_TYPE).items
    return {one.metadata.name for one in found}
