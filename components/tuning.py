"""What Airflow is told about the room it has: options of airflow.cfg that follow from what is reserved.

Airflow that believes in more room than its quota gives starts pods that are refused, and runs tasks until memory is
gone; so these options are the platform's. Owns also the list of options that nobody else may set, and what to set
instead.
"""

import re
from collections.abc import Mapping

from components.args import AirflowDeploymentArgs, Scalar
from components.executor_args import CeleryExecutorArgs, WorkerQueueArgs
from components.sizing import server_processes
from components.task_slots import parallelism, task_slots

DEFAULT_QUEUE = "default"
"""The worker queue of tasks that name none."""

_SMALLEST_POOL = 128
"""Airflow's own default size of the pool that all tasks share."""
_LARGEST_BATCH = 16
"""Pods that a scheduler starts in one turn; each waits for the API server, and nothing else is scheduled meanwhile."""

_EXECUTOR = "executor"
_QUEUES = "executor.queues"
_DATABASE = "database"
_GIT = "dags.git"
_HOST = "the cluster's ingress"
_PLATFORM = "Remove it: the platform makes and keeps its own"
_SIGN_IN = "sign_in of the environment or the cluster"

OWNED_OPTIONS: Mapping[tuple[str, str], str] = {
    ("core", "executor"): _EXECUTOR,
    ("core", "parallelism"): _EXECUTOR,
    ("core", "default_pool_task_slot_count"): _EXECUTOR,
    ("core", "dags_folder"): _GIT,
    ("core", "fernet_key"): "keys.fernet.adopt",
    ("core", "hostname_callable"): _PLATFORM,
    ("core", "internal_api_secret_key"): _PLATFORM,
    ("core", "execution_api_server_url"): _PLATFORM,
    ("core", "sql_alchemy_conn"): _DATABASE,
    ("database", "sql_alchemy_conn"): _DATABASE,
    ("database", "sql_alchemy_conn_async"): _DATABASE,
    ("celery", "broker_url"): f"{_EXECUTOR}.broker",
    ("celery", "result_backend"): _DATABASE,
    ("celery", "worker_concurrency"): f"{_QUEUES}.<queue>.concurrency",
    ("celery", "worker_autoscale"): f"{_QUEUES}.<queue>.workers",
    ("operators", "default_queue"): f"{_QUEUES}.{DEFAULT_QUEUE}",
    ("kubernetes_executor", "namespace"): _PLATFORM,
    ("kubernetes_executor", "multi_namespace_mode"): _PLATFORM,
    ("kubernetes_executor", "pod_template_file"): f"{_EXECUTOR}.task_pod",
    ("kubernetes_executor", "worker_container_repository"): "image.repository",
    ("kubernetes_executor", "worker_container_tag"): "image.tag",
    ("kubernetes_executor", "task_publish_max_retries"): _PLATFORM,
    ("kubernetes_executor", "worker_pods_creation_batch_size"): f"{_EXECUTOR}.max_task_pods",
    ("api", "base_url"): _HOST,
    ("api", "port"): _PLATFORM,
    ("api", "secret_key"): _PLATFORM,
    ("api", "workers"): "api_server.memory",
    ("api_auth", "jwt_secret"): _PLATFORM,
    ("api", "auth_backends"): _SIGN_IN,
    ("api_auth", "jwt_cli_expiration_time"): _SIGN_IN,
    ("api_auth", "jwt_expiration_time"): _SIGN_IN,
    ("core", "auth_manager"): _SIGN_IN,
    ("fab", "auth_backends"): _SIGN_IN,
    ("fab", "auth_role_public"): _SIGN_IN,
    ("fab", "cache_ttl"): _SIGN_IN,
    ("fab", "config_file"): _SIGN_IN,
    ("fab", "session_lifetime_minutes"): _SIGN_IN,
    ("webserver", "config_file"): _SIGN_IN,
    ("webserver", "session_lifetime_minutes"): _SIGN_IN,
    ("webserver", "base_url"): _HOST,
    ("webserver", "secret_key"): _PLATFORM,
    ("webserver", "web_server_port"): _PLATFORM,
    ("webserver", "workers"): "api_server.memory",
    ("logging", "base_log_folder"): _PLATFORM,
    ("logging", "worker_log_server_port"): _PLATFORM,
    ("logging", "trigger_log_server_port"): _PLATFORM,
    ("scheduler", "standalone_dag_processor"): "dag_processor",
    ("metrics", "statsd_host"): _PLATFORM,
    ("metrics", "statsd_port"): _PLATFORM,
}
"""Options (section, option) that a user may not set, each with the setting to use instead, or what else to do."""

_OWNED_VARIABLES = frozenset({"AIRFLOW_HOME", "AIRFLOW_CONFIG", "AIRFLOW_CONN_AIRFLOW_DB"})
_OPTION_VARIABLE = re.compile(r"AIRFLOW__(?P<section>[A-Z0-9_]+?)__(?P<option>[A-Z0-9_]+)")
_OPTION_NAME = re.compile(r"[A-Za-z0-9_.-]+")
_INDIRECT = re.compile(r"_(?:cmd|secret)$")


def refuse_option(section: str, option: str) -> str | None:
    """Tell why a user may not set an option of airflow.cfg; None where they may.

    The forms `<option>_cmd` and `<option>_secret` set the option too, and are refused with it.
    """
    if not (_OPTION_NAME.fullmatch(section) and _OPTION_NAME.fullmatch(option)):
        return "is not the name of an option; use letters, digits, dots, hyphens and underscores"
    keys = [(section.lower(), name) for name in (option.lower(), _INDIRECT.sub("", option.lower()))]
    instead = next((OWNED_OPTIONS[key] for key in keys if key in OWNED_OPTIONS), None)
    return instead and f"[{section}] {option} {_set_by_the_platform(instead)}"


def refuse_variable(name: str) -> str | None:
    """Tell why a user may not set an environment variable; None where they may. Variables override airflow.cfg."""
    if name in _OWNED_VARIABLES:
        return f"{name} {_set_by_the_platform(_PLATFORM)}"
    match = _OPTION_VARIABLE.fullmatch(name)
    if match is None:
        return None
    return refuse_option(match["section"].lower(), match["option"].lower())


def _set_by_the_platform(instead: str) -> str:
    return f"is set by the platform{f'. {instead}' if instead == _PLATFORM else f'; use {instead}'}"


def tuned_config(args: AirflowDeploymentArgs) -> dict[str, dict[str, Scalar]]:
    """Return the options of airflow.cfg that follow from a deployment's arguments."""
    config: dict[str, dict[str, Scalar]] = {
        "core": {
            "parallelism": parallelism(args),
            # Read once, when the database is made; a smaller pool would hold tasks back for ever after.
            "default_pool_task_slot_count": max(_SMALLEST_POOL, task_slots(args)),
            # Pods of a Deployment have no DNS name, and task logs are fetched from the pod by this name.
            "hostname_callable": "airflow.utils.net.get_host_ip_address",
            "load_examples": False,
        },
        # Phones home; under default-deny egress it would only wait for a time-out.
        "usage_data_collection": {"enabled": False},
        **_server_config(args),
    }
    if args.executor.celery:
        config["celery"] = {"worker_concurrency": default_queue(args.executor.celery).concurrency}
        config["operators"] = {"default_queue": default_queue(args.executor.celery).name}
    if args.executor.kubernetes:
        config["kubernetes_executor"] = {
            # A pod that the quota refuses is tried again; by default the task fails at once.
            "task_publish_max_retries": -1,
            "worker_pods_creation_batch_size": min(_LARGEST_BATCH, args.executor.kubernetes.max_task_pods),
        }
    return config


def default_queue(celery: CeleryExecutorArgs) -> WorkerQueueArgs:
    """Return the queue of tasks that name none: the one called `default`, else the first."""
    return next((queue for queue in celery.queues if queue.name == DEFAULT_QUEUE), celery.queues[0])


def _server_config(args: AirflowDeploymentArgs) -> dict[str, dict[str, Scalar]]:
    options: dict[str, Scalar] = {"workers": server_processes(args.api_server.resources)}
    if args.url:
        options["base_url"] = args.url
    return {"webserver" if args.airflow_major == 2 else "api": options}  # noqa: PLR2004
