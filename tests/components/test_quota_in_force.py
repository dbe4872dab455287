"""The quota in force while a release rolls: the larger of what stands and what is computed, bound by bound."""

import pytest

from components.quantities import parse_quantity
from components.quota import compute_quota
from components.quota_in_force import computed_hard, is_held, quotas_in_force
from tests.factories import airflow_deployment_args, workload

LARGE = {"scheduler": workload("scheduler", replicas=3, size="large")}


def shrinking(**now):
    return airflow_deployment_args(standing_quota=computed_hard(airflow_deployment_args(**LARGE)), **now)


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
    args = airflow_deployment_args(**LARGE, standing_quota=computed_hard(airflow_deployment_args(**before)))
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
