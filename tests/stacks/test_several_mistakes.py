"""Mistakes of many kinds in one and the same deployment: each is said, and nothing follows from any of them."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import reduce
from pathlib import Path
from typing import Any

import pytest

from stacks.loader import StackSource, read_stack_file
from stacks.plan import plan_stack
from stacks.problems import SettingsError
from tests.stacks.test_invalid_stacks import CASES, expected, is_found, merged

ORDERS = "workspaces.all-at-once.deployments.orders"


@dataclass(frozen=True)
class Mistake:
    """A case file that is about the settings of one deployment."""

    name: str
    source: StackSource
    workspace: Mapping[str, Any]
    settings: Mapping[str, Any]
    lines: tuple[str, ...]

    @classmethod
    def of(cls, case: Path) -> "Mistake | None":
        """Read a case that has one deployment in a workspace of Ada's; None for others."""
        if expected(case).alone:
            return None
        source = read_stack_file(case, case.name)
        match source.sections.get("workspaces"):
            case {**workspaces} if len(workspaces) == 1 and not source.problems:
                [(name, workspace)] = workspaces.items()
            case _:
                return None
        match workspace:
            # A rule for the whole workspace would be about others' settings too.
            case {
                "members": {"ada@example.com": "admin", **others},
                "deployments": {"orders": dict(settings), **more},
                **rules,
            }:
                if others or more or rules:
                    return None
            case _:
                return None
        path = f"workspaces.{name}.deployments.orders."
        if not all(line.startswith(path) for line in expected(case).lines):
            return None
        lines = (
            line.removeprefix(path).replace(f"{name}-orders", "all-at-once-orders") for line in expected(case).lines
        )
        # What a setting names of its own namespace is named anew with it.
        moved = json.loads(json.dumps(settings).replace(f"{name}-orders", "all-at-once-orders"))
        return cls(case.stem, source, workspace, moved, tuple(f"{ORDERS}.{line}" for line in lines))


MISTAKES = [mistake for mistake in map(Mistake.of, CASES) if mistake]


def fits(one: Mistake, others: list[Mistake]) -> bool:
    """Tell whether no setting of a mistake is in the way of others'."""
    return not any(one.settings.keys() & other.settings.keys() for other in others)


def groups() -> Iterator[list[Mistake]]:
    """Put as many mistakes into one deployment as it has settings for, until each was in one."""
    left = list(MISTAKES)
    while left:
        together: list[Mistake] = []
        for mistake in list(left):
            if fits(mistake, together):
                together.append(mistake)
                left.remove(mistake)
        yield together


def refusal(mistakes: list[Mistake]) -> list[str]:
    settings = {key: value for one in mistakes for key, value in one.settings.items()}
    workspace = {**reduce(merged, (one.workspace for one in mistakes)), "deployments": {"orders": settings}}
    sections = {**reduce(merged, (one.source.sections for one in mistakes))}
    source = replace(
        mistakes[0].source,
        sections={**sections, "workspaces": {"all-at-once": workspace}},
        secret_keys=frozenset().union(*(one.source.secret_keys for one in mistakes)),
        lines={},
    )
    with pytest.raises(SettingsError) as refused:
        plan_stack(source)
    return str(refused.value).splitlines()


@pytest.mark.parametrize("mistakes", [*groups()], ids=lambda mistakes: f"{len(mistakes)} from {mistakes[0].name}")
def test_all_mistakes_of_one_deployment_are_said_and_nothing_else(mistakes):
    lines = refusal(mistakes)
    fragments = [fragment for mistake in mistakes for fragment in mistake.lines]
    assert [fragment for fragment in fragments if not is_found(fragment, lines)] == []
    assert len(lines) == len(fragments)


def test_most_mistakes_are_tried_beside_others():
    assert len(MISTAKES) > 60
    assert len(next(groups())) > 10
