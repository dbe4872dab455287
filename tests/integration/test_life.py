"""The life of one deployment on the real engine, the real API server and the genuine chart.

It is lived once, in the fixture at the top: executors are switched, Airflow is upgraded, keys are rotated, it sleeps
and wakes, is retired and purged. Each test is a question to what was seen after a step.
"""

import base64
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from kubernetes import client
from kubernetes.client import AppsV1Api, CoreV1Api

from components.secret_use import ANNOTATION
from stacks.embedding import Environment
from stacks.problems import SettingsError
from tests.environments import ADA
from tools.control_plane import ControlPlane
from tools.engine import Engine

pytestmark = [pytest.mark.engine, pytest.mark.chart]

NAMESPACE = "life-orders"
CELERY = {"type": "CeleryExecutor", "queues": {"default": {}, "heavy": {"volume": {"size": "2Gi"}}}}
FIRST = {
    "airflow_version": "3.2.1",
    "database": {"embedded": {"volume": {"size": "1Gi"}}},
    "executor": CELERY,
    "triggerer": {"enabled": False},
}
UPGRADED = FIRST | {"airflow_version": "3.2.2"}
PROTECTED = UPGRADED | {"protect": True}
ROTATED = PROTECTED | {"keys": {"fernet": {"rotation": 2}, "redis": 2, "api": 2}}
STEPS: dict[str, dict[str, Any] | None] = {
    "first": FIRST,
    "again": FIRST,
    "local": FIRST | {"executor": "LocalExecutor"},
    "kubernetes": FIRST | {"executor": "KubernetesExecutor"},
    "celery": FIRST,
    "upgraded": UPGRADED,
    "protected": PROTECTED,
    "redis": PROTECTED | {"keys": {"redis": 2}},
    "signed anew": PROTECTED | {"keys": {"redis": 2, "api": 2}},
    "rotated": ROTATED,
    "asleep": ROTATED | {"state": "hibernated"},
    "woken": ROTATED,
    "retired": ROTATED | {"state": "retired", "protect": False},
    "purged": None,
}


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What there was after a step."""

    changed: dict[str, str]
    """Operation by type and logical name, for everything that is not the same."""
    replicas: dict[str, int]
    """Wanted replicas of each Deployment and StatefulSet."""
    marks: dict[str, str]
    """Digest of the Secrets on the pods of each of them."""
    images: set[str]
    secrets: dict[str, dict[str, str]]
    claims: dict[str, str]
    """Identity of each volume claim by name."""
    bindings: int
    releases: int
    hard_pods: int
    phase: str | None
    """Of the namespace; None where there is none."""


@dataclass(frozen=True, kw_only=True)
class Life:
    """Everything that was seen, and how to try what must be refused."""

    seen: dict[str, Seen]
    refusals: dict[str, str]


def environment(plane: ControlPlane, engine: Engine, home: Any, orders: dict[str, Any] | None) -> Environment:
    content = {
        "clusters": {"main": {"hosting": "enterprise", "kubeconfig": str(plane.kubeconfig)}},
        "accounts": {ADA: {"personal_workspace": False}},
        "workspaces": {
            "life": {"members": {ADA: "admin"}, "deployments": {} if orders is None else {"orders": orders}}
        },
    }
    return Environment.of("life", content, home=home, command=engine.command)


@pytest.fixture(scope="module")
def life(
    engine: Engine, control_plane: ControlPlane, api: client.ApiClient, chart_archive: Any, tmp_path_factory: Any
) -> Iterator[Life]:
    home = tmp_path_factory.mktemp("life")
    seen: dict[str, Seen] = {}
    refusals: dict[str, str] = {}

    def at(orders: dict[str, Any] | None) -> Environment:
        return environment(control_plane, engine, home, orders)

    def refused(name: str, orders: dict[str, Any] | None) -> None:
        with pytest.raises(SettingsError) as error:
            at(orders).preview()
        refusals[name] = str(error.value)

    try:
        for name, orders in STEPS.items():
            events: list[Any] = []
            at(orders).up(on_event=events.append)
            seen[name] = look(api, events)
            if name == "protected":
                refused("downgrade", FIRST)
                refused("disappeared", None)
        yield Life(seen=seen, refusals=refusals)
    finally:
        at(None).destroy()


def look(api: client.ApiClient, events: list[Any]) -> Seen:
    core, apps = CoreV1Api(api), AppsV1Api(api)
    owners = [
        *apps.list_namespaced_deployment(NAMESPACE).items,
        *apps.list_namespaced_stateful_set(NAMESPACE).items,
    ]
    secrets = core.list_namespaced_secret(NAMESPACE).items
    bindings = client.RbacAuthorizationV1Api(api).list_namespaced_role_binding(NAMESPACE).items
    quotas = core.list_namespaced_resource_quota(NAMESPACE).items
    return Seen(
        changed=dict(changes(events)),
        replicas={one.metadata.name: one.spec.replicas for one in owners},
        marks={
            one.metadata.name: mark
            for one in owners
            if (mark := (one.spec.template.metadata.annotations or {}).get(ANNOTATION))
        },
        images={c.image for one in owners for c in one.spec.template.spec.containers if "airflow" in c.image},
        secrets={
            one.metadata.name: {key: base64.b64decode(text).decode() for key, text in (one.data or {}).items()}
            for one in secrets
            if not one.type.startswith("helm.sh/")
        },
        claims={
            one.metadata.name: one.metadata.uid
            for one in core.list_namespaced_persistent_volume_claim(NAMESPACE).items
            if one.metadata.deletion_timestamp is None
        },
        bindings=len([one for one in bindings if one.metadata.name.startswith("airspace-")]),
        releases=len([one for one in secrets if one.type.startswith("helm.sh/")]),
        hard_pods=sum(int(one.spec.hard.get("pods", 0)) for one in quotas),
        phase=phase(core),
    )


def phase(core: CoreV1Api) -> str | None:
    return {one.metadata.name: str(one.status.phase) for one in core.list_namespace().items}.get(NAMESPACE)


def changes(events: list[Any]) -> Iterator[tuple[str, str]]:
    for event in events:
        step = event.res_outputs_event and event.res_outputs_event.metadata
        operation = str(getattr(step.op, "value", step.op)) if step else "same"
        if step and operation != "same":
            yield f"{step.urn.split('::')[-2].rpartition('$')[2]} {step.urn.rpartition('::')[2]}", operation


OUTER = {"pulumi:pulumi:Stack airspace-life"}
RELEASE = f"kubernetes:helm.sh/v3:Release {NAMESPACE}"
QUOTAS = {
    f"kubernetes:core/v1:ResourceQuota {NAMESPACE}-{part}" for part in ("core", "workers", "tasks", "other", "objects")
}
"""All of them carry the number of the change of size."""
DATABASE = f"kubernetes:apps/v1:StatefulSet {NAMESPACE}-postgresql"
BROKER = {f"{kind} {NAMESPACE}-redis-password" for kind in ("pulumi:index:Stash", "kubernetes:core/v1:Secret")} | {
    f"kubernetes:core/v1:Secret {NAMESPACE}-broker-url"
}


def inner(seen: Seen) -> dict[str, str]:
    return {name: operation for name, operation in seen.changed.items() if name not in OUTER}


def test_the_same_again_changes_nothing(life: Life):
    assert life.seen["again"].changed == {}


@pytest.mark.parametrize(("step", "gone"), [("local", True), ("kubernetes", True), ("celery", False)])
def test_an_executor_is_switched_in_place(life: Life, step: str, gone: bool):
    now = life.seen[step]
    workers = {name for name in now.replicas if "worker" in name or "redis" in name}
    expected = {f"{NAMESPACE}-{name}" for name in ("worker", "worker-heavy", "redis")}
    assert workers == (set() if gone else expected)
    assert (f"{NAMESPACE}-broker-url" in now.secrets) is not gone


def test_a_switch_of_executors_touches_the_release_its_quotas_and_the_brokers_secrets(life: Life):
    local = inner(life.seen["local"])
    assert bar_isolation(local) - QUOTAS == {RELEASE} | BROKER
    assert {name: local[name] for name in BROKER} == dict.fromkeys(BROKER, "delete")
    gone = {name for name, operation in local.items() if operation == "delete"} - BROKER
    assert {name.rpartition("-")[2] for name in gone} == {"worker", "redis"}
    assert bar_isolation(inner(life.seen["kubernetes"])) <= {RELEASE} | QUOTAS
    assert inner(life.seen["celery"])[RELEASE] == "update"


def bar_isolation(changes: dict[str, str]) -> set[str]:
    """Leave out the policies and rights of parts, which come and go with what runs tasks."""
    kinds = ("NetworkPolicy", "ServiceAccount", "Role", "RoleBinding")
    return {name for name in changes if not any(f":{kind} " in name for kind in kinds)}


def test_keys_and_history_survive_a_switch_of_executors(life: Life):
    first = life.seen["first"]
    for step in ("local", "kubernetes", "celery"):
        now = life.seen[step]
        stayed = {name for name in first.secrets if "redis" not in name and "broker" not in name}
        assert {name: now.secrets[name] for name in stayed} == {name: first.secrets[name] for name in stayed}
        assert database_claims(now) == database_claims(first) != {}


def database_claims(seen: Seen) -> dict[str, str]:
    return {name: identity for name, identity in seen.claims.items() if "postgresql" in name}


def test_an_upgrade_touches_the_release_and_what_notes_its_version_alone(life: Life):
    assert inner(life.seen["upgraded"]) == {RELEASE: "update", f"kubernetes:core/v1:LimitRange {NAMESPACE}": "update"}
    assert life.seen["celery"].images == {"apache/airflow:3.2.1"}
    assert life.seen["upgraded"].images == {"apache/airflow:3.2.2"}


def test_a_downgrade_and_a_disappearance_are_refused_before_anything_is_applied(life: Life):
    assert "airflow_version: is 3.2.1, but 3.2.2 stands" in life.refusals["downgrade"]
    assert "orders: stands and is not in the file any more" in life.refusals["disappeared"]


@pytest.mark.parametrize(
    ("steps", "secrets", "users"),
    [
        (("protected", "redis"), ("redis-password", "broker-url"), ("redis", "scheduler")),
        (("redis", "signed anew"), ("api-secret-key",), ("api-server", "scheduler")),
    ],
)
def test_a_new_value_restarts_who_uses_it_and_touches_nothing_else(life: Life, steps, secrets, users):
    before, after = (life.seen[step] for step in steps)
    restarted = {name for name in before.marks if before.marks[name] != after.marks[name]}
    assert restarted == {f"{NAMESPACE}-{name}" for name in (*users, "worker", "worker-heavy")}
    changed = {name for name in before.secrets if before.secrets[name] != after.secrets[name]}
    assert changed == {f"{NAMESPACE}-{name}" for name in secrets}
    assert {name.split(" ")[1].removesuffix("-2") for name in inner(after)} == {NAMESPACE, *changed}


def test_a_new_fernet_key_comes_before_the_old_one(life: Life):
    before, after = (life.seen[step].secrets[f"{NAMESPACE}-fernet-key"]["fernet-key"] for step in ("redis", "rotated"))
    new, old = after.split(",")
    assert old == before != new
    stash, secret = f"pulumi:index:Stash {NAMESPACE}-fernet-key-2", f"kubernetes:core/v1:Secret {NAMESPACE}-fernet-key"
    assert inner(life.seen["rotated"]) == {stash: "create", secret: "update", RELEASE: "update"}


def test_nothing_runs_while_it_sleeps_and_everything_is_kept(life: Life):
    awake, asleep = life.seen["rotated"], life.seen["asleep"]
    assert {RELEASE, DATABASE} <= set(inner(asleep)) <= {RELEASE, DATABASE} | QUOTAS
    assert set(inner(asleep).values()) == {"update"}
    assert set(asleep.replicas.values()) == {0}
    assert (asleep.hard_pods, asleep.secrets, asleep.claims) == (0, awake.secrets, awake.claims)
    assert {f"data-{NAMESPACE}-postgresql-0", f"logs-{NAMESPACE}-worker-heavy-0"} <= set(asleep.claims)


def test_it_wakes_as_it_was(life: Life):
    before, after = life.seen["rotated"], life.seen["woken"]
    assert set(inner(after).values()) == {"update"}
    for aspect in ("replicas", "marks", "images", "secrets", "claims", "bindings", "hard_pods"):
        assert getattr(after, aspect) == getattr(before, aspect), aspect


RETIRED = {"Release", "RoleBinding", "NetworkPolicy", "ServiceAccount", "ConfigMap"}
"""Kinds that go with whatever runs and whoever looks at it."""


def test_retired_it_keeps_database_and_keys_and_has_neither_release_nor_access(life: Life):
    before, after = life.seen["woken"], life.seen["retired"]
    removed = {name for name, operation in inner(after).items() if operation == "delete"}
    assert RELEASE in removed
    assert {name.split(":")[-1].split(" ")[0] for name in removed} == RETIRED
    assert before.bindings > 0
    assert after.replicas == {f"{NAMESPACE}-postgresql": 0}
    assert (after.releases, after.bindings, after.hard_pods) == (0, 0, 0)
    # Who has no access needs no password either.
    changed = {name for name in before.secrets | after.secrets if before.secrets.get(name) != after.secrets.get(name)}
    assert changed <= {f"{NAMESPACE}-passwords"}
    assert after.claims == before.claims


def test_purged_nothing_is_left(life: Life):
    after = life.seen["purged"]
    assert {operation for name, operation in inner(after).items() if NAMESPACE in name} == {"delete"}
    assert (after.phase, after.secrets, after.claims, after.replicas) == (None, {}, {}, {})
