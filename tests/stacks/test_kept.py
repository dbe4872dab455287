"""What a deployment keeps, held against outputs of an earlier form; changes by case file are in `invalid_changes`."""

import itertools
from typing import Any

import pytest

from stacks.transitions import transition_problems
from tests.environments import plan_of
from tests.stacks.test_transitions import exported, sections

ADOPTED = {"adopt": "key"}
THEIRS = {"secret": "theirs"}


def with_fernet(**fernet: Any) -> dict[str, Any]:
    return sections({"keys": {"fernet": fernet}})


@pytest.mark.parametrize(
    ("before", "after", "is_refused"),
    [
        ({}, {}, False),
        ({}, ADOPTED, True),
        (ADOPTED, {}, True),
        (ADOPTED, THEIRS, False),
        (THEIRS, {"secret": "others"}, False),
    ],
)
def test_outputs_that_say_only_whether_a_key_was_adopted_are_held_against_that(before, after, is_refused):
    outputs = exported(with_fernet(**before))
    outputs["workspaces"]["analytics"]["deployments"]["orders"]["kept"]["keys"]["adopted"] = bool(before)
    problems = transition_problems(outputs, plan_of(with_fernet(**after), secrets=["key"]))
    assert bool(problems) == is_refused


def test_the_same_key_may_come_from_another_place_where_that_is_said():
    after = sections({"keys": {"fernet": {"secret": "others"}}, "may_lose": ["database"]})
    assert transition_problems(exported(with_fernet(**THEIRS)), plan_of(after)) == []


def without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: without_nulls(one) for key, one in value.items() if one is not None}
    return [without_nulls(one) for one in value] if isinstance(value, list) else value


KEEPING = {
    "database": {"embedded": {"volume": {"size": "2Gi"}}},
    "logs": {"volume": {"size": "5Gi"}},
    "executor": {"type": "CeleryExecutor", "broker": {"redis": {"volume": {"size": "1Gi"}}}},
}


def test_outputs_without_what_is_null_are_held_against_as_they_are_meant():
    """So a program gets them that reads the outputs of its own stack."""
    outputs = without_nulls(exported(sections(KEEPING)))
    assert transition_problems(outputs, plan_of(sections(KEEPING))) == []
    other = {**KEEPING, "logs": {"volume": {"size": "5Gi", "storage_class": "fast"}}}
    [problem] = transition_problems(outputs, plan_of(sections(other)))
    assert "5Gi, the default class to 5Gi, fast" in problem.message


HEAVY = {"type": "CeleryExecutor", "queues": {"default": {}, "heavy": {"volume": {"size": "2Gi"}, "workers": 4}}}
FEWER = {"type": "CeleryExecutor", "queues": {"default": {}, "heavy": {"volume": {"size": "2Gi"}, "workers": 2}}}


@pytest.mark.parametrize("executor", ["KubernetesExecutor", FEWER])
def test_volumes_of_workers_go_in_the_run_after_the_one_that_ends_protection(executor):
    steps = [{"protect": True, "executor": HEAVY}, {"executor": HEAVY}, {"executor": executor}]
    for before, after in itertools.pairwise(steps):
        assert transition_problems(exported(sections(before)), plan_of(sections(after))) == []


def test_outputs_that_say_no_number_of_volumes_are_held_against_none():
    outputs = exported(sections({"protect": True, "executor": HEAVY}))
    for one in outputs["workspaces"]["analytics"]["deployments"]["orders"]["kept"]["stateful_sets"].values():
        del one["claims"]
    assert transition_problems(outputs, plan_of(sections({"protect": True, "executor": FEWER}))) == []


def test_more_workers_leave_nothing_behind():
    outputs = exported(sections({"protect": True, "executor": FEWER}))
    assert transition_problems(outputs, plan_of(sections({"protect": True, "executor": HEAVY}))) == []
