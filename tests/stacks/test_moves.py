"""Renames and moves that the settings record: what stands keeps its namespace."""

import pytest

from stacks.offline import record_plan
from stacks.recording import reveal
from stacks.transitions import transition_problems
from tests.environments import ADA, embedded, plan_of, small_environment, workspace


def environment(moves=None, **workspaces):
    return small_environment(workspaces=workspaces, **({"moves": moves} if moves else {}))


def namespaces(sections):
    return {f"{one.workspace}.{one.name}": one.namespace for one in plan_of(sections).deployments}


def urns(sections):
    return {one.urn for one in record_plan(plan_of(sections)).resources}


BEFORE = environment(analytics=workspace("orders", "reports"), sales=workspace())


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        (
            environment({"analytics.orders": "analytics.invoices"}, analytics=workspace("invoices")),
            {"analytics.invoices": "analytics-orders"},
        ),
        (
            environment({"analytics.orders": "sales.leads"}, analytics=workspace("reports"), sales=workspace("leads")),
            {"analytics.reports": "analytics-reports", "sales.leads": "analytics-orders"},
        ),
        (
            environment({"analytics": "insights"}, insights=workspace("orders", "later")),
            {"insights.orders": "analytics-orders", "insights.later": "analytics-later"},
        ),
        (
            environment(
                {"analytics": "insights", "analytics.orders": "insights.invoices"}, insights=workspace("invoices")
            ),
            {"insights.invoices": "analytics-orders"},
        ),
        (
            environment(
                {"analytics": "insights", "analytics.orders": "sales.orders"},
                insights=workspace("reports"),
                sales=workspace("orders"),
            ),
            {"insights.reports": "analytics-reports", "sales.orders": "analytics-orders"},
        ),
    ],
)
def test_what_was_renamed_or_moved_keeps_its_namespace(after, expected):
    assert namespaces(after) == expected


def test_a_namespace_that_is_written_goes_before_a_move():
    leads = {"members": {ADA: "admin"}, "deployments": {"leads": embedded(namespace="leads-eu")}}
    assert namespaces(environment({"analytics.orders": "sales.leads"}, sales=leads)) == {"sales.leads": "leads-eu"}


def test_a_deployment_of_a_personal_workspace_becomes_a_shared_one():
    after = environment({"ada-b5fc.orders": "sales.orders"}, sales=workspace("orders"))
    assert namespaces(after) == {"sales.orders": "ada-b5fc-orders"}


def test_no_urn_of_a_deployment_changes_with_its_name_or_its_workspace():
    moves = {"analytics.orders": "sales.leads"}
    after = environment(moves, analytics=workspace("reports"), sales=workspace("leads"))
    assert urns(after) == urns(BEFORE)
    outputs = reveal(record_plan(plan_of(BEFORE)).stack_outputs)
    assert transition_problems(outputs, plan_of(after)) == []
    assert plan_of(after).workspaces["analytics"].former_name is None


def test_a_renamed_workspace_is_known_by_its_former_name():
    after = environment({"analytics": "insights"}, insights=workspace("orders", "reports"), sales=workspace())
    assert plan_of(after).workspaces["insights"].former_name == "analytics"
    (changed,) = urns(after) - urns(BEFORE)
    assert changed.endswith("WorkspaceComponent::insights")


def test_without_a_record_a_renamed_deployment_is_refused_with_what_to_write():
    outputs = reveal(record_plan(plan_of(BEFORE)).stack_outputs)
    after = environment(analytics=workspace("invoices", "reports"), sales=workspace())
    (problem,) = transition_problems(outputs, plan_of(after))
    assert "record `analytics.orders: <workspace>.<name>` under moves" in problem.message
