"""A deployment that shrinks, on the real engine, the real API server and the genuine chart.

Its quota must not shrink under the pods that still run: the new ones would be refused, and the old ones wait for them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from kubernetes import client
from kubernetes.client import AppsV1Api, CoreV1Api

from components.quota_in_force import computed_hard
from stacks.embedding import RunResult
from tests.integration.shrinking import BASE, PARTS, environment, hard, operations, ready, refused
from tools.control_plane import ControlPlane
from tools.engine import Engine

pytestmark = [pytest.mark.engine, pytest.mark.chart]

NAMESPACE = "shrink-orders"
SMALL = {"replicas": 1, "cpu": "200m", "memory": "512Mi"}
LARGE = {"replicas": 3, "cpu": "1", "memory": "2Gi"}
BEFORE = BASE | dict.fromkeys(PARTS, LARGE)
# More memory, and all else less: each bound is held for itself.
AFTER = BASE | dict.fromkeys(PARTS, SMALL) | {"dag_processor": SMALL | {"memory": "16Gi"}}


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What was there while it shrank and afterwards."""

    result: RunResult
    again: RunResult
    operations: list[tuple[str, str]]
    """Resources that changed, in that order, with the operation."""
    refused: list[str]
    """What the server said of pods that it did not admit."""
    hard: dict[str, dict[str, str]]
    """Of the quotas, at the end."""
    wanted: dict[str, dict[str, str]]
    running: dict[str, int]


@pytest.fixture(scope="module")
def seen(
    engine: Engine, control_plane: ControlPlane, api: client.ApiClient, chart_archive: Path, tmp_path_factory: Any
) -> Iterator[Seen]:
    home = tmp_path_factory.mktemp("shrink", numbered=False)
    after = environment(control_plane, engine, home, AFTER)
    events: list[Any] = []
    try:
        environment(control_plane, engine, home, BEFORE).up()
        result = after.up(on_event=events.append)
        yield Seen(
            result=result,
            again=after.up(),
            operations=list(operations(events)),
            refused=refused(CoreV1Api(api), NAMESPACE),
            hard=hard(CoreV1Api(api), NAMESPACE),
            wanted=computed_hard(after.plan.deployments[0]),
            running=ready(AppsV1Api(api), NAMESPACE),
        )
    finally:
        after.destroy()


def test_no_pod_is_refused_while_a_deployment_shrinks(seen: Seen):
    assert seen.refused == []
    assert seen.running == dict.fromkeys(("scheduler", "api-server", "dag-processor", "statsd"), 1)


def test_one_up_lowers_the_quota_after_the_release(seen: Seen):
    names = [name for name, _ in seen.operations]
    lowered = len(names) - 1 - names[::-1].index(f"{NAMESPACE}-core")
    assert lowered > names.index(NAMESPACE)
    assert seen.hard == seen.wanted


def test_the_run_tells_of_both_passes_as_one(seen: Seen):
    changed = {operation: count for operation, count in seen.result.changes.items() if operation != "same"}
    assert set(changed) == {"update"}
    assert seen.result.workspaces["shrink"]["deployments"]["orders"]["quota_held"] is False


def test_another_up_changes_nothing(seen: Seen):
    assert seen.again.is_unchanged
