"""What a run that failed may have done, by what it has left in the state, and which plans that refuses."""

from typing import Any

import pytest

from components.generated_secrets import Purpose
from stacks.offline import record_plan
from stacks.recording import reveal
from stacks.standing_attempts import attempt_problems
from tests.environments import embedded, plan_of, small_environment, workspace

ORDERS = ("workspaces", "analytics", "deployments", "orders")
ROTATED = {"keys": {"fernet": {"rotation": 2}}}
KINDS = {"kubernetes:core/v1:LimitRange", "kubernetes:core/v1:Secret", "kubernetes:helm.sh/v3:Release"}


def planned(**orders: Any) -> Any:
    deployments = {"orders": embedded(**orders)}
    return plan_of(small_environment(workspaces={"analytics": workspace(deployments=deployments)}))


def exported(**orders: Any) -> dict[str, Any]:
    outputs: dict[str, Any] = reveal(record_plan(planned(**orders)).stack_outputs)
    return outputs


def left(*kinds: str, **orders: Any) -> list[dict[str, Any]]:
    """Return what the state holds of a run, as the engine hands it over."""
    recorded = record_plan(planned(**orders)).resources
    return [{"type": one.type, "outputs": reveal(one.inputs)} for one in recorded if one.type in (kinds or KINDS)]


def refused(outputs: dict[str, Any], state: list[dict[str, Any]], **orders: Any) -> dict[str, str]:
    problems = attempt_problems(outputs, planned(**orders), state)
    return {".".join(one.path[len(ORDERS) :]): one.message for one in problems if one.path[: len(ORDERS)] == ORDERS}


@pytest.mark.parametrize("before", [{}, {"airflow_version": "3.1.8"}], ids=["first run", "upgrade"])
def test_a_database_that_a_failed_run_may_have_migrated_gets_no_older_airflow(before):
    outputs = exported(**before) if before else {}
    state = left(airflow_version="3.3.2")
    assert refused(outputs, state, airflow_version="3.2.2").keys() == {"airflow_version"}
    assert "a run to 3.3.2 has failed" in refused(outputs, state, airflow_version="3.2.2")["airflow_version"]
    assert refused(outputs, state, airflow_version="3.3.2") == {}
    assert refused(outputs, state, airflow_version="3.2.2", may_lose=["database"]) == {}


@pytest.mark.parametrize(
    ("keys", "place"), [({}, "rotation"), ({"rotation": 4, "keep": 1}, "keep"), ({"rotation": 3}, None)]
)
def test_a_key_that_a_failed_run_has_made_is_kept(keys, place):
    outputs, state = exported(), left(**ROTATED)
    found = refused(outputs, state, keys={"fernet": keys})
    assert list(found) == ([f"keys.fernet.{place}"] if place else [])


def test_a_run_that_came_to_its_end_leaves_nothing_to_say():
    after = {"airflow_version": "3.3.2", **ROTATED}
    assert refused(exported(**after), left(**after), **after) == {}
    # What then goes back is judged by what was exported, and said once.
    assert refused(exported(**after), left(**after)) == {}


def test_a_state_from_before_there_were_such_annotations_says_nothing():
    state = left("kubernetes:helm.sh/v3:Release", airflow_version="3.3.2", **ROTATED)
    assert refused({}, state) == {}


def test_what_only_waits_to_be_deleted_says_nothing():
    state = [{**one, "delete": True} for one in left(airflow_version="3.3.2", **ROTATED)]
    assert refused(exported(), state) == {}


def test_only_the_number_of_a_key_is_told():
    [secret] = [
        one["outputs"]["metadata"]
        for one in left("kubernetes:core/v1:Secret", **ROTATED)
        if one["outputs"]["metadata"]["name"] == f"analytics-orders-{Purpose.FERNET_KEY}"
    ]
    assert secret["annotations"] == {"airspace.dev/fernet-key": "2"}
