"""A deployment sleeps, wakes, retires and goes; what is kept on the way comes back, and at the end nothing is left."""

from pathlib import Path
from typing import Any

import pytest

from tests.e2e import declared
from tests.e2e.airflow_api import Airflow, wait_for
from tests.e2e.platform import Platform
from tests.integration.cluster import Cluster
from tests.integration.engine_runs import remains

pytestmark = pytest.mark.e2e
AREA = "life"
TURN = 6
DAG = "e2e_hello"


@pytest.fixture(scope="module")
def run(platform: Platform) -> str:
    return platform.running("local").run(DAG, 300)


@pytest.fixture
def airflow(platform: Platform, run: str) -> Airflow:
    return platform.airflow("local")


def reserved(platform: Platform, namespace: str) -> dict[str, Any]:
    quotas = platform.cluster.core.list_namespaced_resource_quota(namespace).items
    return {f"{one.metadata.name} {key}": value for one in quotas for key, value in one.spec.hard.items()}


def wait_until_quiet(platform: Platform, namespace: str) -> None:
    wait_for("the end of all pods", 120, lambda: not platform.cluster.pods(namespace), platform.cluster)


def claims(platform: Platform, namespace: str) -> set[str]:
    found = platform.cluster.core.list_namespaced_persistent_volume_claim(namespace).items
    return {one.metadata.uid for one in found}


def test_hibernation_ends_every_pod_and_frees_the_reservation(platform: Platform, airflow: Airflow):
    platform.ensure("local", state="hibernated")
    wait_until_quiet(platform, airflow.namespace)
    hard = reserved(platform, airflow.namespace)
    sums = {key: value for key, value in hard.items() if "cpu" in key or "memory" in key}
    assert sums
    assert set(sums.values()) == {"0"}


def test_waking_brings_the_same_state_back(platform: Platform, airflow: Airflow, run: str):
    platform.ensure("local")
    assert airflow.has(DAG, run)
    airflow.run(DAG, 300)


def test_retired_keeps_the_database_and_can_be_taken_back(platform: Platform, airflow: Airflow, run: str):
    before = claims(platform, airflow.namespace)
    platform.ensure("local", state="retired")
    wait_until_quiet(platform, airflow.namespace)
    assert claims(platform, airflow.namespace) == before != set()
    platform.ensure("local")
    assert airflow.has(DAG, run)


def test_purged_leaves_nothing(platform: Platform, airflow: Airflow):
    platform.ensure("local", state="retired")
    platform.bring({name: one for name, one in platform.stands.items() if name != "local"}, "local: purged")
    assert airflow.namespace not in platform.cluster.namespaces()


def test_destroy_leaves_nothing(platform: Platform, tmp_path: Path):
    platform.destroy()
    assert platform.cluster.namespaces() == []
    assert remains(Cluster(platform.cluster.api, tmp_path / "resources.json"), declared.NAME) == []
