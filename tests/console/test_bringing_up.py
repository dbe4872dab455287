"""The order of events of `up` and `down`, with stand-ins for the real components."""

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import pytest

from console import bringing_up
from console.app import main
from console.bringing_up import PLANNED_ONLY, bring_up, take_down
from stacks import cluster_addresses
from stacks.embedding import Environment, RunResult
from stacks.problems import SettingsError
from stacks.run_errors import RunFailed
from stacks.work_folder import WorkFolder
from tools.errors import ComponentUnavailable

MISSING = ComponentUnavailable("Pulumi engine 3.259.0", ["PATH: no pulumi there", "cache: not there"], "Install it.")


class Plane:
    """A control plane that notes what is asked of it."""

    is_now = "this cluster"
    asked: list[str] = []

    def identity(self) -> str:
        return self.is_now

    def ensure(self, report: Any) -> None:
        self.asked.append("ensure")

    def delete(self, report: Any) -> None:
        self.asked.append("delete")


@pytest.fixture
def parts(monkeypatch, tmp_path):
    """Replace everything real; what was called is in `calls`, what answers is set by the test."""
    stage = SimpleNamespace(
        calls=[], stacks=(), outputs={}, is_empty=False, changes={"create": 95}, plane=Plane, missing=None
    )
    monkeypatch.setattr(Plane, "asked", stage.calls)

    def find_engine(report: Any) -> Any:
        if stage.missing:
            raise stage.missing
        return SimpleNamespace(command=None, version="3.259.0", origin="PATH", notes=())

    def up(self: Environment, *, on_event: Any, refresh: bool = False) -> RunResult:
        stage.calls.append(f"up of {self.source.environment}{' with refresh' if refresh else ''}")
        return RunResult(environment="local", changes=stage.changes, workspaces=described(), duration_seconds=14.2)

    def destroy(self: Environment, *, on_event: Any = None, refresh: bool = False) -> None:
        stage.calls.append(f"destroy{' with refresh' if refresh else ''}")

    monkeypatch.setattr(bringing_up, "find_engine", find_engine)
    monkeypatch.setattr(bringing_up, "ControlPlane", Plane)
    monkeypatch.setattr(
        cluster_addresses, "check_cluster", lambda address: stage.calls.append(f"look for {address.context}")
    )
    monkeypatch.setattr(cluster_addresses, "told_version", lambda address: None)
    monkeypatch.setattr(Environment, "up", up)
    monkeypatch.setattr(Environment, "destroy", destroy)
    monkeypatch.setattr(bringing_up, "fetch_chart", lambda *_: "the cache")
    monkeypatch.setattr(Environment, "stacks_in_state", lambda self: stage.stacks)
    monkeypatch.setattr(Environment, "last_outputs", lambda self: stage.outputs)
    monkeypatch.setattr(Environment, "holds_resources", lambda self: self.exists() and not stage.is_empty)
    monkeypatch.setattr(WorkFolder, "path", property(lambda self: tmp_path / self.environment))
    return stage


def described() -> Mapping[str, Any]:
    reserved = {"cpu": "1", "memory": "1Gi", "storage": "0", "pods": "3"}
    orders = {"namespace": "analytics-orders", "executor": "LocalExecutor", "airflow_version": "3.2.2"}
    orders |= {"cluster": "main", "reserved": reserved, "helm_status": "deployed"}
    workspace = {"owner": None, "members": {}, "budget": {}, "reserved": reserved, "deployments": {"orders": orders}}
    return {"analytics": workspace}


def test_up_starts_the_control_plane_first_and_shows_what_stands(parts, capsys):
    assert bring_up("local", None) == 0
    assert parts.calls == ["ensure", "up of local"]
    shown = capsys.readouterr()
    assert "analytics-orders" in shown.out
    assert "deployed" in shown.out
    assert "Done: 95 create." in shown.out
    phases = [line for line in shown.err.splitlines() if ": done in " in line]
    assert [line.partition(":")[0] for line in phases] == [
        *("settings and plan", "Pulumi engine", "Airflow chart", "local control plane", "access", "pulumi up"),
    ]


def test_up_says_whose_access_changes_before_it_applies_anything(parts, capsys):
    gone = {"owner": None, "members": {"admin": ["zoe@example.com"]}, "deployments": {}}
    parts.outputs = {"workspaces": {"gone": gone}}
    assert bring_up("local", None) == 0
    said = capsys.readouterr().out
    assert "access: gone: zoe@example.com: admin -> nothing\n" in said
    assert "access: roles viewer, editor, admin: what they could do so far was not noted." in said


def test_a_second_up_says_that_nothing_changed(parts, capsys):
    parts.changes = {"same": 95}
    assert bring_up("local", None) == 0
    assert "Nothing changed: 95 resources are as they should be." in capsys.readouterr().out


def test_a_state_is_compared_with_a_control_plane_that_was_made_anew(parts, monkeypatch):
    for cluster, expected in (("first", "up of local"), ("first", "up of local"), ("new", "up of local with refresh")):
        monkeypatch.setattr(Plane, "is_now", cluster)
        bring_up("local", None)
        assert parts.calls[-1] == expected


def test_what_is_on_a_lost_control_plane_is_forgotten_by_down(parts, monkeypatch):
    bring_up("local", None)
    parts.stacks = ("local",)
    monkeypatch.setattr(Plane, "is_now", "new")
    take_down("local", None)
    assert parts.calls[-3:] == ["ensure", "destroy with refresh", "delete"]


def test_the_control_plane_stays_while_another_environment_is_on_it(parts, capsys):
    parts.stacks = ("local", "demo")
    WorkFolder(environment="demo").note_cluster(Plane.is_now)
    take_down("local", None)
    assert parts.calls == ["ensure", "destroy"]
    assert "The local control plane stays for demo." in capsys.readouterr().out


def test_the_control_plane_does_not_stay_for_what_is_elsewhere(parts, capsys):
    parts.stacks = ("local", "prod")
    take_down("local", None)
    assert parts.calls == ["ensure", "destroy", "delete"]
    assert "local: nothing is left.\n" in capsys.readouterr().out


def test_a_first_run_that_fails_half_way_is_on_the_control_plane_already(parts, monkeypatch):
    def fail(self: Environment, **_: Any) -> None:
        raise RunFailed("half-way")

    monkeypatch.setattr(Environment, "up", fail)
    with pytest.raises(RunFailed):
        bring_up("local", None)
    assert WorkFolder(environment="local").seen_cluster == Plane.is_now


def test_a_run_that_fails_on_a_new_control_plane_compares_again(parts, monkeypatch):
    bring_up("local", None)
    monkeypatch.setattr(Plane, "is_now", "new")
    whole = Environment.up

    def fail(self: Environment, **_: Any) -> None:
        raise RunFailed("half-way")

    monkeypatch.setattr(Environment, "up", fail)
    with pytest.raises(RunFailed):
        bring_up("local", None)
    monkeypatch.setattr(Environment, "up", whole)
    bring_up("local", None)
    assert parts.calls[-1] == "up of local with refresh"


def test_an_empty_stack_is_removed_without_its_cluster(parts):
    parts.stacks, parts.is_empty = ("local",), True
    assert take_down("local", "gone") == 0
    assert parts.calls == ["destroy"]


def test_up_on_a_cluster_of_the_users_starts_none(parts):
    assert bring_up("local", "my-cluster") == 0
    assert parts.calls == ["look for my-cluster", "up of local"]


def test_without_an_engine_the_plan_is_shown_and_the_last_line_says_why_nothing_was_applied(parts, capsys):
    parts.missing = MISSING
    assert bring_up("local", None) == PLANNED_ONLY == 3
    assert parts.calls == []
    *plan, last = capsys.readouterr().out.strip().splitlines()
    assert any("analytics-orders" in line for line in plan)
    assert last.startswith("Nothing was applied: Pulumi engine 3.259.0 is not available (")
    assert all(reason in last for reason in (*MISSING.tried, MISSING.remedy))


def test_wrong_input_is_said_before_anything_real_is_looked_for(parts):
    parts.missing = MISSING
    with pytest.raises(SettingsError):
        bring_up("nowhere", None)


def test_down_destroys_and_ends_the_control_plane(parts, capsys):
    parts.stacks = ("local",)
    assert take_down("local", None) == 0
    assert parts.calls == ["ensure", "destroy", "delete"]
    assert "local: nothing is left." in capsys.readouterr().out


def test_down_of_what_was_never_brought_up_is_no_failure(parts):
    assert take_down("local", None) == 0
    assert parts.calls == ["delete"]


@pytest.mark.parametrize(
    "error", [MISSING, RunFailed("analytics-orders: refused"), SettingsError("stacks/Pulumi.local.yaml", [], {})]
)
def test_what_a_user_can_mend_ends_with_status_1_and_without_a_traceback(parts, monkeypatch, capsys, error):
    def up(self: Environment, **_: Any) -> None:
        raise error

    monkeypatch.setattr(Environment, "up", up)
    monkeypatch.setattr("sys.argv", ["console", "up"])
    assert main() == 1
    shown = capsys.readouterr()
    assert str(error) in shown.err
    assert "Traceback" not in shown.err


def test_a_run_is_narrated(parts, monkeypatch, capsys):
    def finished(type_: str, name: str, operation: str = "create") -> Any:
        metadata = SimpleNamespace(op=operation, type=type_, urn=f"urn:pulumi:local::airspace::{type_}::{name}")
        return SimpleNamespace(res_outputs_event=SimpleNamespace(metadata=metadata))

    def up(self: Environment, *, on_event: Any, refresh: bool) -> RunResult:
        for number in range(25):
            on_event(finished("kubernetes:core/v1:Secret", f"secret-{number}"))
        on_event(finished("kubernetes:core/v1:Secret", "old", operation="same"))
        on_event(finished("kubernetes:helm.sh/v3:Release", "analytics-orders"))
        return RunResult(environment="local", changes={}, workspaces={}, duration_seconds=1)

    monkeypatch.setattr(Environment, "up", up)
    bring_up("local", None)
    lines = [line for line in capsys.readouterr().err.splitlines() if line.startswith("pulumi up: ")]
    assert lines[:2] == ["pulumi up: 25 create (secret-24)", "pulumi up: 26 create, 1 same (analytics-orders)"]
