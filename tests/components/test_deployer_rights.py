"""Rights read off what a plan makes: no more than that, and nothing twice."""

import pytest

from components.deployer_rights import DeployerRights, PlannedObject, PlannedRelease, deployer_rights, resource_of
from components.rbac import Rule
from components.rights_manifest import Subject, rights_manifests

USER = Subject(kind="User", name="ci@example.com")


def planned(kind, name="one", namespace=None, api_version="v1", **more):
    return PlannedObject(api_version=api_version, kind=kind, name=name, namespace=namespace, **more)


def held(rules):
    """Return verbs by group, resource and name."""
    entries = {}
    for rule in rules:
        for group in rule.groups:
            for resource in rule.resources:
                for name in rule.names or ("",):
                    assert (group, resource, name) not in entries, "granted in two rules"
                    entries[group, resource, name] = set(rule.verbs)
    return entries


@pytest.mark.parametrize(
    ("api_version", "kind", "expected"),
    [
        ("v1", "Secret", ("", "secrets")),
        ("apps/v1", "StatefulSet", ("apps", "statefulsets")),
        ("networking.k8s.io/v1", "Ingress", ("networking.k8s.io", "ingresses")),
        ("networking.k8s.io/v1", "NetworkPolicy", ("networking.k8s.io", "networkpolicies")),
        ("scheduling.k8s.io/v1", "PriorityClass", ("scheduling.k8s.io", "priorityclasses")),
    ],
)
def test_kinds_are_named_as_rules_name_them(api_version, kind, expected):
    assert resource_of(api_version, kind) == expected


def test_objects_that_belong_to_no_namespace_are_changed_by_name_only():
    rights = deployer_rights([planned("PriorityClass", "low", api_version="scheduling.k8s.io/v1")], [])
    assert held(rights.cluster_wide) == {
        ("scheduling.k8s.io", "priorityclasses", ""): {"create", "watch"},
        ("scheduling.k8s.io", "priorityclasses", "low"): {"get", "patch", "delete"},
    }


def test_rights_in_a_namespace_that_is_there_stay_in_it():
    rights = deployer_rights([planned("LimitRange", namespace="there")], [])
    assert rights.cluster_wide == ()
    assert held(rights.inside["there"]) == {("", "limitranges", ""): {"get", "watch", "create", "patch", "delete"}}


def test_rights_in_a_namespace_that_is_made_cannot_be_bound_to_it():
    objects = [planned("Namespace", "new"), planned("LimitRange", namespace="new")]
    rights = deployer_rights(objects, [])
    assert rights.inside == {}
    assert ("", "limitranges", "") in held(rights.cluster_wide)


def test_who_makes_a_role_holds_what_it_grants_and_who_binds_anothers_may_bind_just_that_one():
    group = "rbac.authorization.k8s.io"
    grants = (Rule(groups=("batch",), resources=("jobs",), verbs=("delete",)),)
    role = planned("ClusterRole", "admin", api_version=f"{group}/v1", grants=grants)
    binding = planned("RoleBinding", "admin", "there", f"{group}/v1", binds="admin")
    made = deployer_rights([role, binding], [])
    assert held(made.cluster_wide)["batch", "jobs", ""] == {"delete"}
    assert not [rule for rule in (*made.cluster_wide, *made.inside["there"]) if "bind" in rule.verbs]
    provided = deployer_rights([binding], [])
    assert held(provided.inside["there"])[group, "clusterroles", "admin"] == {"bind"}


def test_a_release_takes_what_helm_asks_for_and_the_kinds_that_are_in_it():
    kinds = frozenset({("v1", "ConfigMap"), ("apps/v1", "Deployment")})
    rights = deployer_rights([], [PlannedRelease(namespace="there", kinds=kinds)])
    assert held(rights.inside["there"]) == {
        ("", "configmaps", ""): {"get", "create", "patch", "delete"},
        ("apps", "deployments", ""): {"get", "create", "patch", "delete"},
        ("apps", "replicasets", ""): {"list"},
        ("", "secrets", ""): {"get", "list", "create", "update", "delete"},
    }


def test_nothing_is_said_with_an_asterisk_and_no_rule_escalates():
    objects = [planned("Secret", namespace="there"), planned("Namespace", "new")]
    rights = deployer_rights(objects, [PlannedRelease(namespace="there", kinds=frozenset())])
    rules = [*rights.cluster_wide, *rights.inside["there"]]
    assert not [rule for rule in rules if {"*", "escalate", "impersonate"} & {*rule.verbs, *rule.resources}]


def test_manifests_bind_each_role_to_who_runs_it():
    rule = Rule(groups=("",), resources=("secrets",), verbs=("get",))
    rights = DeployerRights(cluster_wide=(rule,), inside={"there": (rule,)})
    found = rights_manifests("dev", rights, USER)
    assert [(one["kind"], one["metadata"].get("namespace")) for one in found] == [
        *(("ClusterRole", None), ("ClusterRoleBinding", None), ("Role", "there"), ("RoleBinding", "there")),
    ]
    assert {one["metadata"]["name"] for one in found} == {"airspace-dev-deployer"}
    assert all(one["subjects"] == [USER.as_kubernetes()] for one in found if "subjects" in one)
    assert [one["kind"] for one in rights_manifests("dev", DeployerRights(cluster_wide=(), inside={}), USER)] == []
