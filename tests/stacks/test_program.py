"""What the program asks of an engine: who depends on whom, what is protected, and where secrets go."""

from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from components.access_args import Role
from components.pods import Share
from stacks.project import LOCAL_KUBECONFIG, PROJECT_ROOT
from stacks.recording import RELEASE, STASH, Recorded, Recording, is_secret, reveal
from tests.environments import ADA, BOB, COMMITTED, embedded, plan_of, plan_of_file, small_environment, workspace
from tests.recorded_rules import KUBERNETES, PROVIDER, SECRET, deploy_plan

NAMESPACE = "kubernetes:core/v1:Namespace"
QUOTA = "kubernetes:core/v1:ResourceQuota"
LIMIT_RANGE = "kubernetes:core/v1:LimitRange"
BINDING = "kubernetes:rbac.authorization.k8s.io/v1:RoleBinding"
POLICY = "kubernetes:networking.k8s.io/v1:NetworkPolicy"
ACCOUNT = "kubernetes:core/v1:ServiceAccount"
CLUSTER_ROLE = "kubernetes:rbac.authorization.k8s.io/v1:ClusterRole"
STATEFUL_SET = "kubernetes:apps/v1:StatefulSet"
WORKSPACE = "airspace:index:WorkspaceComponent"


@pytest.fixture(scope="module")
def committed() -> dict[str, Recording]:
    return {environment: deploy_plan(plan_of_file(environment)) for environment in COMMITTED}


def recorded(sections: dict[str, Any], **options: Any) -> Recording:
    return deploy_plan(plan_of(sections, **options))


def inside(recording: Recording, namespace: str) -> Iterator[Recorded]:
    """Yield what the program makes within a namespace."""
    return (one for one in recording.resources if one.inputs.get("metadata", {}).get("namespace") == namespace)


def test_kubernetes_has_no_default_provider():
    """Else a resource that names none would reach whatever cluster the shell points to."""
    project = yaml.safe_load((PROJECT_ROOT / "Pulumi.yaml").read_text(encoding="utf-8"))
    assert project["config"]["pulumi:disable-default-providers"]["value"] == ["kubernetes"]


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ({"context": "somewhere"}, {"context": "somewhere"}),
        ({"kubeconfig": "/etc/kubeconfig"}, {"kubeconfig": "/etc/kubeconfig"}),
        ({"kubeconfig": "/etc/kubeconfig", "context": "b"}, {"kubeconfig": "/etc/kubeconfig", "context": "b"}),
        ({"local": True}, {"kubeconfig": str(LOCAL_KUBECONFIG)}),
    ],
)
def test_each_cluster_is_reached_as_its_settings_say(address, expected):
    recording = recorded(small_environment(clusters={"main": {"hosting": "enterprise", **address}}))
    inputs = recording.one(PROVIDER, "main").inputs
    assert {key: inputs[key] for key in ("context", "kubeconfig") if key in inputs} == expected


def test_a_kubeconfig_from_the_configuration_stays_secret():
    clusters = {"main": {"hosting": "enterprise", "kubeconfig_config": "kube"}}
    recording = recorded(small_environment(clusters=clusters), secrets=["kube"])
    assert is_secret(recording.one(PROVIDER).inputs["kubeconfig"])


def test_resources_go_to_the_cluster_of_their_deployment():
    clusters = {name: {"hosting": "enterprise", "context": name} for name in ("blue", "green")}
    analytics = workspace()
    analytics["deployments"] = {"one": embedded(cluster="blue"), "two": embedded(cluster="green")}
    recording = recorded(small_environment(clusters=clusters, workspaces={"analytics": analytics}))
    providers = {one.name: f"{one.urn}::{one.name}" for one in recording.of_type(PROVIDER)}
    for namespace, cluster in (("analytics-one", "blue"), ("analytics-two", "green")):
        found = [recording.one(NAMESPACE, namespace), *inside(recording, namespace), recording.one(RELEASE, namespace)]
        assert {one.provider for one in found} == {providers[cluster]}


def test_a_release_waits_for_all_that_is_reserved_and_for_its_secrets(committed):
    for recording in committed.values():
        for release in recording.of_type(RELEASE):
            namespace = release.inputs["namespace"]
            people = {f"{namespace}-{role}" for role in Role}
            awaited = {
                one.urn
                for one in inside(recording, namespace)
                if one.type in (QUOTA, LIMIT_RANGE, SECRET, STATEFUL_SET, POLICY, ACCOUNT, BINDING)
                and one.name not in people
            }
            assert awaited | {recording.one(NAMESPACE, namespace).urn} <= set(release.dependencies)
            assert sum(one.type == QUOTA for one in inside(recording, namespace)) == len(Share) + 2


@pytest.mark.parametrize(("state", "goes_first"), [("active", STATEFUL_SET), ("hibernated", RELEASE)])
def test_a_database_is_there_before_what_uses_it_and_sleeps_after_it(state, goes_first):
    analytics = {**workspace(), "deployments": {"orders": embedded(state=state)}}
    recording = recorded(small_environment(workspaces={"analytics": analytics}))
    first, then = (recording.one(STATEFUL_SET), recording.one(RELEASE))[:: 1 if goes_first == STATEFUL_SET else -1]
    assert first.urn in then.dependencies
    assert then.urn not in first.dependencies


def test_pods_run_under_policies_from_their_first_second(committed):
    """A pod that starts before its namespace is closed may open what stays open."""
    for recording in committed.values():
        for namespace in recording.of_type(NAMESPACE):
            policies = {one.urn for one in inside(recording, namespace.name) if one.type == POLICY}
            assert len(policies) >= 5
            for database in inside(recording, namespace.name):
                if database.type == STATEFUL_SET:
                    assert policies <= set(database.dependencies)


def test_what_only_describes_a_namespace_goes_with_it(committed):
    for recording in committed.values():
        namespaces = {one.inputs["metadata"]["name"]: one.urn for one in recording.of_type(NAMESPACE)}
        for type_ in (QUOTA, LIMIT_RANGE, SECRET, BINDING, POLICY, ACCOUNT):
            for one in recording.of_type(type_):
                assert one.deleted_with == namespaces[one.inputs["metadata"]["namespace"]], one.urn


def test_workspaces_wait_for_the_priority_classes_and_roles_of_their_clusters(committed):
    """Else pods of a new environment would be refused, and bindings name roles that are not there."""
    for recording in committed.values():
        for one in recording.of_type(WORKSPACE):
            clusters = {
                resource.provider
                for resource in recording.resources
                if resource.type == NAMESPACE
                and one.name == resource.inputs["metadata"]["labels"]["airspace.dev/workspace"]
            }
            awaited = {
                resource.urn
                for resource in recording.resources
                if "ClusterComponent$" in resource.urn and resource.provider in clusters
            }
            assert awaited <= set(one.dependencies), one.name


def test_a_workspace_waits_for_no_cluster_that_it_is_not_on(committed):
    recording = committed["prod"]
    finance = recording.one(WORKSPACE, "finance")
    assert {urn.rpartition("::")[2].split("-")[0] for urn in finance.dependencies} == {"restricted"}


def test_what_nobody_could_make_again_is_protected_in_production(committed):
    recording = committed["prod"]
    irreplaceable = [one for one in recording.of_type(STASH) + recording.of_type(SECRET) if "-fernet-key" in one.name]
    kept = [
        *recording.of_type(NAMESPACE),
        *recording.of_type(STATEFUL_SET),
        *irreplaceable,
    ]
    for one in kept:
        assert one.protect is (one.parent.rpartition("::")[2] != "ada-canary"), one.urn
    assert sum(not one.protect for one in recording.of_type(NAMESPACE)) == 1


def test_keys_that_come_and_go_with_executor_and_version_are_not_protected(committed):
    """A change of executor would otherwise end half-way, at a Secret that nobody needs any more."""
    passing = ("-jwt", "-api-secret-key", "-webserver-secret-key", "-redis-password", "-broker-url", "-env")
    found = [one for one in committed["prod"].resources if one.type in (STASH, SECRET) and one.name.endswith(passing)]
    assert found
    assert not [one.urn for one in found if one.protect]


def test_members_are_bound_in_namespaces_only(committed):
    for recording in committed.values():
        assert not recording.of_type("kubernetes:rbac.authorization.k8s.io/v1:ClusterRoleBinding")


@pytest.mark.parametrize("environment", ["dev", "local", "staging"])
def test_what_may_be_thrown_away_is_not_protected(committed, environment):
    assert not any(one.protect for one in committed[environment].resources)


def test_generated_secrets_keep_the_value_of_their_first_run(committed):
    for recording in committed.values():
        assert {one.ignore_changes for one in recording.of_type(STASH)} == {("input",)}


def test_secrets_reach_the_deployment_that_names_them_and_no_other():
    analytics = workspace()
    analytics["deployments"] = {
        "one": {"database": {"config": "url"}},
        "two": embedded(secret_env={"API_KEY": "partner"}),
        "three": embedded(),
    }
    recording = recorded(small_environment(workspaces={"analytics": analytics}), secrets=["url", "partner", "unused"])
    supplied = {
        one.inputs["metadata"]["name"]: reveal(one.inputs)["stringData"]
        for one in recording.of_type(SECRET)
        if "supplied" in str(reveal(one.inputs)["stringData"])
    }
    assert {name: sorted(data) for name, data in supplied.items()} == {
        "analytics-one-metadata": ["connection"],
        "analytics-two-env": ["API_KEY"],
    }


def test_the_stack_exports_the_inventory_and_nothing_else(committed):
    for environment, recording in committed.items():
        plan = plan_of_file(environment)
        assert set(recording.stack_outputs) == {"bots", "clusters", "roles", "schema_version", "workspaces"}
        exported = recording.stack_outputs["workspaces"]
        assert set(exported) == set(plan.workspaces)
        for name, workspace_plan in plan.workspaces.items():
            assert set(exported[name]["deployments"]) == {one.name for one in workspace_plan.deployments}
        assert all(
            one["helm_status"] == "planned" for entry in exported.values() for one in entry["deployments"].values()
        )


def test_every_account_has_a_workspace_that_costs_nothing_while_it_is_empty():
    recording = recorded(small_environment(accounts={ADA: {}, BOB: {}}, workspaces={}, teams={}))
    assert len(recording.of_type(WORKSPACE)) == 2
    assert not [one for one in recording.resources if "WorkspaceComponent$" in one.urn]


def test_no_object_is_registered_that_kubernetes_does_not_get(committed):
    """What is neither a component nor on a cluster must be known here: it costs a state entry each."""
    for recording in committed.values():
        others = {one.type for one in recording.resources if one.is_custom and not one.type.startswith(KUBERNETES)}
        assert others <= {PROVIDER, STASH}
