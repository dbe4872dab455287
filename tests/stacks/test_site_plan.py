"""What a cluster's settings make of its deployments, and that nobody gets out of a cloud's isolation."""

import pytest

from components.access_args import Role
from components.rbac import role_rules
from components.roles import ROLES
from stacks.recording import is_secret, reveal
from tests import environments
from tests.environments import embedded, plan_of, small_environment
from tests.recorded_rules import SECRET, deploy_plan

PEM = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"
CLOUD = {**environments.CLOUD, "context": "eu"}
GROUPS = {
    "small": {"selector": {"example.com/pool": "small"}},
    "big": {"selector": {"example.com/pool": "big"}, "taints": {"dedicated": {"value": "big", "effect": "NoExecute"}}},
}
BINDING = "kubernetes:rbac.authorization.k8s.io/v1:ClusterRoleBinding"
ROLE = "kubernetes:rbac.authorization.k8s.io/v1:ClusterRole"


def planned(cluster, secrets=(), **workspace):
    analytics = {"members": {"crew": "admin"}, "deployments": {"orders": embedded()}, **workspace}
    sections = small_environment(clusters={"main": {**CLOUD, **cluster}}, workspaces={"analytics": analytics})
    return plan_of(sections, secrets=secrets)


def site(cluster, secrets=(), **workspace):
    return planned(cluster, secrets, **workspace).deployments[0].site


def test_a_workspace_is_pinned_to_a_group_and_a_deployment_may_have_another():
    pinned = site({"node_groups": GROUPS}, defaults={"node_group": "big"})
    assert pinned.node_group.selector == {"example.com/pool": "big"}
    assert [one.as_kubernetes() for one in pinned.node_group.tolerations] == [
        {"key": "dedicated", "operator": "Equal", "value": "big", "effect": "NoExecute"}
    ]
    own = site({"node_groups": GROUPS}, deployments={"orders": embedded(node_group="small")})
    assert own.node_group.selector == {"example.com/pool": "small"}
    assert site({"node_groups": GROUPS, "hosting": "enterprise"}).node_group is None


def test_a_mirror_is_in_every_image_that_is_not_named_with_a_host():
    [plain] = planned({"registries": {"mirror": "registry.example.com/m"}}).deployments
    assert plain.image.repository == "registry.example.com/m/apache/airflow"
    assert plain.database.embedded.image.startswith("registry.example.com/m/library/postgres:")
    named = {"orders": embedded(image={"repository": "other.example.com/airflow"})}
    [other] = planned({"registries": {"mirror": "registry.example.com/m"}}, deployments=named).deployments
    assert other.image.repository == "other.example.com/airflow"


def test_the_key_to_a_registry_comes_from_the_configuration_and_stays_secret():
    recording = deploy_plan(planned({"registries": {"pull_config": "docker"}}, ["docker"]))
    made = recording.one(SECRET, "analytics-orders-registry")
    assert made.inputs["type"] == "kubernetes.io/dockerconfigjson"
    assert is_secret(made.inputs["stringData"])
    assert set(reveal(made.inputs["stringData"])) == {".dockerconfigjson"}
    [release] = recording.of_type("kubernetes:helm.sh/v3:Release")
    assert made.urn in release.dependencies
    assert release.inputs["values"]["imagePullSecrets"] == [{"name": "analytics-orders-registry"}]


def test_certificates_become_a_config_map_before_the_release():
    recording = deploy_plan(planned({"ca_bundle": {"pem": PEM}}))
    made = recording.one("kubernetes:core/v1:ConfigMap", "analytics-orders-ca")
    assert made.inputs["data"] == {"ca.crt": PEM}
    [release] = recording.of_type("kubernetes:helm.sh/v3:Release")
    assert made.urn in release.dependencies


def test_nothing_of_a_site_changes_what_other_clusters_are_made_of():
    plain = deploy_plan(planned({}))
    assert not [one for one in plain.resources if one.name.endswith(("-registry", "-ca"))]


def test_on_a_cloud_members_are_bound_inside_their_namespaces_only():
    workspaces = {
        name: {"members": members, "deployments": {"orders": embedded()}}
        for name, members in {"analytics": {"crew": "admin"}, "finance": {"bob@example.com": "admin"}}.items()
    }
    recording = deploy_plan(plan_of(small_environment(clusters={"main": CLOUD}, workspaces=workspaces)))
    assert not recording.of_type(BINDING)


@pytest.mark.parametrize("role", Role)
def test_no_role_of_members_reads_secrets_or_changes_what_isolates(role):
    for rule in role_rules(ROLES, role):
        assert "secrets" not in rule.resources
        assert not {"*", "bind", "escalate", "impersonate", "update", "patch"} & set(rule.verbs)
        assert "create" not in rule.verbs or set(rule.resources) <= {"pods/portforward", "pods/eviction"}
