"""Guard rails as they are written: where they hold, what they do, and what they are told of a namespace."""

import pytest

from components.args import ClusterArgs, Hosting
from components.guard_rail_policies import binding_spec, policy_name, policy_spec
from components.guard_rails import guard_rails, namespace_annotations
from components.hosting_args import GuardRails
from tests.factories import airflow_deployment_args

CLUSTER = ClusterArgs(environment="dev", name="main", hosting=Hosting.ENTERPRISE)
RULES = ["platform-objects", "namespaces", "images", "hosts", "services", "launched-pods"]


def test_the_rules_are_these():
    assert [rail.name for rail in guard_rails(CLUSTER)] == RULES
    assert policy_name(CLUSTER, guard_rails(CLUSTER)[0]) == "airspace-dev-platform-objects"


@pytest.mark.parametrize("rail", guard_rails(CLUSTER), ids=lambda rail: rail.name)
def test_a_rule_holds_in_the_environment_alone_and_refuses_when_in_doubt(rail):
    spec, binding = policy_spec(rail), binding_spec(CLUSTER, rail)
    assert spec["failurePolicy"] == "Fail"
    assert binding["policyName"] == policy_name(CLUSTER, rail)
    if rail.is_namespaced:
        selector = {"namespaceSelector": {"matchLabels": {"airspace.dev/environment": "dev"}}}
        assert binding["matchResources"] == selector
    else:
        assert "airspace.dev/environment" in spec["matchConditions"][0]["expression"]
        assert "== 'dev'" in spec["matchConditions"][0]["expression"]


@pytest.mark.parametrize(
    ("mode", "actions"), [(GuardRails.DENY, ["Deny", "Audit"]), (GuardRails.AUDIT, ["Warn", "Audit"])]
)
def test_the_mode_decides_what_becomes_of_a_request(mode, actions):
    cluster = ClusterArgs(environment="dev", name="main", hosting=Hosting.ENTERPRISE, guard_rails=mode)
    assert {tuple(binding_spec(cluster, rail)["validationActions"]) for rail in guard_rails(cluster)} == {
        tuple(actions)
    }


def test_a_deployer_is_written_as_text_whatever_is_in_it():
    cluster = ClusterArgs(
        environment="dev",
        name="main",
        hosting=Hosting.ENTERPRISE,
        deployer_users=("o'neil\\",),
        deployer_groups=("ci",),
    )
    expression = guard_rails(cluster)[0].variables["isPlatform"]
    assert "'o\\'neil\\\\'" in expression
    assert "'ci'" in expression


def test_a_namespace_says_its_host_and_its_registries():
    assert namespace_annotations(airflow_deployment_args()) == {}
    told = airflow_deployment_args(host="orders.example.com", allowed_registries=("quay.io", "docker.io/apache"))
    assert namespace_annotations(told) == {
        "airspace.dev/hosts": "orders.example.com",
        "airspace.dev/image-registries": "quay.io docker.io/apache",
    }
