"""A deployment sleeps, wakes, retires and goes; what is kept on the way comes back, and at the end nothing is left."""

import json
from collections.abc import Collection
from pathlib import Path
from typing import Any

import pytest

from tests.e2e import declared
from tests.e2e.airflow_api import Airflow, wait_for
from tests.e2e.platform import Platform
from tests.integration.cluster import Cluster
from tests.integration.engine_runs import CLUSTER_WIDE, remains

pytestmark = pytest.mark.e2e
AREA = "life"
TURN = 6
DAG = "e2e_hello"
CONNECTION = "kept"


@pytest.fixture(scope="module")
def run(platform: Platform) -> str:
    airflow = platform.running("local")
    airflow.put_connection(CONNECTION, "kept over sleep")
    return airflow.run(DAG, 300)


@pytest.fixture
def airflow(platform: Platform, run: str) -> Airflow:
    return platform.airflow("local")


def reserved(platform: Platform, namespace: str) -> dict[str, Any]:
    quotas = platform.cluster.core.list_namespaced_resource_quota(namespace).items
    return {f"{one.metadata.name} {key}": value for one in quotas for key, value in one.spec.hard.items()}


def wait_until_quiet(platform: Platform, namespace: str) -> None:
    """Wait for the end of all pods; those of Jobs that are done stay for a while."""

    def runs() -> list[str]:
        pods = {one["metadata"]["name"]: one["status"].get("phase") for one in platform.cluster.pods(namespace)}
        return [name for name, phase in pods.items() if phase not in {"Succeeded", "Failed"}]

    wait_for("the end of all pods", 120, lambda: not runs(), platform.cluster)


def claims(platform: Platform, namespace: str) -> set[str]:
    found = platform.cluster.core.list_namespaced_persistent_volume_claim(namespace).items
    return {one.metadata.uid for one in found}


def namers(cluster: Cluster, namespace: str) -> list[str]:
    """Name what on the cluster itself speaks of a namespace, whoever made it."""
    return [
        f"{kind} {one['metadata']['name']}"
        for api_version, kind in CLUSTER_WIDE
        for one in cluster.items(api_version, kind)
        if namespace in json.dumps({**one, "metadata": {**one["metadata"], "managedFields": []}})
    ]


def bound(platform: Platform, namespaces: Collection[str]) -> list[str]:
    """Name the volumes that claims of some namespaces still hold."""
    return [
        one.metadata.name
        for one in platform.cluster.core.list_persistent_volume().items
        if one.status.phase == "Bound" and one.spec.claim_ref.namespace in namespaces
    ]


@pytest.fixture
def kubernetes(platform: Platform, tmp_path: Path) -> Cluster:
    return Cluster(platform.cluster.api, tmp_path / "resources.json")


def test_hibernation_ends_every_pod_and_frees_the_reservation(platform: Platform, airflow: Airflow):
    platform.ensure("local", state="hibernated")
    wait_until_quiet(platform, airflow.namespace)
    hard = reserved(platform, airflow.namespace)
    sums = {key: value for key, value in hard.items() if "cpu" in key or "memory" in key}
    assert sums
    assert set(sums.values()) == {"0"}


def test_waking_brings_the_same_state_back(platform: Platform, airflow: Airflow, run: str):
    before = claims(platform, airflow.namespace)
    platform.ensure("local")
    assert claims(platform, airflow.namespace) == before != set()
    assert airflow.has(DAG, run)
    assert CONNECTION in airflow.connections()
    airflow.run(DAG, 300)


def test_retired_keeps_the_database_and_can_be_taken_back(platform: Platform, airflow: Airflow, run: str):
    before = claims(platform, airflow.namespace)
    platform.ensure("local", state="retired")
    wait_until_quiet(platform, airflow.namespace)
    assert claims(platform, airflow.namespace) == before != set()
    platform.ensure("local")
    assert airflow.has(DAG, run)
    assert CONNECTION in airflow.connections()


def test_purged_leaves_nothing(platform: Platform, airflow: Airflow, kubernetes: Cluster):
    platform.ensure("local", state="retired")
    platform.bring({name: one for name, one in platform.stands.items() if name != "local"}, "local: purged")
    assert airflow.namespace not in platform.cluster.namespaces()
    assert namers(kubernetes, airflow.namespace) == []
    wait_for("its volumes to be let go", 60, lambda: not bound(platform, [airflow.namespace]), platform.cluster)


def test_no_quota_has_refused_a_pod_all_along(platform: Platform):
    platform.cluster.look()
    assert platform.cluster.quota_events == set()


def test_destroy_leaves_nothing(platform: Platform, kubernetes: Cluster):
    namespaces = platform.cluster.namespaces()
    platform.destroy()
    assert platform.cluster.namespaces() == []
    assert remains(kubernetes, declared.NAME) == []
    wait_for("all volumes to be let go", 60, lambda: not bound(platform, namespaces), platform.cluster)
