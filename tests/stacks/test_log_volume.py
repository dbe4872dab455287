"""Task logs on a volume that all parts share: who has it, what it takes, and what may become of it."""

from typing import Any

import pytest

from components.quota import quota_lines
from stacks.offline import record_plan
from stacks.recording import reveal
from stacks.transitions import transition_problems
from tests.components.chart_rendering import containers, of_kind, pods, rendered
from tests.environments import embedded, plan_of, small_environment, workspace
from tests.recorded_rules import deploy_plan
from tests.stacks.environments import deployment, deployment_on, planned, refusals, shared

ORDERS = "workspaces.analytics.deployments.orders"
CLAIM = "kubernetes:core/v1:PersistentVolumeClaim"
VOLUME = {"size": "20Gi", "storage_class": "shared"}
FOLDER = "/opt/airflow/logs"
WITHOUT_LOGS = {"run-airflow-migrations", "redis", "statsd"}


def plan(**settings: Any) -> Any:
    analytics = {**workspace(), "deployments": {"orders": embedded(**settings)}}
    return plan_of(small_environment(workspaces={"analytics": analytics}))


@pytest.mark.chart
@pytest.mark.parametrize("version", ["3.2.2", "2.11.2"])
@pytest.mark.parametrize("executor", ["LocalExecutor", "CeleryExecutor", "KubernetesExecutor"])
def test_every_part_of_airflow_writes_to_and_reads_from_the_volume(executor, version):
    parsing = {"dag_processor": {"replicas": 1}}
    objects = rendered(deployment(executor=executor, airflow_version=version, logs={"volume": VOLUME}, **parsing))
    assert of_kind(objects, "PersistentVolumeClaim") == []
    assert {one["metadata"]["labels"]["component"] for one in of_kind(objects, "StatefulSet")} <= {"redis"}
    for owner, pod in pods(objects).items():
        if pod["metadata"]["labels"]["component"] in WITHOUT_LOGS:
            continue
        [logs] = [one for one in pod["spec"]["volumes"] if one["name"] == "logs"]
        assert logs["persistentVolumeClaim"]["claimName"] == "analytics-orders-logs", owner
        main = containers(pod)[-1] if owner == "TaskPod" else pod["spec"]["containers"][0]
        assert FOLDER in {mount["mountPath"] for mount in main["volumeMounts"]}, owner
        assert pod["spec"]["securityContext"]["fsGroupChangePolicy"] == "OnRootMismatch"


@pytest.mark.chart
def test_logs_are_groomed_before_they_fill_half_of_the_volume():
    sizes = {
        entry["value"]
        for pod in pods(rendered(deployment(executor="CeleryExecutor", logs={"volume": VOLUME}))).values()
        for container in pod["spec"]["containers"]
        for entry in container.get("env") or []
        if entry["name"] == "AIRFLOW__LOG_MAX_SIZE_BYTES"
    }
    assert sizes == {str(10 * 1024**3)}


@pytest.mark.parametrize("state", ["active", "hibernated", "retired"])
def test_the_volume_stays_in_all_states_and_counts_once(state):
    args = plan(state=state, logs={"volume": VOLUME}, scheduler={"replicas": 2})
    [claim] = deploy_plan(args).of_type(CLAIM)
    assert claim.inputs["metadata"]["name"] == "analytics-orders-logs"
    assert claim.inputs["spec"] == {
        "accessModes": ["ReadWriteMany"],
        "resources": {"requests": {"storage": "20Gi"}},
        "storageClassName": "shared",
    }
    [line] = [line for line in quota_lines(args.deployments[0]) if line.claims]
    assert (line.name, line.claims, line.storage, line.pods) == ("analytics-orders-logs", 1, 20 * 1024**3, 0)


def test_the_volume_is_protected_with_its_deployment_and_there_is_none_unless_it_is_asked_for():
    [claim] = deploy_plan(plan(protect=True, logs={"volume": VOLUME})).of_type(CLAIM)
    assert claim.protect
    assert deploy_plan(plan()).of_type(CLAIM) == []


def test_the_class_is_that_of_the_cluster_where_none_is_said():
    cluster = {"hosting": "enterprise", "context": "somewhere", "storage_class": "files"}
    args = deployment_on(cluster, logs={"volume": {"size": "1Gi"}})
    assert args.log_volume.storage_class == "files"


def test_a_deployment_may_send_its_logs_elsewhere_than_its_defaults():
    defaults = {"logs": {"volume": VOLUME}, "database": "embedded"}
    orders = {"logs": {"s3": {"folder": "s3://logs"}}}
    [args] = planned(workspaces={"analytics": shared(defaults=defaults, deployments={"orders": orders})}).deployments
    assert args.log_volume is None
    assert args.config["logging"]["remote_logging"] is True


def test_a_budget_counts_the_volume():
    workspaces = {"analytics": shared(budget={"storage": "10Gi"}, deployments={"orders": {"logs": {"volume": VOLUME}}})}
    assert "logs 1 x 20Gi = 20Gi" in "".join(refusals(workspaces=workspaces))


def changed(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    outputs = reveal(record_plan(plan(**before)).stack_outputs)
    return [f"{'.'.join(one.path)}: {one.message}" for one in transition_problems(outputs, plan(**after))]


WITH = {"logs": {"volume": VOLUME}}


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        (WITH, {"logs": {"volume": VOLUME | {"size": "30Gi"}}}, None),
        (WITH, {"may_lose": ["logs"]}, None),
        ({}, WITH, None),
        (WITH, WITH | {"state": "retired"}, None),
        (WITH, {}, "would go with the task logs on it. Leave it"),
        (WITH, {"logs": {"volume": VOLUME | {"size": "10Gi"}}}, "can only grow while"),
        (
            WITH,
            {"logs": {"volume": VOLUME | {"storage_class": "other"}}, "may_lose": ["logs"]},
            "can only grow while it is there (20Gi, shared to 20Gi, other)",
        ),
        (
            WITH | {"protect": True},
            {"protect": True, "may_lose": ["logs"]},
            "would go with the task logs on it, and the deployment is protected",
        ),
    ],
    ids=["grows", "may go", "is new", "is kept", "goes", "shrinks", "other class", "protected"],
)
def test_what_a_change_would_do_to_the_volume_is_said_before(before, after, said):
    lines = changed(before, after)
    assert lines == [] if said is None else (len(lines) == 1 and lines[0].startswith(f"{ORDERS}.logs.volume: {said}"))
