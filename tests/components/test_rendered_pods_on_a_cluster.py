"""The pods that the genuine chart renders, before the real API server: under the computed quota and Pod Security,
the widest roll-out is admitted, and not one pod or claim more."""

import copy
import time
import uuid
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from kubernetes import client

from components import naming, service_accounts
from components.args import AirflowDeploymentArgs
from components.priorities import class_names
from components.quota import compute_quota
from components.security import namespace_labels
from components.workloads import Share, Workload, WorkloadKind, workloads
from tests.components.chart_rendering import of_kind, pods, rendered
from tests.components.scenarios import SCENARIOS

pytestmark = [pytest.mark.cluster, pytest.mark.chart]

EXECUTORS = ("Local", "Celery", "Celery2Queues", "Kubernetes", "Celery+Kubernetes")
OPTIONS = ("plain", "git_sync", "volumes", "keda", "broker", "placed", "support", "bursting")
CHOSEN = [
    *(f"{name}-{version}-{option}" for name in EXECUTORS for version in ("3.2.2", "2.11.2") for option in OPTIONS),
    *("Edge-3.2.2-plain", "Celery+Edge-3.2.2-git_sync", "Kubernetes+Celery+Local-3.2.2-keda"),
    *("Celery-2.11.2-no_dag_processor", "Local+Celery-3.2.2-volumes", "Celery2Queues-3.2.2-replicas"),
]


@pytest.fixture(scope="module")
def classes(api) -> Iterator[None]:
    """Make the PriorityClasses of the scenarios' environment."""
    scheduling = client.SchedulingV1Api(api)
    names = [name for share in Share for name in class_names("dev", share)]
    for index, name in enumerate(names):
        scheduling.create_priority_class({"metadata": {"name": name}, "value": index})
    yield
    for name in names:
        scheduling.delete_priority_class(name)


@pytest.fixture
def namespace(api, classes) -> Iterator[str]:
    core = client.CoreV1Api(api)
    name = f"rendered-{uuid.uuid4().hex[:8]}"
    core.create_namespace({"metadata": {"name": name, "labels": namespace_labels()}})
    yield name
    core.delete_namespace(name)


@pytest.mark.parametrize("scenario", CHOSEN)
def test_the_widest_roll_out_is_admitted_and_nothing_more(api, namespace, scenario):
    args = SCENARIOS[scenario]
    core, objects = client.CoreV1Api(api), rendered(args)
    charts_own = {account["metadata"]["name"] for account in of_kind(objects, "ServiceAccount")}
    for account in (*charts_own, service_accounts.SCHEDULER):
        core.create_namespaced_service_account(namespace, {"metadata": {"name": account}})
    specs = compute_quota(args).specs
    for role, spec in specs.items():
        core.create_namespaced_resource_quota(namespace, {"metadata": {"name": role}, "spec": spec})
    _wait_for_quotas(core, namespace, len(specs))
    shared = [one for one in workloads(args) if one.is_claim]
    parts = [(one, _pod(args, one, objects)) for one in workloads(args) if one not in shared]
    for workload in shared:
        core.create_namespaced_persistent_volume_claim(namespace, _claim(workload, workload.name))
    for workload, pod in parts:
        for _ in range(workload.peak_replicas):
            core.create_namespaced_pod(namespace, pod)
        for number in range(workload.replicas if workload.volume else 0):
            core.create_namespaced_persistent_volume_claim(namespace, _claim(workload, f"{workload.name}-{number}"))
    made = core.list_namespaced_pod(namespace, limit=1)
    admitted = len(made.items) + (made.metadata.remaining_item_count or 0)
    assert admitted == sum(int(specs[share]["hard"]["pods"]) for share in Share)
    for _, pod in parts:
        with pytest.raises(client.ApiException, match="exceeded quota"):
            core.create_namespaced_pod(namespace, pod, dry_run="All")
    with pytest.raises(client.ApiException, match="exceeded quota: objects"):
        core.create_namespaced_persistent_volume_claim(namespace, _claim(parts[0][0], "more"), dry_run="All")


def _wait_for_quotas(core: client.CoreV1Api, namespace: str, count: int) -> None:
    """Wait until the controller has taken note of the quotas; before that, everything is refused."""
    deadline = time.monotonic() + 30
    while True:
        found = core.list_namespaced_resource_quota(namespace).items
        if len(found) == count and all(one.status.hard == one.spec.hard for one in found):
            return
        assert time.monotonic() < deadline, "the quotas were not in force in time"
        time.sleep(0.05)


def _pod(args: AirflowDeploymentArgs, workload: Workload, objects: list[dict[str, Any]]) -> dict[str, Any]:
    """Return one pod as the chart, or what runs beside it, would have it made."""
    template = _template(args, workload, objects)
    spec = copy.deepcopy(dict(template["spec"]))
    # Nobody runs them: a simulated job would end, and give back what it had reserved.
    spec["schedulerName"] = "none"
    mounted = {mount["name"] for one in spec["containers"] for mount in one.get("volumeMounts") or []}
    claimed = mounted - {volume["name"] for volume in spec.get("volumes") or []}
    assert not claimed or workload.kind is WorkloadKind.STATEFUL_SET
    claims = [{"name": name, "persistentVolumeClaim": {"claimName": name}} for name in sorted(claimed)]
    spec["volumes"] = [*(spec.get("volumes") or []), *claims]
    return {"metadata": {"generateName": "pod-", "labels": template["metadata"]["labels"]}, "spec": spec}


def _template(args: AirflowDeploymentArgs, workload: Workload, objects: list[dict[str, Any]]) -> Mapping[str, Any]:
    if workload.kind is WorkloadKind.POD:
        # What a user's operator would ask for; nobody renders it.
        context = {"runAsNonRoot": True, "runAsUser": 1000, "seccompProfile": {"type": "RuntimeDefault"}}
        container = {
            "name": "base",
            "image": "busybox",
            "resources": workload.pod.as_kubernetes(),
            "securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}},
        }
        priority_class = naming.priority_class_name(args.environment, workload.share)
        spec = {"priorityClassName": priority_class, "securityContext": context, "containers": [container]}
        return {"metadata": {"labels": {}}, "spec": spec}
    key = "TaskPod" if workload.kind is WorkloadKind.TASK_POD else f"{workload.kind}/{workload.name}"
    return pods(objects)[key]


def _claim(workload: Workload, name: str) -> dict[str, Any]:
    size = str(workload.volume.size) if workload.volume else "1Mi"
    spec = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": size}}}
    return {"metadata": {"name": name}, "spec": spec}
