"""A deployment changes its name and its workspace, and that changes its name too: nothing is made anew on the engine.

Everything is done once, in the fixture; each test is a question to what was seen after a step.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from stacks.access_report import all_changes
from stacks.embedding import Environment, RunResult
from tests.environments import ADA, BOB
from tests.integration.cluster import Cluster
from tests.integration.engine_runs import secret_data, sections, small
from tools.control_plane import ControlPlane
from tools.engine import Engine

pytestmark = [pytest.mark.engine, pytest.mark.chart]

NAMESPACE = "moving-orders"
PASSWORDS = "moving-orders-passwords"
BINDING = "RoleBinding"
KEPT = (
    ("v1", "Namespace"),
    ("v1", "PersistentVolumeClaim"),
    ("v1", "Secret"),
    ("apps/v1", "StatefulSet"),
    ("apps/v1", "Deployment"),
)


@dataclass(frozen=True, kw_only=True)
class Step:
    """What one `up` did, and what was there then."""

    result: RunResult
    operations: dict[str, set[str]]
    """Types of the resources by operation, of all that is not the same."""
    ids: dict[str, str]
    """Identity of each object by kind and name; what is made anew has another."""
    keys: dict[str, dict[str, str]]
    people: dict[str, list[str]]
    workspace: str
    """Label of the namespace."""
    said: list[str]
    """What was told of access before anything was applied."""


def environments() -> dict[str, dict[str, Any]]:
    """Return workspaces and moves, step by step."""
    orders = small(database={"embedded": {"volume": {"size": "1Gi"}}}, executor="CeleryExecutor")
    theirs = {"members": {BOB: "admin"}, "deployments": {}}
    ours = {"members": {ADA: "admin", BOB: "viewer"}, "deployments": {}}
    renamed, moved = {"moving.orders": "moving.invoices"}, {"moving.orders": "theirs.leads"}
    leads = {"theirs": {**theirs, "deployments": {"leads": orders}}}
    return {
        "first": {"workspaces": {"moving": {**ours, "deployments": {"orders": orders}}, "theirs": theirs}},
        "renamed": {
            "moves": renamed,
            "workspaces": {"moving": {**ours, "deployments": {"invoices": orders}}, "theirs": theirs},
        },
        "moved": {"moves": moved, "workspaces": {"moving": ours, **leads}},
        "workspace": {
            "moves": {"moving.orders": "others.leads", "theirs": "others"},
            "workspaces": {"moving": ours, "others": leads["theirs"]},
            "roles": {"editor": {"airflow_role": "Op"}},
        },
    }


@pytest.fixture(scope="module")
def steps(
    engine: Engine, control_plane: ControlPlane, cluster: Cluster, chart_archive: Any, tmp_path_factory: Any
) -> Iterator[dict[str, Step]]:
    home = tmp_path_factory.mktemp("moving")
    seen: dict[str, Step] = {}

    def at(changed: dict[str, Any]) -> Environment:
        content = {**sections(control_plane, {}), **changed}
        return Environment.of("moving", content, home=home, command=engine.command)

    try:
        for name, changed in environments().items():
            events: list[Any] = []
            environment = at(changed)
            said = all_changes(outputs, environment.plan) if (outputs := environment.last_outputs()) else []
            result = environment.up(on_event=events.append)
            seen[name] = look(cluster, result, events, said)
        yield seen
    finally:
        at(environments()["workspace"]).destroy()


def look(cluster: Cluster, result: RunResult, events: list[Any], said: list[str]) -> Step:
    operations: dict[str, set[str]] = {}
    for event in events:
        if finished := event.res_outputs_event:
            operation = str(getattr(finished.metadata.op, "value", finished.metadata.op))
            operations.setdefault(operation, set()).add(finished.metadata.type.rpartition(":")[2])
    objects = [
        (kind, one)
        for version, kind in KEPT
        for one in cluster.items(version, kind, None if kind == "Namespace" else NAMESPACE)
        if not one.get("type", "").startswith("helm.sh/")
        if kind != "Namespace" or one["metadata"]["name"] == NAMESPACE
    ]
    bindings = cluster.items("rbac.authorization.k8s.io/v1", BINDING, NAMESPACE)
    return Step(
        result=result,
        operations={operation: types for operation, types in operations.items() if operation != "same"},
        ids={f"{kind} {one['metadata']['name']}": one["metadata"]["uid"] for kind, one in objects},
        keys=secret_data(cluster, NAMESPACE),
        people={
            one["roleRef"]["name"].rpartition("-")[2]: sorted(subject["name"] for subject in one["subjects"])
            for one in bindings
            if one["metadata"]["name"].startswith("airspace-") and one["roleRef"]["kind"] == "ClusterRole"
        },
        workspace=next(
            one["metadata"]["labels"]["airspace.dev/workspace"] for kind, one in objects if kind == "Namespace"
        ),
        said=said,
    )


AFTER = ("renamed", "moved", "workspace")


@pytest.mark.parametrize("name", AFTER)
def test_nothing_is_replaced(steps: dict[str, Step], name: str):
    changes = steps[name].result.changes
    assert changes.get("update")
    assert not [operation for operation in changes if "replace" in operation]
    made_or_gone = {*steps[name].operations.get("create", ()), *steps[name].operations.get("delete", ())}
    assert made_or_gone <= {BINDING}


@pytest.mark.parametrize("name", AFTER)
def test_namespace_database_keys_and_volumes_stay(steps: dict[str, Step], name: str):
    first = steps["first"]
    assert {kind.split()[0] for kind in first.ids} == {kind for _, kind in KEPT}
    assert steps[name].ids == first.ids
    assert keys_of_parts(steps[name]) == keys_of_parts(first)


def test_passwords_are_of_those_who_have_access_and_theirs_stay(steps: dict[str, Step]):
    passwords = {name: json.loads(step.keys[PASSWORDS]["passwords.json"]) for name, step in steps.items()}
    assert set(passwords["first"]) == {ADA, BOB}
    assert passwords["renamed"] == passwords["first"]
    assert passwords["moved"] == passwords["workspace"] == {BOB: passwords["first"][BOB]}


def keys_of_parts(step: Step) -> dict[str, dict[str, str]]:
    """Return the Secrets but that of people, which follows who they are."""
    return {name: data for name, data in step.keys.items() if name != PASSWORDS}


def test_labels_and_bindings_follow(steps: dict[str, Step]):
    assert [step.workspace for step in steps.values()] == ["moving", "moving", "theirs", "others"]
    assert steps["first"].people == steps["renamed"].people == {"admin": [ADA], "viewer": [BOB]}
    assert steps["moved"].people == steps["workspace"].people == {"admin": [BOB]}


def test_what_changes_for_whom_is_told_beforehand(steps: dict[str, Step]):
    assert steps["first"].said == steps["renamed"].said == []
    assert steps["moved"].said == [
        f"moving.invoices -> theirs.leads: {ADA}: admin -> nothing",
        f"moving.invoices -> theirs.leads: {BOB}: viewer -> admin",
    ]
    assert steps["workspace"].said == [
        "role editor: in Airflow User -> Op",
        f"others: {BOB}: nothing -> admin",
        f"theirs: {BOB}: admin -> nothing",
    ]


def test_the_inventory_knows_it_by_its_new_place(steps: dict[str, Step]):
    assert steps["renamed"].result.workspaces["moving"]["deployments"]["invoices"]["namespace"] == NAMESPACE
    assert steps["workspace"].result.workspaces["others"]["deployments"]["leads"]["namespace"] == NAMESPACE
