"""The quotas before the real API server: that it takes them, and what it then admits and refuses."""

import time
import uuid
from typing import Any

import pytest
from kubernetes import client

from components import naming
from components.args import AirflowDeploymentArgs
from components.executor_args import Priority
from components.priorities import class_name, class_names
from components.quantities import Resources
from components.quota import compute_quota
from components.workloads import Container, Share, Workload, WorkloadKind, workloads
from tests.factories import airflow_deployment_args, celery, executor, worker_queue

pytestmark = pytest.mark.cluster

FOREIGN_CLASS = "system-cluster-critical"


@pytest.fixture(scope="module")
def args(api):
    """Yield a deployment whose namespace exists, with its quotas in force, and nothing in it."""
    name = f"quota-{uuid.uuid4().hex[:8]}"
    scaled = executor("celery", "kubernetes", celery=celery(worker_queue(max_workers=2)))
    deployment = airflow_deployment_args(environment=name, namespace=name, executor=scaled)
    core, scheduling = client.CoreV1Api(api), client.SchedulingV1Api(api)
    core.create_namespace({"metadata": {"name": name}})
    classes = [one for share in Share for one in class_names(name, share)]
    try:
        for index, priority_class in enumerate(classes):
            scheduling.create_priority_class({"metadata": {"name": priority_class}, "value": index})
        for role, spec in compute_quota(deployment).specs.items():
            core.create_namespaced_resource_quota(name, {"metadata": {"name": role}, "spec": spec})
        _wait(lambda: _quotas_in_force(core, name))
        _wait(lambda: core.list_namespaced_service_account(name).items)
        yield deployment
    finally:
        core.delete_namespace(name)
        for priority_class in classes:
            scheduling.delete_priority_class(priority_class)


def test_the_server_stores_the_quotas_as_they_are_written(api, args):
    stored = client.CoreV1Api(api).list_namespaced_resource_quota(args.namespace).items
    assert {quota.metadata.name: quota.spec.hard for quota in stored} == {
        role: spec["hard"] for role, spec in compute_quota(args).specs.items()
    }


def test_the_server_refuses_disk_in_a_quota_of_a_priority_class(api, args):
    spec = compute_quota(args).specs[Share.CORE]
    hard = {**spec["hard"], "requests.ephemeral-storage": "1Gi"}
    quota = {"metadata": {"name": "disk"}, "spec": {**spec, "hard": hard}}
    with pytest.raises(client.ApiException, match="unsupported scope applied to resource"):
        client.CoreV1Api(api).create_namespaced_resource_quota(args.namespace, quota, dry_run="All")


@pytest.mark.parametrize("priority_class", [None, FOREIGN_CLASS])
def test_pods_outside_both_shares_are_refused(api, args, priority_class):
    pod = _pod(args, workloads(args)[0], priority_class=priority_class)
    with pytest.raises(client.ApiException, match="exceeded quota: other"):
        client.CoreV1Api(api).create_namespaced_pod(args.namespace, pod, dry_run="All")


@pytest.mark.parametrize("priority", Priority)
def test_tasks_of_each_priority_share_one_quota(api, args, priority):
    """Room of one priority is room of all: what one takes is lacking to the others."""
    core, tasks = client.CoreV1Api(api), compute_quota(args).specs[Share.TASKS]
    [workload] = [one for one in workloads(args) if one.kind is WorkloadKind.TASK_POD]
    name = class_name(args.environment, Share.TASKS, priority)
    made = core.create_namespaced_pod(args.namespace, _pod(args, workload, priority_class=name))
    try:
        used = core.read_namespaced_resource_quota("tasks", args.namespace).status.used
        assert (used["pods"], tasks["hard"].keys()) == ("1", used.keys())
    finally:
        core.delete_namespaced_pod(made.metadata.name, args.namespace, grace_period_seconds=0)
        _wait(lambda: core.read_namespaced_resource_quota("tasks", args.namespace).status.used["pods"] == "0")


def test_the_classes_of_a_standing_quota_change_in_place(api, args):
    """As they do where an environment stood before there were three of tasks."""
    spec = compute_quota(args).specs[Share.TASKS]
    expression = {"scopeName": "PriorityClass", "operator": "In", "values": class_names(args.environment, Share.TASKS)}
    earlier = {**spec, "scopeSelector": {"matchExpressions": [expression | {"values": expression["values"][:1]}]}}
    quota = {"metadata": {"name": "tasks"}, "spec": earlier}
    changed = client.CoreV1Api(api).replace_namespaced_resource_quota("tasks", args.namespace, quota, dry_run="All")
    assert len(changed.spec.scope_selector.match_expressions[0].values) == 1


def test_services_that_open_ports_of_nodes_are_refused(api, args):
    spec = {"type": "NodePort", "ports": [{"port": 80}]}
    with pytest.raises(client.ApiException, match="exceeded quota: objects"):
        client.CoreV1Api(api).create_namespaced_service(
            args.namespace, {"metadata": {"name": "open"}, "spec": spec}, dry_run="All"
        )


def test_volume_claims_beyond_the_plan_are_refused(api, args):
    spec = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Mi"}}}
    with pytest.raises(client.ApiException, match="exceeded quota: objects"):
        client.CoreV1Api(api).create_namespaced_persistent_volume_claim(
            args.namespace, {"metadata": {"name": "more"}, "spec": spec}, dry_run="All"
        )


def test_the_widest_roll_out_is_admitted_and_not_one_pod_more(api, args):
    core = client.CoreV1Api(api)
    for workload in workloads(args):
        for _ in range(workload.peak_replicas):
            core.create_namespaced_pod(args.namespace, _pod(args, workload))
    smallest = Container(name="one", resources=Resources.reserved("1m", "1Mi", "1Mi"))
    for workload in workloads(args):
        for extra in (_pod(args, workload), _pod(args, workload, container=smallest)):
            with pytest.raises(client.ApiException, match="exceeded quota"):
                core.create_namespaced_pod(args.namespace, extra, dry_run="All")


def _pod(
    args: AirflowDeploymentArgs,
    workload: Workload,
    priority_class: str | None = "",
    container: Container | None = None,
) -> dict[str, Any]:
    if priority_class == "":
        priority_class = naming.priority_class_name(args.environment, workload.share)

    def written(group: tuple[Container, ...]) -> list[dict[str, Any]]:
        return [{"name": entry.name, "image": "pause", "resources": entry.resources.as_kubernetes()} for entry in group]

    return {
        "metadata": {"generateName": "pod-"},
        "spec": {
            "containers": written((container,) if container else workload.containers),
            "initContainers": [] if container else written(workload.init_containers),
            # Nobody runs them: a simulated job would end, and give back what it had reserved.
            "schedulerName": "none",
            **({"priorityClassName": priority_class} if priority_class else {}),
        },
    }


def _quotas_in_force(core: client.CoreV1Api, namespace: str) -> bool:
    quotas = core.list_namespaced_resource_quota(namespace).items
    return bool(quotas) and all(quota.status.hard == quota.spec.hard for quota in quotas)


def _wait(condition: Any, seconds: float = 30) -> None:
    started = time.monotonic()
    while not condition():
        assert time.monotonic() - started < seconds, "the control plane did not get there in time"
        time.sleep(0.1)
