"""What a task in a pod of its own can do with the Kubernetes API: by default nothing, with leave no more than that."""

from typing import Any

import pytest

from tests.e2e.airflow_api import Airflow
from tests.e2e.declared import namespace
from tests.e2e.platform import Platform
from tests.e2e.probing import has_token, own_secret, reach_kubernetes

pytestmark = pytest.mark.e2e
AREA = "isolation"
TURN = 2.1
NAME, NEIGHBOUR = "pods", "local"
DAG = "e2e_snoop"
# The scheduler starts the pods of tasks, the API server reads their logs.
DECLARED = {"scheduler": "open", "api-server": "open", "dag-processor": "closed", "triggerer": "closed"}


@pytest.fixture(scope="module")
def airflow(platform: Platform) -> Airflow:
    return platform.ensure(NAME)


@pytest.fixture(scope="module")
def launching(platform: Platform) -> Airflow:
    """Until the next `up`, which takes the leave back."""
    return platform.ensure(NAME, extra_task_pods={"max_pods": 1})


def tried(airflow: Airflow) -> dict[str, str]:
    """Let a task try what it can do, and return what came of each try."""
    own, neighbour = f"/api/v1/namespaces/{namespace(NAME)}", f"/api/v1/namespaces/{namespace(NEIGHBOUR)}"
    paths = {
        "own pods": f"{own}/pods",
        "own secrets": f"{own}/secrets",
        "an own secret by name": f"{own}/secrets/{own_secret(NAME)}",
        "pods of a neighbour": f"{neighbour}/pods",
        "secrets of a neighbour": f"{neighbour}/secrets",
        "a secret of a neighbour by name": f"{neighbour}/secrets/{own_secret(NEIGHBOUR)}",
    }
    run = airflow.run(DAG, 300, conf={"paths": paths})
    lines = airflow.returned(DAG, run, "snoop").splitlines()
    return dict(line.split(": ", 1) for line in lines)


@pytest.mark.parametrize("component", list(DECLARED))
def test_the_kubernetes_api_is_open_where_it_is_declared_only(airflow: Airflow, platform: Platform, component: str):
    found = reach_kubernetes(platform, NAME, component)
    assert (found, has_token(platform, NAME, component)) == (DECLARED[component], found == "open")


def test_a_task_pod_has_no_token_by_default_and_reaches_nothing(airflow: Airflow):
    found = tried(airflow)
    assert found.pop("token") == "none"
    assert set(found.values()) == {"no connection"}


def test_a_task_that_may_start_pods_reads_no_secret_and_nothing_of_a_neighbour(
    launching: Airflow, record_property: Any
):
    found = tried(launching)
    record_property("note", ", ".join(f"{what} {said}" for what, said in found.items()))
    allowed = {"token": "there", "own pods": "200"}
    assert found == {**dict.fromkeys(found, "403"), **allowed}
    assert len(found) == 7


def test_a_pod_that_a_task_starts_without_a_word_of_the_platform_runs(launching: Airflow, platform: Platform):
    """What Pod Security asks for is filled in; only the user is named, which images do not say for sure."""
    [image] = {one["image"] for one in platform.cluster.pod(namespace(NAME), "scheduler")["spec"]["containers"]}
    run = launching.run("e2e_launch", 300, conf={"image": image})
    assert launching.has("e2e_launch", run)
