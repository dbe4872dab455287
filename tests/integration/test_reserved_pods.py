"""The quota against what the genuine chart makes of our values: its widest roll-out fits, and nothing beside it.

Replicas and surge are read off the rendered objects by Kubernetes' own rules, not off our model of them.
"""

import copy
import math
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from kubernetes import client

from components.args import AirflowDeploymentArgs
from components.labels import deployment_labels
from tests.components.chart_rendering import of_kind, rendered, task_pod_template
from tests.integration.applied import Applied
from tests.integration.cluster import Cluster, wait_for

pytestmark = [pytest.mark.cluster, pytest.mark.chart]

CASES = (
    ("local", "analytics-orders"),
    ("local", "analytics-legacy"),
    ("staging", "analytics-reports"),
    ("prod", "analytics-orders"),
    ("prod", "machine-learning-training"),
)
"""Each executor alone and together, both major versions, one and several replicas, git-sync, volumes, a database."""
WORKLOADS = ("Deployment", "StatefulSet", "Job", "CronJob", "HorizontalPodAutoscaler")
DEFAULT_SURGE = "25%"


@pytest.fixture(scope="module", params=CASES, ids="-".join)
def case(request: pytest.FixtureRequest, applied: Any, cluster: Cluster) -> tuple[AirflowDeploymentArgs, str]:
    environment, name = request.param
    stack: Applied = applied(environment)
    args = stack.deployment(name)
    namespace = stack.namespace(args)
    cluster.wait_for_quotas(namespace)
    return args, namespace


@pytest.fixture(scope="module")
def objects(case: Any) -> list[dict[str, Any]]:
    args, _ = case
    return rendered(args)


def test_every_object_of_the_chart_is_accepted(cluster: Cluster, case: Any, objects: list[dict[str, Any]]):
    """What makes pods is only tried, so that the next test can make them itself; all else stays and counts."""
    _, namespace = case
    before = len(cluster.warnings)
    for manifest in objects:
        cluster.apply(placed(manifest, namespace), dry_run=manifest["kind"] in WORKLOADS)
    assert cluster.warnings[before:] == []


def test_the_widest_roll_out_is_admitted_and_nothing_beside_it(cluster: Cluster, case: Any, objects: list[Any]):
    args, namespace = case
    wait_for_the_database(cluster, args, namespace)
    templates = {name: as_pod(args, namespace, template, name) for name, template, _ in pods(args, objects)}
    counts = {name: count for name, _, count in pods(args, objects)}
    claims = [claim for one in of_kind(objects, "StatefulSet") for claim in volume_claims(one, namespace)]
    for claim in claims:
        cluster.create(claim)
    for name, template in templates.items():
        for _ in range(counts[name]):
            cluster.create(template)
    for name, template in templates.items():
        for extra in (template, as_small_as_can_be(template)):
            assert "exceeded quota" in refusal(cluster, extra), name
    assert "exceeded quota" in refusal(cluster, claim_of("one-more", {"storage": "1Mi"}, namespace))


def wait_for_the_database(cluster: Cluster, args: AirflowDeploymentArgs, namespace: str) -> None:
    """The platform's own StatefulSet stands already, and its one pod is part of what is reserved."""
    if args.database.embedded:
        wait_for(lambda: len(cluster.items("v1", "Pod", namespace)) == 1, "the pod of the embedded database")


def refusal(cluster: Cluster, manifest: Mapping[str, Any]) -> str:
    with pytest.raises(client.ApiException) as caught:
        cluster.create(manifest, dry_run=True)
    return str(caught.value.body)


def pods(args: AirflowDeploymentArgs, objects: list[Any]) -> Iterator[tuple[str, dict[str, Any], int]]:
    """Yield each pod template with the most pods that there can be of it at once."""
    scaled = {one["spec"]["scaleTargetRef"]["name"]: one["spec"] for one in of_kind(objects, "HorizontalPodAutoscaler")}
    for owner in of_kind(objects, "Deployment", "StatefulSet", "Job"):
        spec, name = owner["spec"], owner["metadata"]["name"]
        replicas = scaled[name]["maxReplicas"] if name in scaled else spec.get("replicas", 1)
        yield name, spec["template"], replicas + (surge(spec, replicas) if owner["kind"] == "Deployment" else 0)
    task_pod = task_pod_template(objects)
    if args.executor.kubernetes and task_pod:
        yield "task", task_pod, args.executor.kubernetes.max_task_pods


def surge(spec: dict[str, Any], replicas: int) -> int:
    strategy = spec.get("strategy") or {}
    if strategy.get("type") == "Recreate":
        return 0
    bound = (strategy.get("rollingUpdate") or {}).get("maxSurge", DEFAULT_SURGE)
    return math.ceil(replicas * int(bound.removesuffix("%")) / 100) if isinstance(bound, str) else bound


def as_pod(args: AirflowDeploymentArgs, namespace: str, template: dict[str, Any], name: str) -> dict[str, Any]:
    """Make a pod of a template that nobody runs: a simulated one would end and give back what it reserves."""
    spec = {**copy.deepcopy(template["spec"]), "schedulerName": "nobody"}
    there = {volume["name"] for volume in spec.get("volumes", [])}
    mounted = {mount["name"] for container in spec["containers"] for mount in container.get("volumeMounts", [])}
    # A StatefulSet adds these by itself.
    claimed = [{"name": one, "persistentVolumeClaim": {"claimName": one}} for one in sorted(mounted - there)]
    spec["volumes"] = [*spec.get("volumes", []), *claimed]
    labels = template["metadata"]["labels"]
    assert deployment_labels(args).items() <= labels.items(), name
    metadata = {"generateName": "pod-", "namespace": namespace, "labels": labels}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec}


def as_small_as_can_be(pod: dict[str, Any]) -> dict[str, Any]:
    """Leave of a pod one container that asks for next to nothing, so that only its being one more counts."""
    amounts = {"cpu": "1m", "memory": "1Mi", "ephemeral-storage": "1Mi"}
    container = {**pod["spec"]["containers"][0], "resources": {"requests": amounts, "limits": amounts}}
    return {**pod, "spec": {**pod["spec"], "containers": [container], "initContainers": []}}


def volume_claims(stateful_set: dict[str, Any], namespace: str) -> Iterator[dict[str, Any]]:
    spec, name = stateful_set["spec"], stateful_set["metadata"]["name"]
    for template in spec.get("volumeClaimTemplates", []):
        for replica in range(spec.get("replicas", 1)):
            requests = template["spec"]["resources"]["requests"]
            yield claim_of(f"{template['metadata']['name']}-{name}-{replica}", requests, namespace)


def claim_of(name: str, requests: Mapping[str, str], namespace: str) -> dict[str, Any]:
    spec = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": dict(requests)}}
    metadata = {"name": name, "namespace": namespace}
    return {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": metadata, "spec": spec}


def placed(manifest: dict[str, Any], namespace: str) -> dict[str, Any]:
    return {**manifest, "metadata": {**manifest["metadata"], "namespace": namespace}}
