"""The table of roles, its bounds, and what Kubernetes is told of it."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.access_args import AirflowRole, Role
from components.rbac import role_rules
from components.roles import GRANTABLE, READ, ROLES, SHELLS, Action, actions, allowed, refuse_verb
from stacks.problems import SettingsError
from tests.environments import plan_of, small_environment
from tests.recorded_rules import deploy_plan

CHANGES = ("create", "update", "patch", "delete", "deletecollection")
ALL_VERBS = (*READ, *CHANGES, "bind", "escalate", "impersonate", "*")
GUARDED = (
    *("secrets", "serviceaccounts/token", "resourcequotas", "limitranges", "networkpolicies.networking.k8s.io"),
    *("roles.rbac.authorization.k8s.io", "rolebindings.rbac.authorization.k8s.io", "serviceaccounts", "namespaces"),
    *("deployments.apps", "statefulsets.apps", "cronjobs.batch", "pods/ephemeralcontainers", "configmaps"),
    *("validatingadmissionpolicybindings.admissionregistration.k8s.io", "nodes", "pods/proxy", "services/proxy"),
)


def environment(**sections):
    return small_environment(**sections)


@pytest.mark.parametrize("role", Role)
def test_the_table_keeps_to_its_own_bounds(role):
    beyond = [
        (resource, verb)
        for resource, verbs in ROLES[role].kubernetes.items()
        for verb in verbs
        if refuse_verb(resource, verb, is_production=True)
    ]
    assert beyond == []


@pytest.mark.parametrize("resource", GUARDED)
@pytest.mark.parametrize("is_production", [True, False])
def test_nothing_that_is_guarded_can_be_changed_by_any_table(resource, is_production):
    got = [verb for verb in ALL_VERBS if not refuse_verb(resource, verb, is_production=is_production)]
    assert set(got) <= set(READ)
    if resource in {"secrets", "serviceaccounts/token", "nodes", "pods/proxy", "services/proxy"}:
        assert got == []


def test_only_a_few_things_can_be_changed_at_all():
    changes = {(resource, verb) for resource, verbs in GRANTABLE.items() for verb in verbs - set(READ)}
    assert changes == {
        *(("pods", "delete"), ("jobs.batch", "delete")),
        *(("pods/eviction", "create"), ("pods/portforward", "create")),
    }


def test_shells_are_for_development_only():
    for resource, verbs in SHELLS.items():
        for verb in verbs:
            assert "shell" in refuse_verb(resource, verb, is_production=True)
            assert refuse_verb(resource, verb, is_production=False) is None


def test_each_role_may_all_that_the_one_below_may():
    for below, above in itertools.pairwise(Role):
        lower, upper = allowed(ROLES, below), allowed(ROLES, above)
        assert all(set(verbs) <= set(upper[resource]) for resource, verbs in lower.items())
        assert actions(ROLES, below) < actions(ROLES, above)
    assert actions(ROLES, Role.ADMIN) == set(Action)


def test_rules_say_what_the_table_says():
    said = {
        (f"{name}.{rule.groups[0]}".rstrip("."), verb)
        for rule in role_rules(ROLES, Role.ADMIN)
        for name in rule.resources
        for verb in rule.verbs
    }
    assert said == {(resource, verb) for resource, verbs in allowed(ROLES, Role.ADMIN).items() for verb in verbs}


def test_an_environment_says_how_its_roles_differ():
    roles = {
        "viewer": {"kubernetes": {"configmaps": [], "pods.metrics.k8s.io": ["get", "list"]}, "actions": ["see"]},
        "editor": {"airflow_role": "Op"},
        "admin": {"kubernetes": {"pods/exec": ["create"]}},
    }
    plan = plan_of(environment(stage="development", roles=roles))
    assert actions(plan.roles, Role.VIEWER) == {Action.SEE}
    recorded = deploy_plan(plan).of_type("kubernetes:rbac.authorization.k8s.io/v1:ClusterRole")
    rules = {
        one.inputs["metadata"]["name"].rpartition("-")[2]: {
            (group, resource, verb)
            for rule in one.inputs["rules"]
            for group, resource, verb in itertools.product(rule["apiGroups"], rule["resources"], rule["verbs"])
        }
        for one in recorded
    }
    assert ("metrics.k8s.io", "pods", "list") in rules["viewer"]
    assert not any(resource == "configmaps" for _, resource, _ in rules["admin"])
    assert ("", "pods/exec", "create") in rules["admin"] - rules["editor"]
    assert rules["viewer"] < rules["editor"] < rules["admin"]


def test_airflow_hears_of_the_table_too():
    plan = plan_of(environment(roles={"admin": {"airflow_role": "Op"}}))
    assert {one.airflow_role for one in plan.deployments[0].grants} == {AirflowRole.OP}


RESOURCES = st.sampled_from([*GRANTABLE, *SHELLS, *GUARDED])


@given(
    tables=st.fixed_dictionaries(
        {},
        optional={
            str(role): st.fixed_dictionaries(
                {"kubernetes": st.dictionaries(RESOURCES, st.lists(st.sampled_from(ALL_VERBS), max_size=3))}
            )
            for role in Role
        },
    )
)
def test_whatever_is_written_a_role_that_is_planned_is_within_the_bounds(tables):
    try:
        plan = plan_of(environment(roles=tables))
    except SettingsError:
        return
    for role in Role:
        for resource, verbs in allowed(plan.roles, role).items():
            assert set(verbs) <= GRANTABLE[resource]
