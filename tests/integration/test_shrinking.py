"""A deployment that shrinks, on the real engine, the real API server and the genuine chart.

Its quota must not shrink under the pods that still run: the new ones would be refused, and the old ones wait for them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from kubernetes import client
from kubernetes.client import AppsV1Api, CoreV1Api

from components.quota_in_force import computed_hard
from stacks.embedding import Environment, RunResult
from tests.environments import ADA
from tools.control_plane import ControlPlane
from tools.engine import Engine

pytestmark = [pytest.mark.engine, pytest.mark.chart]

NAMESPACE = "shrink-orders"
SMALL = {"replicas": 1, "cpu": "200m", "memory": "512Mi"}
LARGE = {"replicas": 3, "cpu": "1", "memory": "2Gi"}
BASE = {"database": "embedded", "triggerer": {"enabled": False}}
BEFORE = BASE | {"scheduler": LARGE, "api_server": LARGE, "dag_processor": LARGE}
# More memory, and all else less: each bound is held for itself.
AFTER = BASE | {"scheduler": SMALL, "api_server": SMALL, "dag_processor": SMALL | {"memory": "16Gi"}}


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


def environment(plane: ControlPlane, engine: Engine, home: Any, orders: dict[str, Any] | None) -> Environment:
    content = {
        "clusters": {"main": {"hosting": "enterprise", "kubeconfig": str(plane.kubeconfig)}},
        "accounts": {ADA: {"personal_workspace": False}},
        "workspaces": {"shrink": {"members": {ADA: "admin"}, "deployments": {"orders": orders} if orders else {}}},
    }
    return Environment.of("shrink", content, home=home, command=engine.command)


@pytest.fixture(scope="module")
def seen(
    engine: Engine, control_plane: ControlPlane, api: client.ApiClient, chart_archive: Any, tmp_path_factory: Any
) -> Iterator[Seen]:
    home = tmp_path_factory.mktemp("shrink")
    after = environment(control_plane, engine, home, AFTER)
    events: list[Any] = []
    try:
        environment(control_plane, engine, home, BEFORE).up()
        result = after.up(on_event=events.append)
        yield Seen(
            result=result,
            again=after.up(),
            operations=list(operations(events)),
            refused=refused(CoreV1Api(api)),
            hard={one.metadata.name: one.spec.hard for one in quotas(CoreV1Api(api))},
            wanted={f"airspace-{part}": hard for part, hard in computed_hard(after.plan.deployments[0]).items()},
            running=ready(AppsV1Api(api)),
        )
    finally:
        after.destroy()


def operations(events: list[Any]) -> Iterator[tuple[str, str]]:
    for event in events:
        step = event.res_outputs_event and event.res_outputs_event.metadata
        operation = str(getattr(step.op, "value", step.op)) if step else "same"
        if operation != "same" and "Stack" not in step.type:
            yield step.urn.rpartition("::")[2], operation


def refused(core: CoreV1Api) -> list[str]:
    found = core.list_namespaced_event(NAMESPACE).items
    return [one.message for one in found if one.reason == "FailedCreate" and "exceeded quota" in one.message]


def quotas(core: CoreV1Api) -> list[Any]:
    return list(core.list_namespaced_resource_quota(NAMESPACE).items)


def ready(apps: AppsV1Api) -> dict[str, int]:
    found = apps.list_namespaced_deployment(NAMESPACE).items
    return {one.metadata.name.removeprefix(f"{NAMESPACE}-"): one.status.ready_replicas or 0 for one in found}


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
