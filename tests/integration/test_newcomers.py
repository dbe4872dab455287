"""An account, a team and a workspace come and go on the real engine: nothing of another workspace is touched.

Everything is done once, in the fixture; each test is a question to what was seen after a step.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from stacks.embedding import Environment
from tests.environments import BOB
from tests.integration.engine_runs import resources_in, sections, small, state_of
from tools.control_plane import ControlPlane
from tools.engine import Engine

pytestmark = [pytest.mark.engine, pytest.mark.chart]

EVE = "eve@example.com"
NEW = ("theirs", "eve-")
"""What stands in the URNs of all that comes and goes: of the workspace, of its deployment, of the account's own one."""


@dataclass(frozen=True, kw_only=True)
class Step:
    """What one `up` did, and what the state held then."""

    touched: list[str]
    """URNs of all that was not left as it was."""
    resources: dict[str, dict[str, Any]]


def environments(plane: ControlPlane) -> dict[str, dict[str, Any]]:
    """Return the environment step by step."""
    before = sections(plane, {"mine": {"orders": small()}})

    def grown(**leads: Any) -> dict[str, Any]:
        theirs = {"members": {"crew": "admin", EVE: "editor"}, "deployments": {"leads": small(**leads)}}
        return {
            **before,
            "accounts": {EVE: {}, **before["accounts"]},
            "teams": {"crew": {"members": [EVE, BOB], "identity_group": "idp-crew"}},
            "workspaces": {"theirs": theirs, **before["workspaces"]},
        }

    return {"before": before, "come": grown(), "retired": grown(state="retired"), "gone": before}


@pytest.fixture(scope="module")
def steps(
    engine: Engine, control_plane: ControlPlane, chart_archive: Any, tmp_path_factory: Any
) -> Iterator[dict[str, Step]]:
    home = tmp_path_factory.mktemp("newcomers")
    seen: dict[str, Step] = {}
    written = environments(control_plane)

    def at(content: dict[str, Any]) -> Environment:
        return Environment.of("newcomers", content, home=home, command=engine.command)

    try:
        for name, content in written.items():
            events: list[Any] = []
            environment = at(content)
            environment.up(on_event=events.append)
            finished = [event.res_outputs_event.metadata for event in events if event.res_outputs_event]
            touched = [one.urn for one in finished if str(getattr(one.op, "value", one.op)) != "same"]
            seen[name] = Step(touched=touched, resources=resources_in(state_of(environment, engine)))
        yield seen
    finally:
        at(written["before"]).destroy()


@pytest.mark.parametrize("step", ["come", "retired", "gone"])
def test_only_what_is_theirs_is_touched(steps: dict[str, Step], step: str):
    touched = [urn for urn in steps[step].touched if not urn.rpartition("::")[2].startswith("newcomers")]
    assert len(touched) >= 2
    assert [urn for urn in touched if not any(name in urn for name in NEW)] == []


@pytest.mark.parametrize("step", ["come", "retired", "gone"])
def test_all_that_was_there_is_in_the_state_as_it_was(steps: dict[str, Step], step: str):
    before, after = steps["before"].resources, steps[step].resources
    assert len(before) > 30
    assert {urn: one for urn, one in after.items() if urn in before} == before


def test_whoever_goes_leaves_nothing_behind(steps: dict[str, Step]):
    assert steps["gone"].resources.keys() == steps["before"].resources.keys()
    assert len(steps["come"].resources) > len(steps["before"].resources) + 30
