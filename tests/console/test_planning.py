"""Plans on the screen and in files, without an engine."""

import subprocess
import sys

import pytest
import yaml

from components import chart
from console import planning
from console.planning import show_plan
from stacks import loader
from stacks.problems import SettingsError
from stacks.project import PROJECT_ROOT, STACKS
from tests.environments import COMMITTED, embedded, plan_of, plan_of_file, small_environment, workspace


def console(*arguments: str, **options) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "console", *arguments],
        cwd=PROJECT_ROOT, capture_output=True, text=True, timeout=60, check=False, **options,
    )  # fmt: skip


@pytest.mark.parametrize("environment", COMMITTED)
def test_a_plan_shows_every_deployment_and_says_that_nothing_was_applied(environment, capsys):
    show_plan(environment, None)
    text = capsys.readouterr().out
    assert all(one.namespace in text for one in plan_of_file(environment).deployments)
    assert "planned on a simulated engine; nothing was applied" in text


def test_a_plan_shows_how_each_quota_adds_up(capsys):
    show_plan("local", None, with_quota=True)
    text = capsys.readouterr().out
    assert all(f"Quota of {one.namespace}" in text for one in plan_of_file("local").deployments)


def test_a_plan_writes_manifests_and_says_how_many(tmp_path, capsys):
    show_plan("local", None, manifests=tmp_path)
    files = [path for path in tmp_path.rglob("*.yaml") if path.is_file()]
    assert f"{len(files)} files written to {tmp_path}; secret values are left out." in capsys.readouterr().out
    secrets = [path for path in files if path.name.startswith("secret-")]
    assert secrets
    assert all(yaml.safe_load(path.read_text())["stringData"] == "[secret]" for path in secrets)


def test_a_plan_aims_at_another_cluster_on_demand(capsys):
    show_plan("dev", "my-cluster")
    with pytest.raises(SettingsError, match="several clusters"):
        show_plan("prod", "my-cluster")


def test_an_unknown_stack_is_answered_with_those_there_are():
    with pytest.raises(SettingsError, match="dev, local, prod, staging"):
        show_plan("nowhere", None)


def test_wrong_input_is_said_without_loading_pulumi(tmp_path, monkeypatch):
    """Whoever mends a file by and by should not wait for a second each time."""
    (tmp_path / "Pulumi.wrong.yaml").write_text("config:\n  airspace:clusters: {}\n")
    program = (
        "import sys, pathlib, console.planning as planning, stacks.loader as loader\n"
        f"loader.STACKS = loader.PROJECT_ROOT = pathlib.Path({str(tmp_path)!r})\n"
        "try: planning.show_plan('wrong', None)\n"
        "except ValueError as error: print(error)\n"
        "print([name for name in sys.modules if name.startswith('pulumi')])\n"
    )
    answer = subprocess.run(
        [sys.executable, "-c", program], cwd=PROJECT_ROOT, capture_output=True, text=True, timeout=60, check=True
    )
    problem, modules = answer.stdout.splitlines()
    assert problem.startswith("Pulumi.wrong.yaml:2: clusters: ")
    assert modules == "[]"


def test_the_command_line_starts_without_loading_pulumi():
    program = "import sys, console.app; print([name for name in sys.modules if name.startswith('pulumi')])"
    answer = subprocess.run(
        [sys.executable, "-c", program], cwd=PROJECT_ROOT, capture_output=True, text=True, check=True
    )
    assert answer.stdout == "[]\n"


def test_planning_prod_complains_of_nothing():
    answer = console("plan", "--stack", "prod")
    assert (answer.returncode, answer.stderr) == (0, "")


def test_planning_reaches_for_no_engine_no_cluster_and_no_network(tmp_path):
    """With nothing on PATH, no home and no way out, a plan is as good."""
    environment = {"PATH": str(tmp_path), "HOME": str(tmp_path), "https_proxy": "http://127.0.0.1:9"}
    answer = console("plan", "--stack", "local", env=environment)
    assert (answer.returncode, answer.stderr) == (0, "")
    assert list(tmp_path.iterdir()) == []


def test_what_is_planned_is_what_was_read(monkeypatch, tmp_path, capsys):
    text = (STACKS / "Pulumi.local.yaml").read_text(encoding="utf-8").replace("orders:", "invoices:")
    (tmp_path / "Pulumi.other.yaml").write_text(text, encoding="utf-8")
    monkeypatch.setattr(loader, "STACKS", tmp_path)
    monkeypatch.setattr(loader, "PROJECT_ROOT", tmp_path)
    show_plan("other", None)
    text = capsys.readouterr().out
    assert "analytics-invoices" in text
    assert "analytics-orders" not in text


def test_what_is_worth_a_look_is_said_beside_the_plan(capsys):
    analytics = {**workspace(), "deployments": {"orders": embedded(may_lose=["logs"], airflow_version="3.3.2")}}
    planning.print_notices(plan_of(small_environment(workspaces={"analytics": analytics})))
    assert (
        capsys.readouterr().out == "note: analytics.orders: may lose logs. Remove `may_lose` once that change is done\n"
    )


@pytest.fixture
def with_chart_values(monkeypatch, tmp_path) -> str:
    """Name a stack with a value that the chart does not know."""
    analytics = {**workspace(), "deployments": {"orders": embedded(chart_values={"scheduler": {"nosuchkey": 1}})}}
    sections = small_environment(workspaces={"analytics": analytics})
    config = {f"airspace:{name}": section for name, section in sections.items()}
    (tmp_path / "Pulumi.own.yaml").write_text(yaml.safe_dump({"config": config}), encoding="utf-8")
    monkeypatch.setattr(loader, "STACKS", tmp_path)
    monkeypatch.setattr(loader, "PROJECT_ROOT", tmp_path)
    return "own"


@pytest.mark.chart
def test_a_plan_refuses_what_the_chart_does_not_know(with_chart_values):
    with pytest.raises(SettingsError, match="nosuchkey: is no value of the chart"):
        show_plan(with_chart_values, None)


def test_without_the_chart_a_plan_says_what_was_not_checked(with_chart_values, monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("AIRSPACE_CHART", str(tmp_path / "none.tgz"))
    show_plan(with_chart_values, None)
    said = f"note: chart_values were not checked: airflow chart {chart.VERSION} is not available ({tmp_path}/none.tgz: "
    assert said in capsys.readouterr().out
