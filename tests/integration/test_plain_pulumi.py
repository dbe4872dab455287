"""Plain `pulumi` on the project as it is, without any of our commands: the same program, the same outcome."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from stacks.loader import read_stack_file
from stacks.offline import record_plan
from stacks.plan import plan_stack
from tests.integration.checkout import Checkout
from tests.integration.cluster import Cluster
from tests.integration.engine_runs import remains, resources_in, sections, small
from tools.control_plane import ControlPlane
from tools.engine import Engine

pytestmark = [pytest.mark.engine, pytest.mark.chart]

NAME = "plain"
STACK_FILE = f"stacks/Pulumi.{NAME}.yaml"
SUPPLIED = "a-value-that-only-the-partner-knows"
SCALARS = (
    *("on", "off", "yes", "y", "true", "TRUE", "~", "null", "Null", "''", "'null'", "'1e3'", "3.2.2", "3.2", "1:30"),
    *("12", "+5", "-0", "1.0", ".5", "5.", "2026-11", "1e", "0x", "_1", "v1.2.3", "1f7d1dfe", "65534", "0.10"),
)
READ_OTHERWISE = (
    *("2026-11-22", "2026-11-22 10:00:00", "010", "007", "08", "00", "0o10", "0x1F", "0b11", "1_000", "-.5"),
    *("1e3", "1.5e3", "1E5", "12e03"),
)
"""Text to us; a number, or a date with the time of day, to the engine."""


class Pulumi:
    """The engine's command line in a copy of this checkout, with a state of its own."""

    def __init__(self, checkout: Checkout, engine: Engine, folder: Path) -> None:
        self.checkout = checkout
        self._engine = str(engine.executable)
        self._variables = {"PULUMI_BACKEND_URL": folder.as_uri(), "PULUMI_CONFIG_PASSPHRASE": "of the tests"}

    def __call__(self, *arguments: str) -> str:
        answer = self.checkout.run(self._engine, *arguments, "--non-interactive", **self._variables)
        assert answer.returncode == 0, answer.stdout + answer.stderr
        return answer.stdout

    def failure(self, *arguments: str) -> str:
        answer = self.checkout.run(self._engine, *arguments, "--non-interactive", **self._variables)
        assert answer.returncode != 0, answer.stdout
        return answer.stdout + answer.stderr


@pytest.fixture
def pulumi(engine: Engine, checkout: Checkout, tmp_path: Path) -> Pulumi:
    state = tmp_path / "state"
    state.mkdir()
    return Pulumi(checkout, engine, state)


@pytest.fixture
def stack(pulumi: Pulumi, control_plane: ControlPlane) -> Iterator[Any]:
    """A stack file of one workspace, and its stack."""
    # The engine leaves out of the outputs that the program reads what is null in them, such as a class of storage.
    kept = {"database": {"embedded": {"volume": {"size": "1Gi"}}}}
    content = sections(control_plane, {"plain": {"orders": small(secret_env={"PARTNER_KEY": "partner"}, **kept)}})
    config = {f"airspace:{name}": section for name, section in content.items()}
    pulumi.checkout.write_stack(NAME, yaml.safe_dump({"config": config}))
    pulumi("stack", "init", NAME)
    pulumi("config", "set", "--secret", "--stack", NAME, "airspace:partner", SUPPLIED)
    yield content
    pulumi("destroy", "--stack", NAME, "--yes")


def test_pulumi_up_makes_what_is_planned_and_a_preview_expects_no_change(pulumi: Pulumi, stack: Any, cluster: Cluster):
    said = pulumi("up", "--stack", NAME, "--yes")
    plan = plan_stack(read_stack_file(pulumi.checkout.path / STACK_FILE))
    assert set(resources_in(pulumi("stack", "export", "--stack", NAME))) == {
        one.urn for one in record_plan(plan).resources
    }
    exported = json.loads(pulumi("stack", "output", "--stack", NAME, "--json"))
    assert exported["workspaces"]["plain"]["deployments"]["orders"]["helm_status"] == "deployed"
    said += pulumi("preview", "--stack", NAME, "--expect-no-changes")
    assert SUPPLIED not in said
    assert remains(cluster, NAME)


def test_a_deployment_that_shrinks_needs_a_second_pulumi_up_which_the_first_one_asks_for(
    pulumi: Pulumi, stack: Any, cluster: Cluster
):
    path = pulumi.checkout.path / STACK_FILE
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    orders = document["config"]["airspace:workspaces"]["plain"]["deployments"]["orders"]

    def scheduler(**settings: Any) -> None:
        orders["scheduler"] = settings
        path.write_text(yaml.safe_dump(document), encoding="utf-8")

    def core() -> str:
        quotas = cluster.items("v1", "ResourceQuota", "plain-orders")
        return next(one["spec"]["hard"]["pods"] for one in quotas if one["metadata"]["name"] == "airspace-core")

    scheduler(replicas=3, cpu="1")
    pulumi("up", "--stack", NAME, "--yes")
    wide = core()
    scheduler(replicas=1)
    first = pulumi("up", "--stack", NAME, "--yes")
    held = core()
    second = pulumi("up", "--stack", NAME, "--yes")
    assert "plain.orders: keeps its larger quota" in first
    assert "keeps its larger quota" not in second
    assert held == wide
    # Two pods fewer, and two fewer on top of them while they roll out: schedulers run tasks here.
    assert int(core()) == int(wide) - 4
    pulumi("preview", "--stack", NAME, "--expect-no-changes")


def test_a_larger_release_that_failed_is_taken_back_with_its_room_and_then_without(
    pulumi: Pulumi, stack: Any, cluster: Cluster
):
    """Helm refuses the larger one half-way: an object of somebody else has the name of one of its own."""
    path = pulumi.checkout.path / STACK_FILE
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    orders = document["config"]["airspace:workspaces"]["plain"]["deployments"]["orders"]

    def core() -> str:
        quotas = cluster.items("v1", "ResourceQuota", "plain-orders")
        return next(one["spec"]["hard"]["pods"] for one in quotas if one["metadata"]["name"] == "airspace-core")

    def triggerers(count: int) -> None:
        orders["triggerer"] = {"enabled": count > 0, "replicas": max(count, 1)}
        path.write_text(yaml.safe_dump(document), encoding="utf-8")

    pulumi("up", "--stack", NAME, "--yes")
    narrow = core()
    in_the_way = {"apiVersion": "v1", "kind": "Service", "spec": {"ports": [{"port": 8794}]}}
    cluster.create(in_the_way | {"metadata": {"name": "plain-orders-triggerer", "namespace": "plain-orders"}})
    triggerers(3)
    assert "plain-orders-triggerer" in pulumi.failure("up", "--stack", NAME, "--yes")
    wide = core()
    triggerers(0)
    first = pulumi("up", "--stack", NAME, "--yes")
    held = core()
    second = pulumi("up", "--stack", NAME, "--yes")
    assert int(wide) > int(narrow)
    assert held == wide
    assert "plain.orders: keeps its larger quota" in first
    assert "keeps its larger quota" not in second
    assert core() == narrow
    pulumi("preview", "--stack", NAME, "--expect-no-changes")


def test_pulumi_says_what_is_wrong_with_the_stack_file_and_applies_nothing(
    pulumi: Pulumi, stack: Any, cluster: Cluster
):
    path = pulumi.checkout.path / STACK_FILE
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    document["config"]["airspace:workspaces"]["plain"]["colour"] = "blue"
    document["config"]["airspace:teams"] = {"crew": {"members": ["nobody@example.com"]}}
    path.write_text(yaml.safe_dump(document), encoding="utf-8")
    said = pulumi.failure("up", "--stack", NAME, "--yes")
    assert f"{STACK_FILE}: workspaces.plain.colour: unknown key" in said
    assert f"{STACK_FILE}: teams.crew.members.nobody@example.com: has no account" in said
    assert "Traceback" not in said
    assert remains(cluster, NAME) == []


def test_a_stack_file_reads_the_same_with_us_as_with_the_engine_or_is_refused(pulumi: Pulumi):
    """What is planned offline from a file must be what the engine makes of it: YAML has many dialects."""
    pulumi("stack", "init", "odd")
    scalars = [*SCALARS, *READ_OTHERWISE]
    lines = [f"    k{index}: {text}" for index, text in enumerate(scalars)]
    pulumi.checkout.write_stack("odd", "\n".join(["config:", "  airspace:workspaces:", *lines, ""]))
    with_the_engine = json.loads(pulumi("config", "--stack", "odd", "--json"))["airspace:workspaces"]["objectValue"]
    source = read_stack_file(pulumi.checkout.path / "stacks" / "Pulumi.odd.yaml")
    with_us = source.sections["workspaces"]
    different = {text for index, text in enumerate(scalars) if with_us[f"k{index}"] != with_the_engine[f"k{index}"]}
    refused = {scalars[int(problem.path[-1][1:])] for problem in source.problems}
    assert different == refused == set(READ_OTHERWISE)
