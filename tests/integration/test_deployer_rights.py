"""The printed rights on the real engine and API server: with them everything works, with one of them less nothing."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
import yaml
from kubernetes import client, config

from components.deployer_rights import DeployerRights
from components.rbac import Rule
from tests.integration.deployers import HOME, MANAGED, PROVIDED, Deployer, entries, new_deployer, without

pytestmark = [pytest.mark.engine, pytest.mark.chart]

Make = Callable[..., Deployer]
RBAC = "rbac.authorization.k8s.io"


@pytest.fixture
def make(api, control_plane_kubeconfig, engine, tmp_path) -> Iterator[Make]:
    made: list[Deployer] = []

    def one(cluster: Any = MANAGED, **deployment: Any) -> Deployer:
        made.append(new_deployer(api, control_plane_kubeconfig, engine, tmp_path, cluster=cluster, **deployment))
        return made[-1]

    yield one
    for deployer in made:
        deployer.clean_up()


@pytest.mark.parametrize("cluster", [MANAGED, PROVIDED], ids=["managed", "provided"])
def test_with_exactly_the_printed_rights_an_environment_comes_up_stays_changes_and_goes(make, cluster):
    queues = {"default": {"workers": {"min": 1, "max": 2}, "volume": {"size": "1Gi"}}}
    executor = [{"type": "CeleryExecutor", "queues": queues}, {"type": "KubernetesExecutor"}]
    ingress = {"ingress": {"domain": "airflow.example.com"}}
    deployer = make({**cluster, **ingress}, executor=executor)
    deployer.prepare()
    deployer.grant(deployer.rights())
    assert set(deployer.environment().up().changes) == {"create"}
    assert deployer.environment().up().is_unchanged
    assert deployer.environment(env={"STAGE": "test"}).up().changes["update"] == 1
    assert set(deployer.environment().destroy().changes) == {"delete"}


def test_where_an_administrator_makes_the_rest_no_right_reaches_beyond_a_namespace(make, api):
    deployer = make(PROVIDED)
    rights = deployer.rights()
    assert rights.cluster_wide == ()
    assert set(rights.inside) == {f"{deployer.name}-orders"}
    deployer.prepare()
    deployer.grant(rights)
    assert not allowed(deployer, rule("", "namespaces", "list", "watch", "create"))
    assert not allowed(deployer, rule("", "secrets", "get"), namespace=HOME)
    labels = client.CoreV1Api(api).read_namespace(f"{deployer.name}-orders").metadata.labels
    assert labels["pod-security.kubernetes.io/enforce"] == "restricted"


@pytest.mark.parametrize("cluster", [MANAGED, PROVIDED], ids=["managed", "provided"])
def test_each_right_is_given_once_so_that_it_can_be_taken(make, cluster):
    """The API server is asked for every entry, with all rights and with this one taken away."""
    deployer = make(cluster)
    deployer.prepare()
    rights = deployer.rights()
    namespace = next(iter(rights.inside), None)
    deployer.grant(rights)
    found = entries(rights)
    assert [one for one in found if not allowed(deployer, one, namespace)] == []
    for one in found:
        deployer.grant(without(rights, one.groups[0], one.resources[0]))
        assert not allowed(deployer, one, namespace), one


LAUNCHING: Mapping[str, Any] = {"executor": "KubernetesExecutor", "pod_launching": True}
"""Makes Roles for its pods."""
REFUSED = {
    "managed": [("", "resourcequotas"), ("scheduling.k8s.io", "priorityclasses"), (RBAC, "clusterroles")],
    "provided": [
        *(("", "secrets"), ("", "configmaps"), ("apps", "deployments"), ("apps", "replicasets"), (RBAC, "roles")),
    ],
    # What is not used but must be held to be granted.
    "held": [("", "pods/eviction"), ("events.k8s.io", "events"), (RBAC, "clusterroles"), ("", "pods/exec")],
}
"""Rights that are taken away one at a time, made or held: whatever is refused at once and not after minutes."""


CASES = [
    *((MANAGED, *entry, entry[1]) for entry in REFUSED["managed"]),
    *((PROVIDED, *entry, entry[1]) for entry in REFUSED["provided"]),
    *((MANAGED, *entry, "not currently held") for entry in REFUSED["held"][:2]),
    *((PROVIDED, *entry, "not currently held") for entry in REFUSED["held"][2:]),
]


@pytest.mark.parametrize(("cluster", "group", "resource", "said"), CASES)
def test_with_one_right_less_an_environment_does_not_come_up(make, cluster, group, resource, said):
    deployer = make(cluster, **LAUNCHING)
    deployer.prepare()
    rights = deployer.rights()
    less = without(rights, group, resource)
    assert less != rights
    deployer.grant(less)
    refusal = deployer.refusal()
    assert said in refusal
    assert "Let an administrator apply what `make rights` prints" in refusal
    deployer.grant(rights)
    deployer.environment().destroy()


def test_without_the_namespace_that_was_promised_the_administrator_is_named(make):
    deployer = make(PROVIDED)
    rights = deployer.rights()
    [inside] = rights.inside.values()
    deployer.grant(DeployerRights(cluster_wide=inside, inside={}))
    assert "make cluster-objects" in deployer.refusal()
    deployer.prepare()
    deployer.grant(rights)
    deployer.environment().destroy()


def rule(group: str, resource: str, *verbs: str) -> Rule:
    return Rule(groups=(group,), resources=(resource,), verbs=verbs)


def allowed(deployer: Deployer, asked: Rule, namespace: str | None = None) -> bool:
    """Ask the API server, as the deployer, whether everything in a rule is allowed; it says no to half of it."""
    document = yaml.safe_load(deployer.kubeconfig.read_text(encoding="utf-8"))
    resource, _, subresource = asked.resources[0].partition("/")
    with config.new_client_from_config_dict(document) as connection:
        reviews = client.AuthorizationV1Api(connection)
        answers = [
            reviews.create_self_subject_access_review(
                {
                    "spec": {
                        "resourceAttributes": {
                            "group": asked.groups[0], "resource": resource, "subresource": subresource,
                            "verb": verb, "name": name, "namespace": namespace or "",
                        }
                    }
                }
            ).status.allowed
            for verb in asked.verbs
            for name in asked.names or ("",)
        ]  # fmt: skip
    return all(answers) if any(answers) else False
