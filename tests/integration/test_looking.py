"""Whoever only looks leaves nothing behind on the real engine, and hears what is not there."""

from pathlib import Path

import pytest

from stacks.embedding import Environment, RunFailed
from tests.integration.engine_runs import sections, small
from tools.control_plane import ControlPlane
from tools.engine import Engine

pytestmark = [pytest.mark.engine, pytest.mark.chart]


@pytest.fixture
def environment(engine: Engine, control_plane: ControlPlane, tmp_path: Path) -> Environment:
    content = sections(control_plane, {"looked-at": {"orders": small()}})
    return Environment.of("looked-at", content, home=tmp_path, command=engine.command)


def test_a_preview_of_what_is_not_there_leaves_no_stack(environment: Environment):
    assert environment.preview()["create"] > 10
    assert environment.stacks_in_state() == ()


def test_a_lock_is_looked_for_on_stacks_that_are_there(environment: Environment):
    with pytest.raises(RunFailed, match=r"looked-at: has never been brought up in this state\. Choose .*: none"):
        environment.cancel()
    assert not environment.holds_resources()
