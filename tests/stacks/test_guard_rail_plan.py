"""What is said of guard rails, as it reaches clusters and deployments."""

import pytest

from components.hosting_args import GuardRails
from components.images import images
from stacks.offline import record_plan
from tests.stacks.environments import deployment_on, planned, shared

POLICY = "kubernetes:admissionregistration.k8s.io/v1:ValidatingAdmissionPolicy"
HERE = {"hosting": "enterprise", "local": True}


def cluster(**settings):
    return planned(clusters={"main": {**HERE, **settings}}).clusters["main"]


def test_rules_are_in_force_where_nothing_is_said():
    assert cluster().guard_rails is GuardRails.DENY
    assert cluster(guard_rails="audit").guard_rails is GuardRails.AUDIT


def test_deployers_are_users_or_groups():
    found = cluster(deployers={"users": ["ci@example.com"], "groups": ["platform"]})
    assert (found.deployer_users, found.deployer_groups) == (("ci@example.com",), ("platform",))


def test_what_real_data_asks_for_holds_unless_something_else_is_said():
    assert cluster().is_production
    assert not planned(clusters={"main": HERE}, stage="development").clusters["main"].is_production


@pytest.mark.parametrize(("mode", "count"), [("deny", 9), ("audit", 9), ("off", 0)])
def test_policies_are_made_unless_switched_off(mode, count):
    plan = planned(clusters={"main": {**HERE, "guard_rails": mode}})
    assert len(record_plan(plan).of_type(POLICY)) == count
    assert len(record_plan(plan).of_type(f"{POLICY}Binding")) == count


def test_a_workspace_may_allow_less_than_its_cluster():
    allowed = ["docker.io", "quay.io/prometheus", "registry.k8s.io"]
    assert deployment_on(HERE).allowed_registries is None
    assert deployment_on({**HERE, "allowed_registries": allowed}).allowed_registries == tuple(allowed)
    narrow = shared(
        allowed={"registries": ["docker.io/apache", "docker.io/library", "quay.io/prometheus"]}, deployments={"a": {}}
    )
    plan = planned(clusters={"main": {**HERE, "allowed_registries": allowed}}, workspaces={"analytics": narrow})
    assert plan.deployments[0].allowed_registries == ("docker.io/apache", "docker.io/library", "quay.io/prometheus")


def test_the_namespace_carries_what_the_rules_must_know():
    plan = planned(
        clusters={
            "main": {
                **HERE,
                "ingress": {"domain": "airflow.example.com"},
                "allowed_registries": ["docker.io", "quay.io"],
            }
        },
        workspaces={"analytics": shared(deployments={"orders": {}})},
    )
    namespace = record_plan(plan).one("kubernetes:core/v1:Namespace")
    assert namespace.inputs["metadata"]["annotations"] == {
        "airspace.dev/hosts": "analytics-orders.airflow.example.com",
        "airspace.dev/image-registries": "docker.io quay.io",
    }


def test_all_images_of_a_mirror_pass_where_nothing_else_is_allowed():
    mirror = "registry.example.com/mirror"
    cluster = {**HERE, "registries": {"mirror": mirror}, "allowed_registries": [mirror]}
    dags = {"git": {"repo": "https://git.example.com/orders.git"}}
    args = deployment_on(cluster, database="embedded", executor="CeleryExecutor", dags=dags)
    found = images(args)
    assert {*found} == {"image", "statsd", "redis", "gitSync", "database"}
    assert all(image.startswith(f"{mirror}/") for image in found.values())
