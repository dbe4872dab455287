"""The quota in force while a release rolls: the larger of what stands and what is computed, bound by bound."""

import pytest

from components.life_args import StandingQuota
from components.quantities import parse_quantity
from components.quota import compute_quota
from components.quota_in_force import (
    SIZE_CHANGE,
    computed_hard,
    is_hard_in_force,
    is_held,
    larger_of_both,
    quota_annotations,
    quotas_in_force,
)
from tests.factories import airflow_deployment_args, workload

LARGE = {"scheduler": workload("scheduler", replicas=3, size="large")}


def standing(**settings):
    return StandingQuota(hard=computed_hard(airflow_deployment_args(**settings)))


def shrinking(**now):
    return airflow_deployment_args(standing_quota=standing(**LARGE), **now)


def test_what_stands_is_held_where_it_is_more():
    args = shrinking()
    before = computed_hard(airflow_deployment_args(**LARGE))
    assert {part: spec["hard"] for part, spec in quotas_in_force(args).items()} == before
    assert is_held(args)


def test_each_bound_is_held_for_itself():
    args = shrinking(dag_processor=workload("dag_processor", replicas=9))
    before, after = computed_hard(airflow_deployment_args(**LARGE))["core"], computed_hard(args)["core"]
    hard = quotas_in_force(args)["core"]["hard"]
    assert hard["pods"] == after["pods"] != before["pods"]
    assert hard["requests.memory"] == max(before["requests.memory"], after["requests.memory"], key=parse_quantity)
    assert {name: max(before[name], after[name], key=parse_quantity) for name in hard} == hard


@pytest.mark.parametrize("before", [{}, LARGE])
def test_what_fits_is_not_held(before):
    args = airflow_deployment_args(**LARGE, standing_quota=standing(**before))
    assert quotas_in_force(args) == dict(compute_quota(args).specs)
    assert not is_held(args)


def test_before_anything_stood_nothing_is_held():
    args = airflow_deployment_args()
    assert quotas_in_force(args) == dict(compute_quota(args).specs)
    assert not is_held(args)


def test_scopes_stay_as_they_are():
    computed, held = compute_quota(airflow_deployment_args()).specs, quotas_in_force(shrinking())
    assert {part: {**spec, "hard": None} for part, spec in held.items()} == {
        part: {**spec, "hard": None} for part, spec in computed.items()
    }


def test_each_bound_of_two_quotas_is_the_larger_one():
    one = {"core": {"pods": "4", "limits.cpu": "1500m"}}
    other = {"core": {"pods": "10", "limits.cpu": "1"}, "tasks": {"pods": "2"}}
    expected = {"core": {"pods": "10", "limits.cpu": "1500m"}, "tasks": {"pods": "2"}}
    assert larger_of_both(one, other) == larger_of_both(other, one) == expected
    assert larger_of_both({}, one) == larger_of_both(one, {}) == one


def test_a_quota_is_in_force_also_where_the_server_writes_its_amounts_otherwise():
    args = airflow_deployment_args()
    found = computed_hard(args)
    amount = found["core"]["requests.memory"]
    assert amount.endswith("Gi")
    found["core"]["requests.memory"] = f"{int(amount[:-2]) * 1024}Mi"
    assert is_hard_in_force(args, found)
    found["core"]["requests.memory"] = "1Mi"
    assert not is_hard_in_force(args, found)


def test_quotas_carry_the_number_of_the_change_of_size_once_there_was_one():
    numbered = airflow_deployment_args(standing_quota=StandingQuota(size_change=7))
    assert quota_annotations(numbered) == {SIZE_CHANGE: "7"}
    assert quota_annotations(airflow_deployment_args()) == {}
