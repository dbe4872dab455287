"""Tasks stay within what is reserved for them, and the platform notices nothing of it."""

import pytest

from components.labels import ENVIRONMENT
from tests.e2e.airflow_api import Airflow, wait_for
from tests.e2e.platform import Platform
from tests.e2e.watching import killed_for_memory, restarts

pytestmark = pytest.mark.e2e
AREA = "quota"
TURN = 2


@pytest.fixture(scope="module")
def airflow(platform: Platform) -> Airflow:
    return platform.ensure("pods")


def core_restarts(platform: Platform, airflow: Airflow) -> dict[str, dict[str, int]]:
    found = platform.cluster.pods(airflow.namespace, f"{ENVIRONMENT},component!=worker")
    return {pod["metadata"]["name"]: restarts(pod) for pod in found}


def test_tasks_that_would_exceed_the_quota_queue_and_finish(airflow: Airflow, platform: Platform, record_property):
    """Six tasks for two pods; what is beyond waits in Airflow, not as a refusal of Kubernetes."""
    seen: set[str] = set()
    most = 0
    run = airflow.trigger("e2e_burst")

    def ended() -> bool:
        nonlocal most
        running = [one["metadata"]["name"] for one in platform.cluster.pods(airflow.namespace, "dag_id=e2e_burst")]
        seen.update(running)
        most = max(most, len(running))
        platform.measure("pods")
        return airflow.state("e2e_burst", run) in {"success", "failed"}

    wait_for("the end of six tasks", 400, ended, platform.cluster)
    assert airflow.state("e2e_burst", run) == "success"
    record_property("note", f"{len(seen)} pods seen, at most {most} at once")


def test_a_task_that_eats_memory_is_killed_alone(airflow: Airflow, platform: Platform):
    before = core_restarts(platform, airflow)
    killed: set[str] = set()
    run = airflow.trigger("e2e_eater")

    def ended() -> bool:
        pods = platform.cluster.pods(airflow.namespace, "dag_id=e2e_eater")
        killed.update(pod["metadata"]["labels"]["task_id"] for pod in pods if killed_for_memory(pod))
        return airflow.state("e2e_eater", run) in {"success", "failed"}

    wait_for("the end of the eater", 240, ended, platform.cluster)
    states = {task["task_id"]: task["state"] for task in airflow.tasks("e2e_eater", run)}
    assert states == {"eat": "failed", "bystander": "success"}
    assert core_restarts(platform, airflow) == before
    assert killed == {"eat"}


def test_no_pod_was_refused_by_a_quota(platform: Platform):
    platform.cluster.look()
    assert platform.cluster.quota_events == set()
