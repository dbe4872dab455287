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
from components.values import build_values
from components.workloads import Share, Workload, WorkloadKind, workloads
from tests.components import proofs
from tests.components.chart_rendering import of_kind, pods, rendered
from tests.components.pod_security import violations
from tests.components.proofs import Proof
from tests.components.scenarios import SCENARIOS
from tests.components.values_schema import schema_errors, unknown_keys

pytestmark = [pytest.mark.cluster, pytest.mark.chart]


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


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_a_deployment_fits_chart_pod_security_and_quota_and_nothing_more_fits(
    api, namespace, scenario, request, record_property
):
    args = SCENARIOS[scenario]
    core, objects = client.CoreV1Api(api), rendered(args)
    specs = compute_quota(args).specs
    _make_place(core, namespace, objects, specs)
    shared = [one for one in workloads(args) if one.is_claim]
    parts = [(one, _pod(args, one, objects)) for one in workloads(args) if not one.is_claim]
    for workload in shared:
        core.create_namespaced_persistent_volume_claim(namespace, _claim(workload, workload.name))
    unwelcome = [said for workload, pod in parts for said in _make(core, namespace, workload, pod)]
    found = Proof(
        schema_errors=len(schema_errors(build_values(args))),
        unknown_keys=len(unknown_keys(build_values(args))),
        violations=sum(len(violations(pod)) for pod in pods(objects).values()),
        admitted=len(core.list_namespaced_pod(namespace).items),
        pods=sum(int(specs[share]["hard"]["pods"]) for share in Share),
        refused=sum(_is_over_quota(core, namespace, pod) for _, pod in parts),
        more=len(parts),
    )
    record_property(proofs.PROPERTY, (scenario, found))
    if request.config.getoption("renew_golden"):
        proofs.renew(scenario, found, SCENARIOS)
    assert unwelcome == []
    assert found.is_whole, found
    assert proofs.read().get(scenario) == proofs.line(scenario, found)
    with pytest.raises(client.ApiException, match="exceeded quota: objects"):
        core.create_namespaced_persistent_volume_claim(namespace, _claim(parts[0][0], "more"), dry_run="All")


def test_the_committed_table_has_the_scenarios_and_no_others():
    assert list(proofs.read()) == sorted(SCENARIOS)


def _make_place(core: client.CoreV1Api, namespace: str, objects: list[dict[str, Any]], specs: Any) -> None:
    """Make the accounts of the pods, and the quotas."""
    charts_own = {account["metadata"]["name"] for account in of_kind(objects, "ServiceAccount")}
    for account in (*charts_own, service_accounts.SCHEDULER):
        core.create_namespaced_service_account(namespace, {"metadata": {"name": account}})
    for role, spec in specs.items():
        core.create_namespaced_resource_quota(namespace, {"metadata": {"name": role}, "spec": spec})
    _wait_for_quotas(core, namespace, len(specs))


def _make(core: client.CoreV1Api, namespace: str, workload: Workload, pod: dict[str, Any]) -> Iterator[str]:
    """Make the pods and claims of a workload's widest roll-out; yield what the server says of those it refuses."""
    for _ in range(workload.peak_replicas):
        try:
            core.create_namespaced_pod(namespace, pod)
        except client.ApiException as error:
            yield str(error.body)
    for number in range(workload.replicas if workload.volume else 0):
        core.create_namespaced_persistent_volume_claim(namespace, _claim(workload, f"{workload.name}-{number}"))


def _is_over_quota(core: client.CoreV1Api, namespace: str, pod: dict[str, Any]) -> bool:
    """Say whether one more of these pods is refused for the quota."""
    try:
        core.create_namespaced_pod(namespace, pod, dry_run="All")
    except client.ApiException as error:
        return "exceeded quota" in str(error.body)
    return False


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
