"""The pod model against the shared record of what the chart renders with its own defaults."""

import json
from typing import Any

import pytest

from components import naming
from components.args import AirflowDeploymentArgs
from components.workloads import WorkloadKind, workloads
from tests.components.chart_rendering import oracles
from tests.factories import airflow_deployment_args, celery, executor, git_sync, volume, worker_queue

pytestmark = pytest.mark.oracle

NOT_OURS = {"pgbouncer", "flower", "create-user", "airflow-cleanup-pods", "database-cleanup"}
"""Optional parts of the chart that the platform does not switch on."""
EXECUTORS = {
    "LocalExecutor": ("local",),
    "CeleryExecutor": ("celery",),
    "KubernetesExecutor": ("kubernetes",),
    "CeleryExecutor+KubernetesExecutor": ("celery", "kubernetes"),
}
OPTIONS = {
    "plain": (),
    "git_sync+pgbouncer": ("git_sync",),
    "persistence": ("volumes",),
    "persistence+git_sync+pgbouncer+flower+cleanup+database_cleanup+create_user+queues": (
        "git_sync",
        "volumes",
        "queues",
    ),
}


def _args(version: str, names: tuple[str, ...], options: tuple[str, ...]) -> AirflowDeploymentArgs:
    logs = volume("100Gi") if "volumes" in options else None
    queues = [worker_queue(volume=logs)]
    if "queues" in options:
        queues.append(worker_queue("highcpu", volume=logs, min_workers=3, max_workers=3))
    overrides: dict[str, Any] = {"celery": celery(*queues, redis_volume=volume("1Gi"))} if "celery" in names else {}
    return airflow_deployment_args(
        namespace="rel",
        airflow_version=version,
        executor=executor(*names, **overrides),
        git_sync=git_sync() if "git_sync" in options else None,
        # The chart leaves parsing to the scheduler where Airflow is 2.x.
        **({"dag_processor": None} if version.startswith("2") else {}),
    )


def _recorded(version: str, executor_name: str, option: str) -> set[tuple[Any, ...]]:
    file = oracles() / "workloads" / f"airflow-{version}.{executor_name}.{option}.json"
    return {
        _expected(workload, stateful_logs="persistence" in option)
        for workload in json.loads(file.read_text())["workloads"]
        if not NOT_OURS & {container["name"] for container in workload["containers"]}
    }


def _expected(workload: dict[str, Any], *, stateful_logs: bool) -> tuple[Any, ...]:
    component = workload["component"]
    kind = workload["kind"]
    name = workload["name"]
    containers = [container["name"] for container in workload["containers"]]
    claims = tuple(claim["storage"] for claim in workload["volume_claims"])
    if kind == "Pod":
        kind, name = WorkloadKind.TASK_POD, "rel-task"
    # Two of our choices differ from the chart's defaults: only workers keep their logs on volumes, and logs of
    # workers without one are groomed too.
    if stateful_logs and component in {"triggerer", "scheduler"}:
        kind, claims = WorkloadKind.DEPLOYMENT, ()
    if component == "worker" and kind == "Deployment":
        containers.append("worker-log-groomer")
    init = tuple(container["name"] for container in workload["init_containers"])
    return kind, name, component, init, tuple(containers), claims, workload["replicas"] or 1


@pytest.mark.parametrize("option", OPTIONS)
@pytest.mark.parametrize("executor_name", EXECUTORS)
@pytest.mark.parametrize("version", ["3.2.2", "2.11.2"])
def test_the_model_has_the_pods_that_the_chart_is_recorded_to_render(version, executor_name, option):
    args = _args(version, EXECUTORS[executor_name], OPTIONS[option])
    recorded = _recorded(version, executor_name, option)
    stated = {
        (
            workload.kind,
            workload.name,
            workload.component or "worker",
            tuple(container.name for container in workload.init_containers),
            tuple(container.name for container in workload.containers),
            (f"{workload.volume.size // 1024**3}Gi",) if workload.volume else (),
            1 if workload.kind is WorkloadKind.TASK_POD else workload.replicas,
        )
        for workload in workloads(args)
    }
    assert stated == recorded


def test_names_of_workers_are_the_charts():
    names = {name for _, name, component, *_ in _recorded("3.2.2", "CeleryExecutor", list(OPTIONS)[3]) if component}
    assert {naming.worker_set_name("rel", queue) for queue in ("default", "highcpu")} <= names
