"""The smallest valid arguments, for tests to change only what they are about."""

from typing import Any

from components import sizing
from components.args import (
    AirflowDeploymentArgs,
    ChartArgs,
    DatabaseArgs,
    EmbeddedDatabaseArgs,
    ImageArgs,
    WorkloadArgs,
)
from components.executor_args import (
    CeleryExecutorArgs,
    ExecutorArgs,
    ExecutorKind,
    KubernetesExecutorArgs,
    LocalExecutorArgs,
    VolumeArgs,
    WorkerQueueArgs,
)
from components.exposure_args import ServiceType, UiServiceArgs
from components.git_args import GitSyncArgs
from components.quantities import parse_bytes
from components.sizing import Size, Sized, sized

CHART_SHA256 = "1f7d1dfe3d58e2c54899950aba907a43625a18c8b6fb3c54760c21592129a5b6"


def resources(part: str, size: str = "small") -> Any:
    return sized(Sized(part), Size(size))


def workload(part: str, replicas: int = 1, size: str = "small") -> WorkloadArgs:
    return WorkloadArgs(replicas=replicas, resources=resources(part, size))


def volume(size: str = "5Gi", storage_class: str | None = None) -> VolumeArgs:
    return VolumeArgs(size=parse_bytes(size), storage_class=storage_class)


def worker_queue(name: str = "default", **overrides: Any) -> WorkerQueueArgs:
    fields = {"min_workers": 1, "max_workers": 1, "concurrency": 2, "resources": resources("worker")}
    return WorkerQueueArgs(name=name, **{**fields, **overrides})


def celery(*queues: WorkerQueueArgs, **overrides: Any) -> CeleryExecutorArgs:
    return CeleryExecutorArgs(queues=queues or (worker_queue(),), **{"redis": sizing.REDIS, **overrides})


def executor(*names: str, **overrides: Any) -> ExecutorArgs:
    """Name executors by their first word: `executor("celery", "kubernetes")`."""
    kinds = tuple(ExecutorKind[name.upper()] for name in names)
    fields = {
        "local": LocalExecutorArgs(parallelism=2),
        "celery": celery(),
        "kubernetes": KubernetesExecutorArgs(task_pod=resources("task_pod"), max_task_pods=4),
    }
    chosen = {name: fields[name] for name in names}
    return ExecutorArgs(kinds=kinds, **{**chosen, **overrides})


def git_sync(**overrides: Any) -> GitSyncArgs:
    fields = {"repo": "https://git.example.com/orders.git", "branch": "main", "sub_path": "dags"}
    return GitSyncArgs(**{**fields, "resources": sizing.GIT_SYNC, **overrides})


def embedded_database(**overrides: Any) -> DatabaseArgs:
    fields = {"image": "postgres:17.6", "resources": sizing.EMBEDDED_DATABASE, "volume": None}
    embedded = EmbeddedDatabaseArgs(**{**fields, **overrides})
    return DatabaseArgs(secret_name="analytics-orders-metadata", embedded=embedded)


def ui_service(kind: str = "LoadBalancer", **overrides: Any) -> UiServiceArgs:
    fields = {"source_ranges": ("192.0.2.0/24",), "port": 8080}
    return UiServiceArgs(type=ServiceType(kind), **{**fields, **overrides})


def airflow_deployment_args(**overrides: Any) -> AirflowDeploymentArgs:
    """Return the smallest deployment: LocalExecutor, DAGs in the image, a database that somebody else keeps."""
    version = overrides.get("airflow_version", "3.2.2")
    fields: dict[str, Any] = {
        "environment": "dev",
        "workspace": "analytics",
        "name": "orders",
        "cluster": "main",
        "namespace": "analytics-orders",
        "airflow_version": version,
        "image": ImageArgs(repository="apache/airflow", tag=version),
        "chart": ChartArgs(reference="airflow-1.22.0.tgz", version="1.22.0", sha256=CHART_SHA256),
        "executor": executor("local"),
        "scheduler": workload("scheduler"),
        "api_server": workload("api_server"),
        "dag_processor": workload("dag_processor"),
        "triggerer": workload("triggerer"),
        "statsd": sizing.STATSD,
        "log_groomer": sizing.LOG_GROOMER,
        "job": sizing.JOB,
        "database": DatabaseArgs(secret_name="analytics-orders-metadata"),
        "git_sync": None,
    }
    return AirflowDeploymentArgs(**{**fields, **overrides})
