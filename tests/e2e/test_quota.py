"""Tasks stay within what is reserved for them, and the platform notices nothing of it."""

import pytest

from components.labels import ENVIRONMENT
from tests.e2e.airflow_api import Airflow
from tests.e2e.declared import EATER, KUBERNETES
from tests.e2e.platform import Platform
from tests.e2e.pod_watch import PodWatch
from tests.e2e.watching import restarts

pytestmark = pytest.mark.e2e
AREA = "quota"
TURN = 2
TASKS = 6


@pytest.fixture(scope="module")
def airflow(platform: Platform) -> Airflow:
    return platform.ensure("pods")


def core_restarts(platform: Platform, airflow: Airflow) -> dict[str, dict[str, int]]:
    found = platform.cluster.pods(airflow.namespace, f"{ENVIRONMENT},component!=worker")
    return {pod["metadata"]["name"]: restarts(pod) for pod in found}


def test_tasks_that_would_exceed_the_quota_queue_and_finish(airflow: Airflow, platform: Platform, record_property):
    """Six tasks for two pods; what is beyond waits in Airflow, not as a refusal of Kubernetes."""
    with PodWatch(platform.cluster.core, airflow.namespace, "dag_id=e2e_burst").watching() as seen:
        airflow.run("e2e_burst", 400)
    record_property("note", f"{len(seen.states)} pods seen, at most {seen.most} at once")
    assert len(seen.states) >= TASKS
    assert seen.most <= KUBERNETES["max_task_pods"]


def test_a_task_that_eats_memory_is_killed_alone(airflow: Airflow, platform: Platform):
    before = core_restarts(platform, airflow)
    with PodWatch(platform.cluster.core, airflow.namespace, f"dag_id={EATER}").watching() as seen:
        run = airflow.trigger(EATER)
        airflow.wait(EATER, run, 240)
    states = {task["task_id"]: task["state"] for task in airflow.tasks(EATER, run)}
    assert states == {"eat": "failed", "bystander": "success"}
    assert core_restarts(platform, airflow) == before
    ends = [(pod["metadata"]["name"], pod["status"]) for states in seen.states.values() for pod in states[-1:]]
    assert seen.killed() == {"eat"}, f"{ends}\n{seen.logs}"


def test_no_pod_was_refused_by_a_quota(platform: Platform):
    platform.cluster.look()
    assert platform.cluster.quota_events == set()
