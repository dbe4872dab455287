"""The deployments that every rule of the chart's values is tried on: executor x Airflow version x option."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from components import sizing
from components.args import AirflowDeploymentArgs
from components.bursting import bursting
from components.executor_args import ClassExecutorArgs, Priority, Scaling, TaskVolumeArgs, TolerationArgs
from components.hosting_args import CaBundleArgs, NodeGroupArgs, ProxyArgs, RegistriesArgs, SiteArgs
from components.network_args import DestinationArgs, NetworkArgs
from components.secret_args import SecretKeyArgs
from components.sizing import Size, Sized, sized
from components.support_args import CleanupArgs, DatabaseCleanupArgs, ExtraTaskPodsArgs, PgbouncerArgs
from tests.factories import airflow_deployment_args, celery, executor, git_sync, volume, worker_queue, workload

VERSIONS = ("3.2.2", "2.11.2")

BRACES = "{{ ti.dag_id }}/{{ .Values.fernetKey }}/{%- if x %}"
"""Reads as a template to Jinja and to Helm; must arrive as it is."""

EXECUTORS: Mapping[str, Callable[[], Any]] = {
    "Local": lambda: executor("local"),
    "Celery": lambda: executor("celery"),
    "Celery2Queues": lambda: executor("celery", celery=celery(worker_queue(), _heavy())),
    "Kubernetes": lambda: executor("kubernetes"),
    "Celery+Kubernetes": lambda: executor("celery", "kubernetes"),
}

MORE_EXECUTORS: Mapping[str, Callable[[], Any]] = {
    **EXECUTORS,
    "Local+Celery": lambda: executor("local", "celery"),
    "Edge": lambda: executor_by_class(*()),
    "Celery+Edge": lambda: executor_by_class("celery"),
    "Kubernetes+Celery+Local": lambda: executor("kubernetes", "celery", "local"),
}

SUPPORT: Mapping[str, Any] = {
    "pgbouncer": PgbouncerArgs(
        replicas=2,
        resources=sized(Sized.PGBOUNCER, Size.SMALL),
        exporter=sizing.PGBOUNCER_EXPORTER,
        connections=10,
    ),
    "cleanup": CleanupArgs(schedule="7-59/15 * * * *"),
    "database_cleanup": DatabaseCleanupArgs(schedule="7 3 * * 0", retention_days=30),
    "extra_task_pods": ExtraTaskPodsArgs(max_pods=3, resources=sized(Sized.TASK_POD, Size.MEDIUM)),
}

OPTIONS: Mapping[str, Callable[[AirflowDeploymentArgs], Mapping[str, Any]]] = {
    "plain": lambda _: {},
    "git_sync": lambda _: {"git_sync": git_sync(ssh_key_secret="orders-ssh", known_hosts="git.example.com ssh-rsa A")},
    "git_credentials": lambda _: {"git_sync": git_sync(credentials_secret="orders-git")},
    "volumes": lambda args: {"executor": _with_volumes(args)},
    "host": lambda _: {"host": "orders.example.com", "ingress_class": "nginx", "tls_issuer": "letsencrypt"},
    "logs": lambda _: {
        "secret_env": {"AIRFLOW_CONN_AIRSPACE_LOGS": "logs_token"},
        "referenced_env": {"AIRFLOW__ELASTICSEARCH__HOST": SecretKeyArgs(secret_name="logs", key="connection")},
        "config": {"logging": {"remote_logging": True}, "elasticsearch": {"write_to_es": True}},
        "network": NetworkArgs(logs=DestinationArgs(ports=(9200, 443))),
    },
    "otel": lambda _: {
        "statsd": None,
        "env": {"OTEL_EXPORTER_OTLP_ENDPOINT": "https://otel.example.com:4318"},
        "referenced_env": {"OTEL_EXPORTER_OTLP_HEADERS": SecretKeyArgs(secret_name="otel", key="headers")},
        "config": {"metrics": {"otel_on": True, "otel_host": "otel.example.com", "otel_port": 4318}},
        "network": NetworkArgs(metrics=DestinationArgs(ports=(4318,))),
    },
    "config": lambda _: {
        "env": {"GREETING": BRACES, "LINES": "one\ntwo"},
        "secret_env": {"API_TOKEN": "orders_token"},
        "config": {"logging": {"log_filename_template": BRACES}, "core": {"max_map_length": 1_000_000}},
    },
    "replicas": lambda args: {
        "scheduler": workload("scheduler", replicas=2),
        "api_server": workload("api_server", replicas=3),
        "triggerer": workload("triggerer", replicas=2),
        "executor": _scaled(args),
    },
    "site": lambda _: {
        "git_sync": git_sync(credentials_secret="orders-git"),
        "site": SiteArgs(
            node_group=NodeGroupArgs(selector={"pool": "big"}, tolerations=(TolerationArgs(key="dedicated"),)),
            registries=RegistriesArgs(mirror="registry.example.com/mirror", pull_secrets=("registry",)),
            ca_bundle=CaBundleArgs(secret="company-ca"),
            proxy=ProxyArgs(http="http://proxy:3128", https="http://proxy:3128"),
        ),
    },
    "no_triggerer": lambda _: {"triggerer": None},
    "log_volume": lambda _: {"log_volume": volume("20Gi", "shared")},
    "keda": lambda args: {"executor": _queued(args, _scaled_by_keda)},
    "broker": lambda args: {"executor": _queued(args, lambda queue: queue, redis=None, broker_secret_name="messages")},
    "support": lambda _: SUPPORT,
    "bursting": lambda args: {
        name: getattr(bursting(replace(args, **SUPPORT), Decimal("2.5")), name)
        for name in (*SUPPORT, "executor", "scheduler", "api_server", "dag_processor", "triggerer", "statsd", "job")
    },
    "placed": lambda args: {"executor": _placed(args)},
    "launching": lambda _: {"pod_launching": True, "extra_task_pods": SUPPORT["extra_task_pods"]},
}


TASK_VOLUMES = (
    TaskVolumeArgs(name="models", path="/models", claim="models", size=20 * 1024**3, is_read_only=True),
    TaskVolumeArgs(name="rules", path="/etc/rules", config_map="rules"),
    TaskVolumeArgs(name="scratch", path="/scratch", scratch=1024**3),
    TaskVolumeArgs(name="keys", path="/etc/keys", secret_name="keys"),
)
MATRIX = ("plain", "git_sync", "volumes", "host", "config", "keda", "broker", "placed", "support", "bursting")
EXTRAS = (
    ("Celery2Queues", "3.2.2", "replicas"),
    ("Kubernetes", "3.2.2", "replicas"),
    ("Local", "2.11.2", "replicas"),
    ("Local", "3.2.2", "replicas"),
    ("Kubernetes", "3.2.2", "git_credentials"),
    ("Celery", "3.2.2", "no_triggerer"),
    ("Celery", "3.2.2", "logs"),
    ("Kubernetes", "2.11.2", "logs"),
    ("Celery+Kubernetes", "3.2.2", "otel"),
    ("Celery+Kubernetes", "3.2.2", "log_volume"),
    ("Local", "2.11.2", "log_volume"),
    ("Local", "2.11.2", "otel"),
    ("Celery", "3.2.2", "launching"),
    ("Kubernetes", "2.11.2", "launching"),
    ("Celery2Queues", "3.2.2", "site"),
    ("Kubernetes", "2.11.2", "site"),
    ("Local+Celery", "3.2.2", "volumes"),
    ("Local+Celery", "2.11.2", "git_sync"),
    ("Kubernetes+Celery+Local", "3.2.2", "git_sync"),
    ("Kubernetes+Celery+Local", "3.2.2", "keda"),
    ("Edge", "3.2.2", "plain"),
    ("Edge", "2.11.2", "plain"),
    ("Celery+Edge", "3.2.2", "git_sync"),
)


EDGE = "airflow.providers.edge3.executors.EdgeExecutor"


def executor_by_class(*names: str) -> Any:
    sized = executor(*names)
    return replace(sized, classes=(ClassExecutorArgs(path=EDGE, parallelism=32),), names=(*sized.kinds, EDGE))


def _heavy() -> Any:
    return worker_queue("heavy", max_workers=3, min_workers=0, concurrency=1, node_selector={"disk": "fast"})


def _with_volumes(args: AirflowDeploymentArgs) -> Any:
    names = [kind.name.lower() for kind in args.executor.kinds]
    if args.executor.celery is None:
        return args.executor
    queues = [worker_queue(queue.name, volume=volume("7Gi", "fast")) for queue in args.executor.celery.queues]
    return executor(*names, celery=celery(*queues, redis_volume=volume("1Gi")))


def _scaled(args: AirflowDeploymentArgs) -> Any:
    names = [kind.name.lower() for kind in args.executor.kinds]
    if args.executor.celery is None:
        return args.executor
    queues = [worker_queue(queue.name, min_workers=0, max_workers=4) for queue in args.executor.celery.queues]
    return executor(*names, celery=celery(*queues))


def _queued(args: AirflowDeploymentArgs, change: Callable[[Any], Any], **overrides: Any) -> Any:
    if args.executor.celery is None:
        return args.executor
    queues = tuple(map(change, args.executor.celery.queues))
    return replace(args.executor, celery=replace(args.executor.celery, queues=queues, **overrides))


def _scaled_by_keda(queue: Any) -> Any:
    return replace(queue, min_workers=0, max_workers=3, scaling=Scaling.KEDA)


def _placed(args: AirflowDeploymentArgs) -> Any:
    """Pods on nodes of their own, with a day to end, and what a task pod's template may carry."""
    nodes = {"node_selector": {"example.com/disks": "fast"}}
    taints = {"tolerations": (TolerationArgs(key="gpu"), TolerationArgs(key="team", value="a", effect="NoSchedule"))}
    placed = _queued(
        args, lambda queue: replace(queue, grace_seconds=86_400, priority=Priority.HIGH, **nodes, **taints)
    )
    if placed.kubernetes is None:
        return placed
    marks = {"labels": {"example.com/cost": "42"}, "annotations": {"example.com/note": BRACES}}
    added = {"env": {"OMP_NUM_THREADS": "1"}, "referenced_env": {"TOKEN": SecretKeyArgs(secret_name="v", key="t")}}
    more = {"priority": Priority.LOW, "grace_seconds": 60, "volumes": TASK_VOLUMES, **added}
    return replace(placed, kubernetes=replace(placed.kubernetes, **more, **nodes, **taints, **marks))


def scenario(executor_name: str, version: str, option: str) -> AirflowDeploymentArgs:
    plain = airflow_deployment_args(executor=MORE_EXECUTORS[executor_name](), airflow_version=version)
    overrides = {"executor": plain.executor, **OPTIONS[option](plain)}
    return airflow_deployment_args(airflow_version=version, **overrides)


def _all() -> dict[str, AirflowDeploymentArgs]:
    found = {
        f"{name}-{version}-{option}": scenario(name, version, option)
        for name in EXECUTORS
        for version in VERSIONS
        for option in MATRIX
    }
    for name, version, option in EXTRAS:
        found[f"{name}-{version}-{option}"] = scenario(name, version, option)
    for name in ("Local", "Celery"):
        # Only Airflow 2 may leave parsing to the scheduler.
        found[f"{name}-2.11.2-no_dag_processor"] = airflow_deployment_args(
            executor=EXECUTORS[name](), airflow_version="2.11.2", dag_processor=None, git_sync=git_sync()
        )
    return found


SCENARIOS: Mapping[str, AirflowDeploymentArgs] = _all()
