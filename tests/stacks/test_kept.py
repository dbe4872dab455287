"""What a deployment keeps, held against outputs of an earlier form; changes by case file are in `invalid_changes`."""

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
