"""What of the last run's quotas is held in the next one, and when it is let go."""

from datetime import date
from typing import Any

import pytest

from components.quota_in_force import is_held
from stacks.inventory import inventory
from stacks.notices import notices
from stacks.offline import record_plan
from stacks.recording import reveal
from stacks.standing_quotas import hold_quotas, holds_quotas
from tests.environments import ADA, embedded, plan_of, small_environment

LARGE = {"scheduler": {"replicas": 3, "size": "large"}}
ASLEEP = {"state": "hibernated"}
QUOTA = "kubernetes:core/v1:ResourceQuota"


def sections(orders: dict[str, Any]) -> dict[str, Any]:
    deployments = {"orders": embedded(**orders), "reports": embedded()}
    return small_environment(workspaces={"analytics": {"members": {ADA: "admin"}, "deployments": deployments}})


def exported(plan: Any) -> dict[str, Any]:
    outputs: dict[str, Any] = reveal(record_plan(plan).stack_outputs)
    return outputs


def following(before: dict[str, Any], after: dict[str, Any]) -> Any:
    return hold_quotas(exported(plan_of(sections(before))), plan_of(sections(after)))


def quotas(plan: Any) -> dict[str, Any]:
    return {one.name: one.inputs["spec"]["hard"] for one in record_plan(plan).of_type(QUOTA)}


def test_a_deployment_that_shrinks_keeps_the_room_of_what_stands():
    plan = following(LARGE, {})
    assert quotas(plan) == quotas(plan_of(sections(LARGE)))
    assert holds_quotas(inventory(plan))


def test_the_run_after_it_lets_the_room_go():
    first = following(LARGE, {})
    second = hold_quotas(exported(first), plan_of(sections({})))
    assert quotas(second) == quotas(plan_of(sections({}))) != quotas(first)
    assert not holds_quotas(inventory(second))


def test_only_the_deployment_that_shrinks_is_held():
    assert {one.name: is_held(one) for one in following(LARGE, {}).deployments} == {"orders": True, "reports": False}


@pytest.mark.parametrize(
    ("before", "after"),
    [({}, {}), ({}, LARGE), (LARGE, LARGE | ASLEEP), (LARGE, ASLEEP), (LARGE, {"state": "retired"})],
)
def test_nothing_is_held_where_no_new_pod_could_be_refused(before: dict[str, Any], after: dict[str, Any]):
    plan = following(before, after)
    assert quotas(plan) == quotas(plan_of(sections(after)))
    assert not holds_quotas(inventory(plan))


def test_nothing_is_held_at_the_first_run_or_of_an_inventory_that_does_not_say():
    plan = plan_of(sections({}))
    old = exported(plan_of(sections(LARGE)))
    for one in old["workspaces"]["analytics"]["deployments"].values():
        del one["kept"]
    assert hold_quotas({}, plan) == hold_quotas(old, plan) == plan


def test_the_reservation_and_its_budget_are_those_of_what_is_to_run():
    held, wanted = following(LARGE, {}), plan_of(sections({}))
    assert inventory(held)["analytics"]["reserved"] == inventory(wanted)["analytics"]["reserved"]


def test_plain_pulumi_says_that_another_run_is_due():
    [line] = notices(following(LARGE, {}), date(2026, 1, 1))
    assert line.startswith("analytics.orders: keeps its larger quota")
    assert notices(plan_of(sections({})), date(2026, 1, 1)) == []
