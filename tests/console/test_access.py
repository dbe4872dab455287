"""The access report on the screen."""

import pytest

from console.access import By, change_lines, show_access, show_access_changes
from stacks.embedding import Environment
from stacks.offline import record_plan
from stacks.recording import reveal
from tests.environments import COMMITTED, plan_of_file


@pytest.mark.parametrize("environment", COMMITTED)
@pytest.mark.parametrize("by", [By.PERSON, By.DEPLOYMENT])
def test_everybody_and_everything_is_in_the_report(environment, by, capsys):
    show_access(environment, None, by, None)
    text = capsys.readouterr().out
    plan = plan_of_file(environment)
    assert all(grant.subject in text for one in plan.deployments for grant in one.grants)
    assert all(one.name in text and one.workspace in text for one in plan.deployments)


def test_one_person_is_shown_with_role_and_way_and_nobody_else(capsys):
    show_access("prod", None, By.PERSON, "nadia@example.com")
    text = capsys.readouterr().out
    rows = [line.split() for line in text.splitlines()]
    assert ["analytics", "orders", "viewer", "Viewer", "team", "marketing"] in rows
    assert ["marketing", "campaigns", "admin", "Admin", "team", "marketing"] in rows
    assert "ada@example.com" not in text


def test_one_deployment_is_shown_with_all_who_may_enter(capsys):
    show_access("prod", None, By.DEPLOYMENT, "finance.payouts")
    text = capsys.readouterr().out
    rows = [line.split() for line in text.splitlines()]
    assert ["idp-data-platform", "group", "viewer", "Viewer", "override", "of", "team", "data-platform"] in rows
    assert ["auditor@partner.example.com", "person", "none", "override"] in rows
    assert "ledger" not in text


@pytest.mark.parametrize(("who", "is_said"), [(None, True), ("finance.payouts", True), ("nadia@example.com", False)])
def test_what_kubernetes_cannot_keep_is_said_of_those_who_are_shown(who, is_said, capsys):
    show_access("prod", None, By.DEPLOYMENT, who)
    note = "note: finance.payouts: auditor@partner.example.com is none here by name, and the group idp-data-platform"
    assert (note in capsys.readouterr().out) == is_said


def test_roles_are_shown_as_they_hold(capsys):
    show_access("prod", None, By.ROLE, None)
    text = capsys.readouterr().out
    assert "admin: Admin in Airflow" in text
    assert "create: pods/portforward, pods/eviction" in text
    assert "secrets" not in text


def test_somebody_unknown_is_said_to_be_nowhere(capsys):
    show_access("local", None, By.PERSON, "stranger@example.com")
    assert "stranger@example.com is nowhere in local." in capsys.readouterr().out


def test_changes_are_shown_against_what_stands(monkeypatch, capsys):
    plan = plan_of_file("local")
    outputs = reveal(record_plan(plan).stack_outputs)
    assert change_lines(outputs, plan) == ["access: nobody's changes"]
    outputs["roles"]["admin"]["airflow_role"] = "Op"
    del outputs["workspaces"]["analytics"]["members"]["admin"]
    monkeypatch.setattr("tools.engine.find_engine", lambda: type("Engine", (), {"command": None}))
    monkeypatch.setattr(Environment, "last_outputs", lambda self: outputs)
    show_access_changes("local", None)
    first, second, *_ = capsys.readouterr().out.splitlines()
    assert first == "access: role admin: in Airflow Op -> Admin"
    assert second.startswith("access: analytics: ")
    assert second.endswith(": nothing -> admin")
