"""`__main__.py` as the engine runs it: configuration as text, a failure as one message without a traceback."""

import json
import runpy

import pulumi
import pytest

from stacks import program
from stacks.offline import resource_lines
from stacks.project import PROJECT_ROOT
from stacks.recording import Recording, record, reveal
from tests.environments import ADA, embedded, plan_of, small_environment, workspace
from tests.recorded_rules import SECRET, checked, deploy_plan
from tools.errors import ComponentUnavailable


@pytest.fixture(autouse=True)
def fetched(monkeypatch):
    """Note what is fetched instead of fetching it."""
    asked = []
    monkeypatch.setattr(program, "fetch_chart", lambda plan, source, directory: asked.append((plan.chart, directory)))
    return asked


def run(sections, environment="dev", secrets=None) -> Recording:
    """Run the entry point with configuration as an engine hands it over."""
    config = {
        f"airspace:{name}": value if isinstance(value, str) else json.dumps(value) for name, value in sections.items()
    }
    supplied = {f"airspace:{key}": value for key, value in (secrets or {}).items()}
    others = {"aws:region": "eu-central-1", "airspace-tools:anything": "{"}

    def program():
        pulumi.runtime.set_all_config({**others, **config, **supplied}, list(supplied))
        runpy.run_path(str(PROJECT_ROOT / "__main__.py"), run_name="__main__")

    return record(program, environment)


def refusal(sections, environment="dev", secrets=None) -> str:
    with pytest.raises(pulumi.RunError) as caught:
        run(sections, environment, secrets)
    return str(caught.value)


def test_the_entry_point_makes_what_the_plan_says():
    sections = small_environment()
    assert resource_lines(checked(run(sections))) == resource_lines(deploy_plan(plan_of(sections)))


def test_the_chart_is_fetched_before_anything_is_made(fetched):
    sections = small_environment()
    run(sections)
    assert fetched == [(plan_of(sections).chart, PROJECT_ROOT)]


def test_changes_of_access_and_of_roles_are_told_before_anything_is_made(monkeypatch):
    before = small_environment(roles={"viewer": {"kubernetes": {"configmaps": []}}})
    standing = reveal(run(before).stack_outputs)
    said: list[str] = []
    monkeypatch.setattr(program, "last_outputs", lambda: standing)
    monkeypatch.setattr(pulumi.log, "info", said.append)
    run(small_environment(workspaces={"analytics": workspace("orders")}))
    assert said == [
        "access: roles viewer, editor, admin: gains get, list, watch on configmaps",
        "access: analytics: bob@example.com: admin -> nothing",
        "access: analytics.orders: bob@example.com: admin -> nothing",
    ]


def test_a_secret_of_the_configuration_reaches_its_secret_as_it_is():
    analytics = {**workspace(), "deployments": {"orders": embedded(secret_env={"API_KEY": "partner"})}}
    recording = checked(run(small_environment(workspaces={"analytics": analytics}), secrets={"partner": "a-value"}))
    assert reveal(recording.one(SECRET, "analytics-orders-env").inputs)["stringData"] == {"API_KEY": "a-value"}


def test_wrong_input_ends_the_program_with_the_file_and_every_problem():
    sections = small_environment(teams={"crew": {"members": ["nobody@example.com"]}})
    sections["workspaces"]["analytics"]["colour"] = "blue"
    message = refusal(sections, "staging")
    assert [line.split(": ")[:2] for line in message.splitlines()] == [
        ["stacks/Pulumi.staging.yaml", "teams.crew.members.nobody@example.com"],
        ["stacks/Pulumi.staging.yaml", "workspaces.analytics.colour"],
    ]


def test_wrong_input_fetches_nothing(fetched):
    refusal({})
    assert fetched == []


@pytest.mark.parametrize("text", ["analytics", "{analytics: {}}", "5", "[]", "null", ""])
def test_a_section_that_is_no_map_is_refused_without_a_traceback(text):
    """`pulumi config set airspace:workspaces analytics` stores just that."""
    message = refusal({**small_environment(), "workspaces": text})
    assert message.startswith("stacks/Pulumi.dev.yaml: workspaces: must be a map")


def test_only_keys_of_ours_are_judged():
    (line,) = refusal({**small_environment(), "colour": "blue"}).splitlines()
    assert line.startswith("stacks/Pulumi.dev.yaml: colour: unknown key")


def test_a_secret_that_is_named_but_not_stored_is_said():
    analytics = {**workspace(), "deployments": {"orders": embedded(secret_env={"API_KEY": "partner"})}}
    message = refusal(small_environment(workspaces={"analytics": analytics}), secrets={"partners": "a-value"})
    assert "there is no secret with this key in the stack's configuration (did you mean partners?)" in message
    assert "a-value" not in message


def test_a_chart_that_cannot_be_had_ends_the_program(monkeypatch):
    def fetch_chart(*_):
        raise ComponentUnavailable("airflow chart", ["somewhere: no such file"], "Set AIRSPACE_CHART.")

    monkeypatch.setattr(program, "fetch_chart", fetch_chart)
    assert refusal(small_environment()) == (
        "airflow chart is not available.\n  tried somewhere: no such file\n  Set AIRSPACE_CHART."
    )


def test_a_change_that_would_lose_what_stands_ends_the_program_before_anything_is_made(monkeypatch, fetched):
    outputs = reveal(deploy_plan(plan_of(small_environment())).stack_outputs)
    monkeypatch.setattr(program, "last_outputs", lambda: outputs)
    message = refusal(small_environment(workspaces={}))
    assert message.startswith("stacks/Pulumi.dev.yaml: workspaces.analytics.deployments.orders: stands and is not in")
    assert fetched == []


def test_a_password_that_could_be_guessed_ends_the_program_before_anything_is_made(fetched):
    message = refusal(small_environment(sign_in={"passwords": {ADA: "of-ada"}}), secrets={"of-ada": "hunter2"})
    assert message.startswith(f"stacks/Pulumi.dev.yaml: sign_in.passwords.{ADA}: its secret holds fewer than 12")
    assert "hunter2" not in message
    assert fetched == []


def test_the_entry_point_is_thin():
    text = (PROJECT_ROOT / "__main__.py").read_text(encoding="utf-8")
    statements = [line for line in text.splitlines() if line and not line.startswith(("import ", "from ", '"""'))]
    assert len(statements) <= 15
