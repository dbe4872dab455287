"""Guard rails as they are written: where they hold, what they do, and what they are told of a namespace."""

from dataclasses import replace

import pytest

from components import sizing
from components.args import ClusterArgs, Hosting
from components.guard_rail_policies import binding_spec, policy_name, policy_spec
from components.guard_rails import guard_rails, namespace_annotations
from components.hosting_args import GuardRails, NodeGroupArgs, SiteArgs
from components.life_args import HibernationArgs
from components.pod_rails import PARTS
from components.workloads import WorkloadKind, workloads
from tests.components.scenarios import SCENARIOS
from tests.factories import airflow_deployment_args, embedded_database, ui_service

CLUSTER = ClusterArgs(environment="dev", name="main", hosting=Hosting.ENTERPRISE)
RULES = [
    *("platform-objects", "namespaces", "images", "hosts", "services", "launched-pods"),
    *("nodes", "connections", "tokens"),
]


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


def test_a_namespace_says_the_type_of_the_service_that_leads_in():
    told = namespace_annotations(airflow_deployment_args(ui_service=ui_service("NodePort")))
    assert told == {"airspace.dev/ui-service": "NodePort"}


def test_a_namespace_says_the_nodes_of_its_group():
    group = NodeGroupArgs(selector={"pool": "big", "example.com/disk": ""})
    told = namespace_annotations(airflow_deployment_args(site=SiteArgs(node_group=group)))
    assert told == {"airspace.dev/nodes": "example.com/disk= pool=big"}


def is_known_as_a_part(namespace: str, pod: str) -> bool:
    return any(pod.startswith(f"{namespace}-{part}") for part in PARTS)


def test_pods_of_all_parts_are_known_by_their_names():
    """By which tasks are kept from opening a shell there."""
    nights = HibernationArgs(
        hibernate_at="0 19 * * *", wake_at="0 7 * * *", time_zone="Etc/UTC", resources=sizing.HIBERNATION
    )
    own = [*SCENARIOS.values(), airflow_deployment_args(database=embedded_database(), hibernation=nights)]
    beside = {WorkloadKind.POD, WorkloadKind.TASK_POD, WorkloadKind.CLAIM}
    names = {(args.namespace, one.name) for args in own for one in workloads(args) if one.kind not in beside}
    assert [name for name in sorted(names) if not is_known_as_a_part(*name)] == []
    assert [part for part in PARTS if not any(name.startswith(f"{place}-{part}") for place, name in names)] == []


def test_only_in_production_does_nobody_get_a_shell():
    said = {
        is_production: {
            message
            for rail in guard_rails(replace(CLUSTER, is_production=is_production))
            for message in rail.validations
        }
        for is_production in (True, False)
    }
    assert said[True] - said[False] == {"nobody gets a shell in production"}
    assert said[False] - said[True] == set()
