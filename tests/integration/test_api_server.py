"""Every committed stack before a real API server: what it accepts, and what it then refuses."""

from collections.abc import Iterator
from typing import Any

import pytest
from kubernetes import client

from components import naming
from components.args import AirflowDeploymentArgs
from components.labels import DEPLOYMENT
from components.quota import OTHER
from components.workloads import Share
from stacks.recording import RELEASE
from tests.integration.applied import Applied
from tests.integration.cluster import Cluster
from tests.recorded_rules import KUBERNETES

pytestmark = pytest.mark.cluster


def test_every_object_of_a_stack_is_accepted(stack: Applied):
    planned = [one for one in stack.recording.resources if one.type.startswith(KUBERNETES) and one.type != RELEASE]
    assert len(stack.stored) == len(planned) > 0
    assert all(one["metadata"]["uid"] for one in stack.stored)


def test_the_server_warns_of_nothing(stack: Applied):
    """Neither of an interface that is on its way out nor of a pod that Pod Security would refuse."""
    assert stack.warnings == []


def test_the_server_keeps_what_it_is_given_as_it_is(stack: Applied):
    """What it wrote differently would show as a change in every run."""
    differences = {
        f"{sent['kind']}/{sent['metadata']['name']}": found
        for sent, stored in zip(stack.sent, stack.stored, strict=True)
        if (found := list(_kept_otherwise(stored, {key: sent[key] for key in sent if key != "stringData"})))
    }
    assert differences == {}


def _kept_otherwise(stored: Any, sent: Any, path: str = "") -> Iterator[str]:
    if isinstance(sent, dict) and isinstance(stored, dict):
        for key, value in sent.items():
            yield from _kept_otherwise(stored.get(key), value, f"{path}.{key}")
    elif isinstance(sent, list) and isinstance(stored, list) and len(sent) == len(stored):
        for index, value in enumerate(sent):
            yield from _kept_otherwise(stored[index], value, f"{path}[{index}]")
    elif stored != sent:
        yield f"{path}: {stored!r} in place of {sent!r}"


def test_every_namespace_has_its_quotas_in_force(cluster: Cluster, stack: Applied):
    for deployment in stack.plan.deployments:
        namespace = stack.namespace(deployment)
        cluster.wait_for_quotas(namespace)
        assert {one["metadata"]["name"] for one in cluster.items("v1", "ResourceQuota", namespace)} == {
            f"airspace-{part}" for part in (*map(str, Share), OTHER, "objects")
        }


def test_everything_is_found_by_our_labels(cluster: Cluster, stack: Applied):
    """By them an operator, or a rescue by hand, finds what belongs to a deployment."""
    for deployment in stack.plan.deployments:
        selector = f"airspace.dev/workspace={deployment.workspace},{DEPLOYMENT}={deployment.name}"
        namespace = stack.namespace(deployment)
        for kind in ("ResourceQuota", "LimitRange", "Secret", "Service"):
            sent = [one for one in stack.sent if one["kind"] == kind and one["metadata"]["namespace"] == namespace]
            assert len(cluster.items("v1", kind, namespace, selector)) == len(sent)


# What a namespace refuses.


@pytest.fixture(scope="module")
def legacy(cluster: Cluster, applied: Any) -> tuple[str, AirflowDeploymentArgs]:
    """A namespace with its quotas in force and nothing in it, and the deployment it is for."""
    local = applied("local")
    args = local.deployment("analytics-legacy")
    cluster.wait_for_quotas(local.namespace(args))
    return local.namespace(args), args


def pod(legacy: tuple[str, AirflowDeploymentArgs], **overrides: Any) -> dict[str, Any]:
    """Return a small pod that the namespace admits; each test takes away what it is about."""
    namespace, args = legacy
    container = {
        "name": "one",
        "image": "pause",
        "resources": {"requests": {"cpu": "10m", "memory": "10Mi"}, "limits": {"cpu": "10m", "memory": "10Mi"}},
        "securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}},
    }
    spec = {
        "priorityClassName": naming.priority_class_name(args.environment, Share.CORE),
        "securityContext": {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}},
        "containers": [{**container, **overrides.pop("container", {})}],
        **overrides,
    }
    metadata = {"generateName": "pod-", "namespace": namespace}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec}


def refusal(cluster: Cluster, manifest: dict[str, Any]) -> str:
    with pytest.raises(client.ApiException) as caught:
        cluster.create(manifest, dry_run=True)
    assert caught.value.status == 403
    return str(caught.value.body)


def test_a_pod_in_order_is_admitted(cluster: Cluster, legacy: Any):
    """Else what follows would be refused for another reason than the one in its name."""
    assert cluster.create(pod(legacy), dry_run=True)["spec"]["priority"] > 0


@pytest.mark.parametrize(
    "violation",
    [
        {"hostNetwork": True},
        {"securityContext": {"runAsNonRoot": True}},
        {"securityContext": {"seccompProfile": {"type": "RuntimeDefault"}}},
        {"volumes": [{"name": "host", "hostPath": {"path": "/"}}]},
        {"container": {"securityContext": {"privileged": True}}},
        {"container": {"securityContext": {}}},
    ],
    ids=lambda violation: "-".join(str(violation).translate(str.maketrans("", "", "{}'[]:,/")).split())[:40],
)
def test_a_pod_that_breaks_pod_security_is_refused(cluster: Cluster, legacy: Any, violation: dict[str, Any]):
    assert "violates PodSecurity" in refusal(cluster, pod(legacy, **violation))


@pytest.mark.parametrize("priority_class", [None, "system-cluster-critical", "airspace-prod-core"])
def test_a_pod_outside_both_shares_is_refused(cluster: Cluster, prod: Applied, legacy: Any, priority_class: str | None):
    """Also one that borrows the class of another environment."""
    assert "exceeded quota: airspace-other" in refusal(cluster, pod(legacy, priorityClassName=priority_class))


def test_a_pod_that_is_larger_than_its_share_is_refused(cluster: Cluster, legacy: Any):
    amounts = {"cpu": "64", "memory": "10Mi"}
    large = {"resources": {"requests": amounts, "limits": amounts}}
    assert "exceeded quota: airspace-core" in refusal(cluster, pod(legacy, container=large))


def test_a_container_that_says_nothing_of_its_size_gets_one(cluster: Cluster, legacy: Any):
    (container,) = cluster.create(pod(legacy, container={"resources": {}}), dry_run=True)["spec"]["containers"]
    assert container["resources"]["requests"] == container["resources"]["limits"]
    assert set(container["resources"]["requests"]) == {"cpu", "memory", "ephemeral-storage"}


@pytest.mark.parametrize("type_", ["NodePort", "LoadBalancer"])
def test_a_service_that_opens_a_way_in_is_refused(cluster: Cluster, legacy: Any, type_: str):
    metadata = {"name": "open", "namespace": legacy[0]}
    service = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": metadata,
        "spec": {"type": type_, "ports": [{"port": 80}]},
    }
    assert "a Service here is reached from within the cluster only" in refusal(cluster, service)
