"""From what stands to what is planned: which changes are refused, with which words, and which are let through.

Each case is what stands, what is written now, and the beginning of the line that refuses it. What stands is what the
program exports for an earlier form of the same environment.
"""

import re
from dataclasses import dataclass, field
from typing import Any

import pytest

from stacks.offline import record_plan
from stacks.problems import SettingsError
from stacks.recording import reveal
from stacks.transitions import refuse_losses, transition_problems
from tests.environments import ADA, BOB, embedded, plan_of, small_environment, source_of

ORDERS = "workspaces.analytics.deployments.orders"
VOLUME = {"embedded": {"volume": {"size": "5Gi"}}}
CLUSTERS = {name: {"hosting": "enterprise", "context": name} for name in ("main", "other")}


def celery(**queues: Any) -> dict[str, Any]:
    return {"executor": {"type": "CeleryExecutor", "queues": {"default": {}, **queues}}}


def kept(size: str = "5Gi", **settings: Any) -> dict[str, Any]:
    return {"volume": {"size": size, **settings}}


@dataclass(frozen=True, kw_only=True)
class Case:
    before: dict[str, Any] = field(default_factory=dict)
    after: dict[str, Any] | None = None
    """None: the deployment is not in the file any more."""
    refused: str = ""
    """Path below the deployment and the beginning of what is said; empty where the change is let through."""


def sections(orders: dict[str, Any] | None) -> dict[str, Any]:
    deployments = {} if orders is None else {"orders": embedded(**{"cluster": "main", **orders})}
    return small_environment(
        clusters=CLUSTERS, workspaces={"analytics": {"members": {"crew": "admin"}, "deployments": deployments}}
    )


def exported(written: dict[str, Any]) -> dict[str, Any]:
    outputs: dict[str, Any] = reveal(record_plan(plan_of(written, secrets=["key"])).stack_outputs)
    return outputs


def refusals(case: Case) -> list[str]:
    source = source_of(sections(case.after), secrets=["key"])
    try:
        refuse_losses(exported(sections(case.before)), plan_of(sections(case.after), secrets=["key"]), source)
    except SettingsError as refused:
        return [line.removeprefix("environment dev: ") for line in str(refused).splitlines()]
    return []


PROTECTED = {"protect": True}
OUTSIDE = {"database": {"secret": "outside"}}
RETIRED = {"state": "retired"}
ASLEEP = {"state": "hibernated"}
LOGS = {"may_lose": ["logs"]}
HISTORY = {"may_lose": ["database"]}

CASES = {
    "nothing": Case(after={}),
    "disappeared": Case(refused=": stands and is not in the file any more; its database, keys and volumes in"),
    "disappeared asleep": Case(before=ASLEEP, refused=": stands and is not in the file any more"),
    "purged": Case(before=RETIRED),
    "purged while protected": Case(before=RETIRED | PROTECTED, refused=": is retired but still protected"),
    "retired": Case(after=RETIRED),
    "retired while protected": Case(before=PROTECTED, after=RETIRED | PROTECTED),
    "brought back": Case(before=RETIRED, after={}),
    "hibernated": Case(after=ASLEEP),
    "woken": Case(before=ASLEEP, after={}),
    "cluster": Case(after={"cluster": "other"}, refused=".cluster: stands on main and would be deleted there"),
    "cluster of a retired one": Case(before=RETIRED, after=RETIRED | {"cluster": "other"}, refused=".cluster: stands"),
    "namespace": Case(
        after={"namespace": "elsewhere"}, refused=".namespace: would change from analytics-orders to elsewhere"
    ),
    "namespace after it was retired": Case(before=RETIRED, after={"namespace": "elsewhere"}),
    "upgrade": Case(before={"airflow_version": "3.1.8"}, after={"airflow_version": "3.3.0"}),
    "upgrade to 3": Case(before={"airflow_version": "2.11.0"}, after={"airflow_version": "3.2.2"}),
    "downgrade": Case(after={"airflow_version": "3.1.8"}, refused=".airflow_version: is 3.1.8, but 3.2.2 stands"),
    "downgrade within a minor": Case(
        before={"airflow_version": "3.2.1"}, after={"airflow_version": "3.2.0"}, refused=".airflow_version: is 3.2.0"
    ),
    "downgrade from 3": Case(after={"airflow_version": "2.11.2"}, refused=".airflow_version: is 2.11.2"),
    "database without a volume gets one": Case(after={"database": VOLUME}, refused=".database: would make the"),
    "database grows": Case(
        before={"database": VOLUME},
        after={"database": {"embedded": {"volume": {"size": "9Gi"}}}},
        refused=".database: would make the embedded database anew, since its volume cannot change (5Gi, the default",
    ),
    "database moves": Case(
        before={"database": VOLUME},
        after={"database": {"embedded": {"volume": {"size": "5Gi", "storage_class": "fast"}}}},
        refused=".database: would make the embedded database anew, since its volume cannot change (5Gi, the default "
        "class to 5Gi, fast). Leave it as it was",
    ),
    "database removed": Case(
        before={"database": VOLUME},
        after=OUTSIDE,
        refused=".database: would remove the embedded database with the history in it. Leave",
    ),
    "database removed on purpose": Case(before={"database": VOLUME}, after=OUTSIDE | HISTORY),
    "database that is protected removed on purpose": Case(
        before={"database": VOLUME} | PROTECTED,
        after=OUTSIDE | HISTORY,
        refused=".database: would remove the embedded database with the history in it, and lose it. The deployment is",
    ),
    "database outside changes": Case(before={"database": {"secret": "one"}}, after={"database": {"secret": "another"}}),
    "database comes in": Case(
        before=OUTSIDE, after={"database": VOLUME}, refused=".database: would put an empty database in place"
    ),
    "database comes in on purpose": Case(before=OUTSIDE, after={"database": VOLUME} | HISTORY),
    "executor": Case(before=celery(heavy=kept()), after={"executor": "KubernetesExecutor"}),
    "worker volume comes": Case(before=celery(heavy={}), after=celery(heavy=kept())),
    "worker volume grows": Case(
        before=celery(heavy=kept()),
        after=celery(heavy=kept("9Gi")) | LOGS,
        refused=".executor.queues.heavy.volume: cannot change while it is there (5Gi, the default class to 9Gi, the",
    ),
    "worker volume moves": Case(
        before=celery(default=kept()),
        after=celery(default=kept(storage_class="fast")),
        refused=".executor.queues.default.volume: cannot change while it is there",
    ),
    "worker volume goes": Case(
        before=celery(heavy=kept()),
        after=celery(heavy={}),
        refused=".executor.queues.heavy.volume: would go with the task logs on it. Leave",
    ),
    "worker volume goes on purpose": Case(before=celery(heavy=kept()), after=celery(heavy={}) | LOGS),
    "queue goes": Case(before=celery(heavy=kept()), after=celery()),
    "queue goes asleep": Case(
        before=celery(heavy=kept()) | ASLEEP,
        after=celery() | ASLEEP,
        refused=".executor.queues.heavy.volume: would stay behind",
    ),
    "retired with volumes of workers": Case(
        before=celery(heavy=kept()),
        after=celery(heavy=kept()) | RETIRED,
        refused=".state: would let the volumes of its workers go with the release",
    ),
    "retired with volumes of workers on purpose": Case(
        before=celery(heavy=kept()), after=celery(heavy=kept()) | RETIRED | LOGS
    ),
    "retired with volumes of workers from sleep": Case(
        before=celery(heavy=kept()) | ASLEEP, after=celery(heavy=kept()) | RETIRED
    ),
    "retired with volumes that are protected": Case(
        before=celery(heavy=kept()) | PROTECTED, after=celery(heavy=kept()) | RETIRED | PROTECTED
    ),
    "key rotated": Case(after={"keys": {"fernet": {"rotation": 2}}}),
    "key rotated without the old one": Case(
        after={"keys": {"fernet": {"rotation": 2, "keep": 0}}},
        refused=".keys.fernet.keep: keeps the keys 2, but what is stored is encrypted with key 1. Write `keep: 1`",
    ),
    "key rotated too far": Case(
        after={"keys": {"fernet": {"rotation": 3}}}, refused=".keys.fernet.keep: keeps the keys 3, 2, but what"
    ),
    "old key let go": Case(
        before={"keys": {"fernet": {"rotation": 2}}}, after={"keys": {"fernet": {"rotation": 2, "keep": 0}}}
    ),
    "key rotated back": Case(
        before={"keys": {"fernet": {"rotation": 2}}},
        after={},
        refused=".keys.fernet.rotation: is 1, but key 2 stands. A counter only rises",
    ),
    "key adopted too late": Case(
        after={"keys": {"fernet": {"adopt": "key"}}}, refused=".keys.fernet.adopt: would put another key in place"
    ),
    "adopted key forgotten": Case(
        before={"keys": {"fernet": {"adopt": "key"}}}, after={}, refused=".keys.fernet: would put another key"
    ),
    "key of somebody else too late": Case(
        after={"keys": {"fernet": {"secret": "theirs"}}}, refused=".keys.fernet.secret: would put another key in place"
    ),
    "key of somebody else forgotten": Case(
        before={"keys": {"fernet": {"secret": "theirs"}}}, after={}, refused=".keys.fernet: would put another"
    ),
    "sessions are signed with another key": Case(
        after={"keys": {"api": {"adopt": "key"}, "jwt": {"secret": "theirs"}}}
    ),
    "adopted key rotated out": Case(
        before={"keys": {"fernet": {"adopt": "key", "rotation": 2}}},
        after={"keys": {"fernet": {"rotation": 2, "keep": 0}}},
    ),
    "counters": Case(after={"keys": {"api": 2, "jwt": 3, "redis": 2}}),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_a_change_is_refused_with_its_reason_or_let_through(case):
    lines = refusals(case)
    if not case.refused:
        assert lines == []
        return
    (line,) = lines
    assert line.startswith(f"{ORDERS}{case.refused}")
    assert re.search(r": [^:].+[.;:] [A-Z1ij]", line), "a remedy follows the problem"


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_what_stands_may_always_stay(case):
    assert refusals(Case(before=case.before, after=case.before)) == []


def test_airflow_3_is_reached_from_2_11_only():
    outputs = exported(sections({"airflow_version": "2.11.0"}))
    outputs["workspaces"]["analytics"]["deployments"]["orders"]["airflow_version"] = "2.10.5"
    (problem,) = transition_problems(outputs, plan_of(sections({"airflow_version": "3.2.2"})))
    assert problem.message.startswith("is 3.2.2, but 2.10.5 stands, and only 2.11 prepares the database for it")


def test_a_redis_that_has_a_volume_is_changed_in_its_sleep():
    written = sections(celery())
    outputs = exported(written)
    sets = outputs["workspaces"]["analytics"]["deployments"]["orders"]["kept"]["stateful_sets"]
    sets["analytics-orders-redis"]["volume"] = {"size": "1Gi", "storage_class": None}
    (problem,) = transition_problems(outputs, plan_of(written))
    assert problem.message.startswith(
        "the volume of redis cannot change while it runs (1Gi, the default class to none)"
    )
    assert transition_problems(outputs, plan_of(sections(celery() | ASLEEP))) == []


def test_a_deployment_that_moves_to_another_workspace_with_its_namespace_stays():
    moved = sections({})
    moved["workspaces"] = {
        "sales": {"members": {"crew": "admin"}, "deployments": {"leads": embedded(namespace="analytics-orders")}}
    }
    moved["defaults"] = {"cluster": "main"}
    assert transition_problems(exported(sections({})), plan_of(moved)) == []


def personal(**deployments: Any) -> dict[str, Any]:
    return {"personal_workspace": {"name": "ada", "deployments": deployments}}


MINE, TRIAL = embedded(cluster="main"), embedded(cluster="main")


def test_a_deployment_of_a_personal_workspace_is_named_where_it_was_written():
    before, after = {ADA: personal(mine=MINE), BOB: {}}, {ADA: personal(), BOB: {}}
    (problem,) = transition_problems(
        exported({**sections({}), "accounts": before}), plan_of({**sections({}), "accounts": after})
    )
    assert problem.path == ("accounts", ADA, "personal_workspace", "deployments", "mine")


CREW_WITHOUT_ADA = {"crew": {"members": [BOB]}}


@pytest.mark.parametrize("accounts", [{BOB: {}}, {ADA: {"personal_workspace": False}, BOB: {}}])
def test_an_account_that_still_owns_deployments_cannot_go(accounts):
    standing = exported({**sections({}), "accounts": {ADA: personal(mine=MINE, trial=TRIAL), BOB: {}}})
    after = {**sections({}), "accounts": accounts, "teams": CREW_WITHOUT_ADA}
    (problem,) = transition_problems(standing, plan_of(after))
    assert problem.path == ("accounts", ADA)
    assert "still stand: mine (namespace ada-mine), trial (namespace ada-trial)." in problem.message


def test_an_account_may_go_once_its_deployments_are_moved_or_retired():
    retired = {**TRIAL, "state": "retired"}
    standing = exported({**sections({}), "accounts": {ADA: personal(mine=MINE, trial=retired), BOB: {}}})
    after = {**sections({}), "accounts": {BOB: {}}, "teams": CREW_WITHOUT_ADA}
    after["workspaces"]["analytics"]["deployments"]["hers"] = {**MINE, "namespace": "ada-mine"}
    assert transition_problems(standing, plan_of(after)) == []


def test_every_refused_change_is_said_at_once():
    deployments = {"orders": embedded(), "reports": embedded(), "invoices": embedded()}
    analytics = {"members": {"crew": "admin"}, "defaults": {"cluster": "main"}, "deployments": deployments}
    outputs = exported(small_environment(clusters=CLUSTERS, workspaces={"analytics": analytics}))
    problems = transition_problems(outputs, plan_of(sections({"cluster": "other"})))
    assert sorted(problem.path[3] for problem in problems) == ["invoices", "orders", "reports"]


def test_before_the_first_run_nothing_is_refused():
    assert transition_problems({}, plan_of(sections({}))) == []


def test_an_inventory_from_before_it_told_what_is_kept_is_held_against_what_it_tells():
    outputs = exported(sections({}))
    del outputs["schema_version"]
    entry = outputs["workspaces"]["analytics"]["deployments"]["orders"]
    del entry["kept"], entry["state"]
    assert transition_problems(outputs, plan_of(sections({"database": {"secret": "outside"}}))) == []
    assert len(transition_problems(outputs, plan_of(sections(None)))) == 1


def test_what_a_newer_airspace_has_brought_up_is_left_alone():
    (problem,) = transition_problems({"schema_version": 99.0}, plan_of(sections({})))
    assert problem.message.startswith("was last brought up by a newer Airspace (its outputs have form 99,")
