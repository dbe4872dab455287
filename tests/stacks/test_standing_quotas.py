"""What of earlier runs' quotas is held in the next one, and when it is let go."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest

from components.args import PlatformPlan
from components.quota_in_force import is_held, quotas_in_force
from stacks.inventory import inventory
from stacks.notices import notices
from stacks.offline import record_plan
from stacks.recording import reveal
from stacks.standing_quotas import hold_quotas, holds_quotas, quotas_in_state
from tests.environments import ADA, embedded, plan_of, small_environment

LARGE = {"scheduler": {"replicas": 3, "size": "large"}}
MEDIUM = {"scheduler": {"replicas": 2, "size": "medium"}}
SMALL: dict[str, Any] = {}
ASLEEP = {"state": "hibernated"}
QUOTA = "kubernetes:core/v1:ResourceQuota"


def sections(orders: dict[str, Any]) -> dict[str, Any]:
    deployments = {"orders": embedded(**orders), "reports": embedded()}
    return small_environment(workspaces={"analytics": {"members": {ADA: "admin"}, "deployments": deployments}})


def wanted(orders: dict[str, Any]) -> PlatformPlan:
    return plan_of(sections(orders))


class Stack:
    """What runs leave: the outputs of those that came to their end, the resources of all."""

    def __init__(self) -> None:
        self.outputs: dict[str, Any] = {}
        self.resources: list[Mapping[str, Any]] = []

    def run(self, orders: dict[str, Any], *, fails: bool = False) -> PlatformPlan:
        plan = hold_quotas(self.outputs, wanted(orders), quotas_in_state(self.resources))
        recording = record_plan(plan)
        made = sorted(recording.resources, key=lambda one: one.urn)
        # What else there is may not confuse; of that, a few do.
        kept = [one for one in made if one.type == QUOTA or not one.inputs]
        self.resources = [{"type": one.type, "outputs": reveal(one.inputs)} for one in kept]
        if not fails:
            self.outputs = reveal(recording.stack_outputs)
        return plan


def after(*runs: dict[str, Any]) -> Stack:
    """Return a stack after runs that all came to their end."""
    stack = Stack()
    for orders in runs:
        stack.run(orders)
    return stack


def quotas(plan: PlatformPlan) -> dict[str, Any]:
    return {
        one.namespace: {part: spec["hard"] for part, spec in quotas_in_force(one).items()} for one in plan.deployments
    }


def test_a_deployment_that_shrinks_keeps_the_room_of_what_stands():
    plan = after(LARGE).run(SMALL)
    assert quotas(plan) == quotas(wanted(LARGE))
    assert holds_quotas(inventory(plan))


def test_the_run_after_it_lets_the_room_go():
    plan = after(LARGE, SMALL).run(SMALL)
    assert quotas(plan) == quotas(wanted(SMALL)) != quotas(wanted(LARGE))
    assert not holds_quotas(inventory(plan))


def test_only_the_deployment_that_shrinks_is_held():
    plan = after(LARGE).run(SMALL)
    assert {one.name: is_held(one) for one in plan.deployments} == {"orders": True, "reports": False}


@pytest.mark.parametrize(
    ("before", "now"),
    [(SMALL, SMALL), (SMALL, LARGE), (LARGE, LARGE | ASLEEP), (LARGE, ASLEEP), (LARGE, {"state": "retired"})],
)
def test_nothing_is_held_where_no_new_pod_could_be_refused(before: dict[str, Any], now: dict[str, Any]):
    plan = after(before).run(now)
    assert quotas(plan) == quotas(wanted(now))
    assert not holds_quotas(inventory(plan))


def test_a_larger_release_that_failed_keeps_its_room_while_it_is_taken_back():
    stack = after(SMALL)
    stack.run(LARGE, fails=True)
    held = stack.run(SMALL)
    assert quotas(held) == quotas(wanted(LARGE))
    assert holds_quotas(inventory(held))
    assert quotas(stack.run(SMALL)) == quotas(wanted(SMALL))


def test_its_room_is_kept_through_every_run_that_fails():
    stack = after(SMALL)
    for orders in (MEDIUM, LARGE, MEDIUM, SMALL, SMALL):
        stack.run(orders, fails=True)
    assert quotas(stack.run(SMALL)) == quotas(wanted(LARGE))
    assert quotas(stack.run(SMALL)) == quotas(wanted(SMALL))


def test_a_first_release_that_failed_has_run_pods_too():
    stack = Stack()
    stack.run(LARGE, fails=True)
    assert quotas(stack.run(SMALL)) == quotas(wanted(LARGE))
    assert quotas(stack.run(SMALL)) == quotas(wanted(SMALL))


def test_room_that_was_to_be_let_go_is_kept_where_it_was_used_again_in_vain():
    """Nothing about the amounts tells such a state from one that may shrink: only the number does."""
    stack = after(LARGE, SMALL)
    stack.run(LARGE, fails=True)
    stack.run(SMALL, fails=True)
    assert quotas(stack.run(SMALL)) == quotas(wanted(LARGE))


def test_a_hibernation_that_failed_does_not_take_the_room_of_what_runs():
    stack = after(LARGE)
    stack.run(LARGE | ASLEEP, fails=True)
    assert quotas(stack.run(SMALL)) == quotas(wanted(LARGE))


def test_a_failed_run_that_is_mended_needs_no_other_one_and_then_nothing_changes():
    stack = after(SMALL)
    stack.run(LARGE, fails=True)
    assert not holds_quotas(inventory(stack.run(LARGE)))
    before = stack.resources
    stack.run(LARGE)
    assert stack.resources == before


@pytest.mark.parametrize("runs", [(SMALL,), (LARGE, SMALL, SMALL), (SMALL, LARGE)])
def test_a_run_that_changes_no_size_writes_the_quotas_as_they_are(runs: tuple[dict[str, Any], ...]):
    stack = after(*runs)
    before = stack.resources
    stack.run(runs[-1])
    assert stack.resources == before


def test_nothing_is_held_at_the_first_run_or_of_an_inventory_that_does_not_say():
    old = after(LARGE)
    for one in old.outputs["workspaces"]["analytics"]["deployments"].values():
        del one["kept"]
    for plan in (hold_quotas({}, wanted(SMALL), {}), hold_quotas(old.outputs, wanted(SMALL), {})):
        assert quotas(plan) == quotas(wanted(SMALL))


def test_a_state_from_before_sizes_were_counted_is_taken_as_it_is():
    stack = after(LARGE)
    for one in stack.outputs["workspaces"]["analytics"]["deployments"].values():
        del one["kept"]["size_change"]
    for one in stack.resources:
        if one["type"] == QUOTA:
            one["outputs"]["metadata"].pop("annotations")
    before = stack.resources
    assert not holds_quotas(inventory(stack.run(LARGE)))
    assert stack.resources == before


def test_amounts_that_somebody_has_written_in_an_odd_form_are_set_right():
    stack = after(SMALL)
    for one in stack.resources:
        if one["type"] == QUOTA:
            one["outputs"]["spec"]["hard"] = dict.fromkeys(one["outputs"]["spec"]["hard"], "1e6")
    assert quotas(stack.run(SMALL)) == quotas(wanted(SMALL))


def test_quotas_that_only_wait_to_be_deleted_do_not_stand():
    stack = after(LARGE)
    assert quotas_in_state([{**one, "delete": True} for one in stack.resources]) == {}
    assert set(quotas_in_state(stack.resources)) == {"analytics-orders", "analytics-reports"}


def test_the_reservation_and_its_budget_are_those_of_what_is_to_run():
    held = after(LARGE).run(SMALL)
    assert inventory(held)["analytics"]["reserved"] == inventory(wanted(SMALL))["analytics"]["reserved"]


def test_plain_pulumi_says_that_another_run_is_due():
    [line] = notices(after(LARGE).run(SMALL), date(2026, 1, 1))
    assert line.startswith("analytics.orders: keeps its larger quota")
    assert notices(wanted(SMALL), date(2026, 1, 1)) == []
