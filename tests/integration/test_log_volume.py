"""The volume of task logs on the real engine: all parts start on it, and it outlives the release."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from kubernetes import client
from kubernetes.client import CoreV1Api

from stacks.embedding import Environment, RunResult
from tests.environments import ADA
from tools.control_plane import ControlPlane
from tools.engine import Engine

pytestmark = [pytest.mark.engine, pytest.mark.chart]

NAMESPACE = "logged-orders"
CLAIM = f"{NAMESPACE}-logs"
ORDERS = {"database": "embedded", "executor": "CeleryExecutor", "logs": {"volume": {"size": "2Gi"}}}


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What there was after each step."""

    claims: dict[str, dict[str, str]]
    """Phase of each claim by name."""
    mounted: int
    """Pods that have the claim, while the deployment is active."""
    again: RunResult


def environment(plane: ControlPlane, engine: Engine, home: Any, **orders: Any) -> Environment:
    deployments = {"orders": ORDERS | orders} if orders else {}
    content = {
        "clusters": {"main": {"hosting": "enterprise", "kubeconfig": str(plane.kubeconfig)}},
        "accounts": {ADA: {"personal_workspace": False}},
        "workspaces": {"logged": {"members": {ADA: "admin"}, "deployments": deployments}},
    }
    return Environment.of("logged", content, home=home, command=engine.command)


@pytest.fixture(scope="module")
def seen(
    api: client.ApiClient, engine: Engine, control_plane: ControlPlane, chart_archive: Any, tmp_path_factory: Any
) -> Iterator[Seen]:
    home, core, claims = tmp_path_factory.mktemp("logged"), CoreV1Api(api), {}

    def up(state: str) -> RunResult:
        run = environment(control_plane, engine, home, state=state).up()
        found = core.list_namespaced_persistent_volume_claim(NAMESPACE).items
        claims[state] = {one.metadata.name: one.status.phase for one in found}
        return run

    try:
        up("active")
        again = up("active")
        pods = core.list_namespaced_pod(NAMESPACE).items
        volumes = [[one.persistent_volume_claim for one in pod.spec.volumes or []] for pod in pods]
        mounted = sum(any(one and one.claim_name == CLAIM for one in several) for several in volumes)
        up("hibernated")
        up("retired")
        yield Seen(claims=claims, mounted=mounted, again=again)
    finally:
        environment(control_plane, engine, home).destroy()


def test_all_parts_start_on_one_volume(seen: Seen):
    parts = ("scheduler", "api-server", "dag-processor", "triggerer", "worker")
    assert seen.claims["active"] == {CLAIM: "Bound"}
    assert seen.mounted == len(parts)


def test_the_same_again_changes_nothing(seen: Seen):
    assert seen.again.is_unchanged


@pytest.mark.parametrize("state", ["hibernated", "retired"])
def test_the_logs_stay_when_nothing_runs_any_more(seen: Seen, state: str):
    assert seen.claims[state] == {CLAIM: "Bound"}
