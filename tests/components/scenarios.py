"""The deployments that every rule of the chart's values is tried on: executor x Airflow version x option."""

from collections.abc import Callable, Mapping
from typing import Any

from components.args import AirflowDeploymentArgs
from components.hosting_args import CaBundleArgs, NodeGroupArgs, ProxyArgs, RegistriesArgs, SiteArgs, TolerationArgs
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
    "Kubernetes+Celery+Local": lambda: executor("kubernetes", "celery", "local"),
}

OPTIONS: Mapping[str, Callable[[AirflowDeploymentArgs], Mapping[str, Any]]] = {
    "plain": lambda _: {},
    "git_sync": lambda _: {"git_sync": git_sync(ssh_key_secret="orders-ssh", known_hosts="git.example.com ssh-rsa A")},
    "git_credentials": lambda _: {"git_sync": git_sync(credentials_secret="orders-git")},
    "volumes": lambda args: {"executor": _with_volumes(args)},
    "host": lambda _: {"host": "orders.example.com", "ingress_class": "nginx", "tls_issuer": "letsencrypt"},
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
}


MATRIX = ("plain", "git_sync", "volumes", "host", "config")
EXTRAS = (
    ("Celery2Queues", "3.2.2", "replicas"),
    ("Kubernetes", "3.2.2", "replicas"),
    ("Local", "2.11.2", "replicas"),
    ("Local", "3.2.2", "replicas"),
    ("Kubernetes", "3.2.2", "git_credentials"),
    ("Celery", "3.2.2", "no_triggerer"),
    ("Celery2Queues", "3.2.2", "site"),
    ("Kubernetes", "2.11.2", "site"),
    ("Local+Celery", "3.2.2", "volumes"),
    ("Local+Celery", "2.11.2", "git_sync"),
    ("Kubernetes+Celery+Local", "3.2.2", "git_sync"),
)


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
