"""Whole commands in a copy of this checkout: what they print, how they end, and what they leave."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.environments import plan_of_file
from tests.integration.checkout import Checkout
from tools.control_plane import ControlPlane

NOWHERE = "http://127.0.0.1:9"
"""Where nothing listens: what would be downloaded is out of reach, and that shows at once."""


@pytest.fixture
def brought_up(checkout: Checkout) -> Iterator[Checkout]:
    """A checkout whose control plane goes with the test."""
    yield checkout
    ControlPlane(checkout.path).delete()


@pytest.mark.engine
@pytest.mark.chart
def test_make_up_twice_and_make_down(brought_up: Checkout):
    plan = plan_of_file("local")
    plane = ControlPlane(brought_up.path)

    first = brought_up.make("up")
    assert first.returncode == 0, first.stdout + first.stderr
    for deployment in plan.deployments:
        (line,) = [line.split() for line in first.stdout.splitlines() if deployment.namespace in line.split()]
        assert line[-1] == "deployed"
    assert re.search(r"^Done: \d+ create\b", first.stdout, re.MULTILINE)
    assert phases(first.stderr) == [
        *("settings and plan", "Pulumi engine", "Airflow chart", "local control plane", "access", "pulumi up"),
    ]
    assert plane.is_running()

    second = brought_up.make("up")
    assert second.returncode == 0, second.stdout + second.stderr
    assert re.search(r"^Nothing changed: \d+ resources are as they should be\.$", second.stdout, re.MULTILINE)

    down = brought_up.make("down")
    assert down.returncode == 0, down.stdout + down.stderr
    assert down.stdout.splitlines()[-1] == "local: nothing is left."
    assert not plane.is_running()
    assert not plane.kubeconfig.exists()

    again = brought_up.make("down")
    assert again.returncode == 0, again.stdout + again.stderr


def phases(text: str) -> list[str]:
    return re.findall(r"^([^:\n]+): done in [\d.]+ s$", text, re.MULTILINE)


def test_without_any_engine_the_plan_is_shown_and_the_status_is_3(checkout: Checkout, tmp_path: Path):
    empty = tmp_path / "empty"
    empty.mkdir()
    nothing = dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"), NOWHERE)
    answer = checkout.console(
        "up", "--stack", "local", seconds=60, PATH=str(empty), AIRSPACE_CACHE=str(empty), no_proxy="", **nothing
    )
    assert answer.returncode == 3, answer.stdout + answer.stderr
    assert all(deployment.namespace in answer.stdout for deployment in plan_of_file("local").deployments)
    last = answer.stdout.strip().splitlines()[-1]
    assert last.startswith("Nothing was applied: Pulumi engine")
    for source in ("PATH: no pulumi there", "cache: ", "installer: ", "put its bin folder on PATH"):
        assert source in last
    assert [path for path in (checkout.path / ".airspace").rglob("*") if path.is_file()] == []


@pytest.mark.parametrize("command", ["up", "plan"])
def test_wrong_input_is_said_line_by_line_and_the_status_is_1(checkout: Checkout, command: str):
    checkout.write_stack("local", (checkout.path / "stacks/Pulumi.local.yaml").read_text().replace("budget:", "buget:"))
    text = (checkout.path / "stacks/Pulumi.local.yaml").read_text()
    checkout.write_stack("local", text.replace("airflow_version: 2.11.2", "airflow_version: 1.10.15"))
    answer = checkout.console(command, "--stack", "local")
    assert answer.returncode == 1
    problems = [line for line in answer.stderr.splitlines() if line.startswith("stacks/Pulumi.local.yaml:")]
    assert [line.split(": ")[1] for line in problems] == [
        "workspaces.analytics.buget",
        "workspaces.analytics.deployments.legacy.airflow_version",
    ]
    assert "Traceback" not in answer.stderr
    assert not (checkout.path / ".airspace").exists()
