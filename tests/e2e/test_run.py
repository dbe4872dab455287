"""Every executor really runs what it is for."""

import pytest

from tests.e2e.airflow_api import Airflow, wait_for
from tests.e2e.declared import DEPLOYMENTS, namespace
from tests.e2e.platform import Platform
from tests.e2e.watching import is_ready, queue

pytestmark = pytest.mark.e2e
AREA = "run"
TURN = 1


@pytest.fixture(scope="module", params=["local", "legacy", "celery", "pods"])
def name(request: pytest.FixtureRequest) -> str:
    assert request.param in DEPLOYMENTS
    return str(request.param)


@pytest.fixture(scope="module")
def airflow(platform: Platform, name: str) -> Airflow:
    return platform.ensure(name)


def test_every_pod_is_ready(airflow: Airflow, platform: Platform):
    pods = platform.cluster.pods(airflow.namespace)
    assert {pod["metadata"]["name"]: is_ready(pod) for pod in pods if not is_ready(pod)} == {}
    assert len(pods) >= 5


def test_a_dag_run_ends_in_success(airflow: Airflow):
    airflow.run("e2e_hello")


def test_the_log_of_a_task_can_be_read(airflow: Airflow, name: str, record_property):
    if name == "pods":
        run = airflow.trigger("e2e_long")
        wait_for(
            "what a running task says",
            90,
            lambda: "sleeps on" in airflow.log("e2e_long", run, "sleep"),
            airflow.cluster,
        )
        record_property("note", "while its pod runs; the log of a pod that is gone needs remote logging")
        return
    run = airflow.run("e2e_hello")
    assert "one runs on" in airflow.log("e2e_hello", run, "one")


def test_the_triggerer_resumes_a_deferred_task(airflow: Airflow):
    run = airflow.trigger("e2e_nap")
    wait_for(
        "a deferred task",
        120,
        lambda: any(task["state"] == "deferred" for task in airflow.tasks("e2e_nap", run)),
        airflow.cluster,
    )
    assert airflow.wait("e2e_nap", run) == "success"


def test_a_task_lands_on_the_queue_that_it_names(airflow: Airflow, name: str, platform: Platform):
    if name != "celery":
        pytest.skip("one queue only")
    run = airflow.run("e2e_queues")
    workers = platform.cluster.pods(namespace(name), "component=worker")
    addresses = {one: {pod["status"]["podIP"] for pod in workers if queue(pod) == one} for one in ("default", "heavy")}
    hosts = {task["task_id"]: task["hostname"] for task in airflow.tasks("e2e_queues", run)}
    assert hosts["heavy"] in addresses["heavy"]
    assert hosts["unnamed"] in addresses["default"]


def test_no_component_uses_more_memory_than_is_reserved(airflow: Airflow, platform: Platform):
    platform.measure()
    over = {key: used for key, (used, _) in platform.report.memory.items() if used > key[-1]}
    assert over == {}
