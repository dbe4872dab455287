"""Rights and provided objects of whole environments."""

import pytest

from stacks.offline import record_plan
from stacks.provided import provided_objects
from stacks.rights import planned_objects, rights_by_cluster
from tests.environments import COMMITTED, embedded, plan_of, plan_of_file, small_environment
from tests.recorded_rules import deploy_plan

CLUSTER = {"hosting": "enterprise", "context": "somewhere", "deployers": {"users": ["ci@example.com"]}}


def planned(deployment=None, **cluster):
    workspaces = {"analytics": {"members": {"crew": "admin"}, "deployments": {"orders": deployment or embedded()}}}
    return plan_of(small_environment(clusters={"main": {**CLUSTER, **cluster}}, workspaces=workspaces))


@pytest.mark.parametrize("environment", COMMITTED)
def test_every_environment_has_rights_on_each_of_its_clusters(environment):
    plan = plan_of_file(environment)
    rights = rights_by_cluster(plan)
    assert set(rights) == set(plan.clusters)
    namespaces = {name for one in rights.values() for rule in one.cluster_wide for name in rule.names}
    assert {one.namespace for one in plan.deployments} <= namespaces


def test_a_cluster_gets_the_rights_of_its_own_objects_only():
    rights = rights_by_cluster(plan_of_file("prod"))
    names = {name: {one for rule in found.cluster_wide for one in rule.names} for name, found in rights.items()}
    assert "finance-ledger" in names["restricted"] - names["main"]
    assert "analytics-orders" in names["main"] - names["restricted"]


@pytest.mark.parametrize("cluster_objects", ["managed", "provided"])
@pytest.mark.parametrize("namespaces", ["managed", "provided"])
def test_what_the_program_leaves_out_is_what_an_administrator_is_told_to_make(cluster_objects, namespaces):
    plan = planned(cluster_objects=cluster_objects, namespaces=namespaces)
    own = list(planned_objects(deploy_plan(plan), "main"))
    told = {(one["kind"], one["metadata"]["name"]) for one in provided_objects(plan)["main"]}
    whole = {(one.kind, one.name) for one in planned_objects(record_plan(planned()), "main") if not one.namespace}
    assert {(one.kind, one.name) for one in own if not one.namespace} == whole - told
    kinds = {kind for kind, _ in told}
    assert ("Namespace" in kinds) == (namespaces == "provided")
    assert ("PriorityClass" in kinds) == ("ClusterRole" in kinds) == (cluster_objects == "provided")


def test_a_deployer_who_may_nothing_beyond_namespaces_is_given_nothing_there():
    plan = planned(cluster_objects="provided", namespaces="provided")
    rights = rights_by_cluster(plan)["main"]
    assert rights.cluster_wide == ()
    assert set(rights.inside) == {"analytics-orders"}


def test_namespaces_come_first_with_the_labels_of_pod_security():
    plan = planned(cluster_objects="provided", namespaces="provided")
    first, *others = provided_objects(plan)["main"]
    assert (first["kind"], first["metadata"]["name"]) == ("Namespace", "analytics-orders")
    assert first["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"
    assert first["metadata"]["labels"]["airspace.dev/deployment"] == "orders"
    assert "Namespace" not in {one["kind"] for one in others}


def test_in_a_provided_namespace_everything_is_deleted_by_itself():
    recording = deploy_plan(planned(namespaces="provided"))
    assert recording.of_type("kubernetes:core/v1:Namespace") == []
    assert {one.deleted_with for one in recording.resources} == {""}


def test_clusters_of_one_environment_may_differ():
    clusters = {
        "own": {**CLUSTER},
        "theirs": {
            **CLUSTER,
            "context": "theirs",
            "cluster_objects": "provided",
            "namespaces": "provided",
        },
    }
    deployments = {"one": embedded(cluster="own"), "two": embedded(cluster="theirs")}
    workspaces = {"analytics": {"members": {"crew": "admin"}, "deployments": deployments}}
    plan = plan_of(small_environment(clusters=clusters, workspaces=workspaces))
    deploy_plan(plan)
    rights = rights_by_cluster(plan)
    assert rights["own"].inside == {}
    assert rights["theirs"].cluster_wide == ()
    assert provided_objects(plan)["own"] == []
    assert provided_objects(plan)["theirs"]
