"""Options of airflow.cfg that nobody but the platform sets, and what to do instead.

By each of them a deployment could loosen who signs in, what is kept apart, its keys, or how much room it takes. Of
Airflow 2 and 3 alike, with the older names by which Airflow still reads some of them.
"""

import re
from collections.abc import Mapping

_EXECUTOR = "executor"
_QUEUES = "executor.queues"
_DATABASE = "database"
_HOST = "the cluster's ingress"
_SIGN_IN = "sign_in of the environment or the cluster"
_METRICS = "metrics.opentelemetry"
_PLATFORM = "Remove it: the platform makes and keeps its own"
_CLOSED = "Remove it: members are not to see or do what it opens"
_UNDONE = "Remove it: schedulers, workers and their sizes rest on that"

_SECTIONS: Mapping[str, str] = {"api_auth": _SIGN_IN, "execution_api": _PLATFORM}
"""Sections that are owned as a whole: who signs tokens, and which of them count."""
_SESSIONS = (
    "config_file session_backend session_lifetime_minutes cookie_secure cookie_samesite auth_rate_limit "
    "auth_rate_limited update_fab_perms"
)
_PROXY_FIX = "enable_proxy_fix proxy_fix_x_for proxy_fix_x_host proxy_fix_x_port proxy_fix_x_prefix proxy_fix_x_proto"
_OF_KUBERNETES = (
    "namespace multi_namespace_mode multi_namespace_mode_namespace_list in_cluster cluster_context config_file "
    "verify_ssl ssl_ca_cert task_publish_max_retries"
)
_OF_COLLECTOR = "otel_on otel_host otel_port otel_ssl_active otel_service"
_WAITING = "task_queued_timeout num_stuck_in_queued_retries"
_OLD_WAITING = "worker_pods_pending_timeout"
_BY_REMEDY: Mapping[str, Mapping[str, str]] = {
    _EXECUTOR: {"core": "executor"},
    f"{_EXECUTOR}.parallelism, {_QUEUES}.<queue>.concurrency or {_EXECUTOR}.max_task_pods": {
        "core": "parallelism default_pool_task_slot_count non_pooled_task_slot_count"
    },
    f"{_EXECUTOR}.broker": {"celery": "broker_url"},
    f"{_EXECUTOR}.task_pod": {"kubernetes_executor": "pod_template_file", "kubernetes": "pod_template_file"},
    f"{_EXECUTOR}.max_task_pods": {
        "kubernetes_executor": "worker_pods_creation_batch_size",
        "kubernetes": "worker_pods_creation_batch_size",
    },
    f"{_QUEUES}.<queue>.concurrency": {"celery": "worker_concurrency"},
    f"{_QUEUES}.<queue>.workers": {"celery": "worker_autoscale"},
    f"{_QUEUES}.default": {"operators": "default_queue", "celery": "default_queue"},
    "image.repository": {
        "kubernetes_executor": "worker_container_repository",
        "kubernetes": "worker_container_repository",
    },
    "image.tag": {"kubernetes_executor": "worker_container_tag", "kubernetes": "worker_container_tag"},
    "dags.git": {"core": "dags_folder", "dag_processor": "dag_bundle_config_list"},
    "dag_processor": {"scheduler": "standalone_dag_processor"},
    "dag_processor.cpu": {"scheduler": "parsing_processes max_threads", "dag_processor": "parsing_processes"},
    "triggerer.memory": {"triggerer": "capacity default_capacity"},
    "scheduler.cpu": {"celery": "sync_parallelism"},
    "api_server.memory": {"api": "workers", "webserver": "workers"},
    "keys.fernet.adopt": {"core": "fernet_key"},
    "keys.api.adopt": {"api": "secret_key", "webserver": "secret_key"},
    "keys.jwt.adopt": {"api_auth": "jwt_secret"},
    _DATABASE: {
        "core": "sql_alchemy_conn",
        "database": "sql_alchemy_conn sql_alchemy_conn_async",
        "celery": "result_backend",
    },
    _HOST: {"api": "base_url", "webserver": "base_url"},
    _SIGN_IN: {
        "core": "auth_manager simple_auth_manager_all_admins simple_auth_manager_users "
        "simple_auth_manager_passwords_file",
        "api": "auth_backends auth_backend enable_experimental_api",
        "fab": f"{_SESSIONS} auth_backends auth_role_public cache_ttl",
        "webserver": _SESSIONS,
    },
    _METRICS: {
        "metrics": f"statsd_on {_OF_COLLECTOR} otel_interval_milliseconds",
        "scheduler": "statsd_on",
        "traces": _OF_COLLECTOR,
    },
    _PLATFORM: {
        "core": "hostname_callable internal_api_secret_key internal_api_url database_access_isolation "
        "execution_api_server_url base_log_folder unit_test_mode multi_team",
        "database": "external_db_managers",
        "kubernetes_executor": f"{_OF_KUBERNETES} {_OLD_WAITING}",
        "kubernetes": f"{_OF_KUBERNETES} {_OLD_WAITING}",
        "api": "host port ssl_cert ssl_key ssl_ca_file ssl_cert_reqs",
        "workers": "execution_api_server_url",
        "fab": _PROXY_FIX,
        "webserver": f"web_server_host web_server_port web_server_ssl_cert web_server_ssl_key "
        f"run_internal_api {_PROXY_FIX}",
        "logging": "base_log_folder worker_log_server_port trigger_log_server_port",
        "metrics": "statsd_host statsd_port",
        "scheduler": f"statsd_host statsd_port {_WAITING}",
        "celery": "worker_log_server_port stalled_task_timeout task_adoption_timeout",
    },
    _CLOSED: {
        "core": "test_connection hide_sensitive_var_conn_fields enable_xcom_pickling",
        "admin": "hide_sensitive_variable_fields",
        "api": "expose_config enable_xcom_deserialize_support access_control_allow_origins "
        "access_control_allow_origin access_control_allow_headers access_control_allow_methods",
        "webserver": "expose_config allow_raw_html_descriptions",
    },
    # Celery's own options are laid over the broker, the result back end and the concurrency.
    _UNDONE: {
        "celery": "extra_celery_config celery_config_options",
        "scheduler": "num_runs use_row_level_locking",
    },
}
OWNED_OPTIONS: Mapping[tuple[str, str], str] = {
    (section, option): remedy
    for remedy, sections in _BY_REMEDY.items()
    for section, options in sections.items()
    for option in options.split()
}
"""Options (section, option) that a user may not set, each with the setting to use instead, or what else to do."""

_OWNED_VARIABLES = frozenset({"AIRFLOW_HOME", "AIRFLOW_CONFIG", "AIRFLOW_CONN_AIRFLOW_DB"})
_OPTION_VARIABLE = re.compile(r"AIRFLOW__(?P<section>[A-Z0-9_]+?)__(?P<option>[A-Z0-9_]+)")
_OPTION_NAME = re.compile(r"[A-Za-z0-9_.-]+")
_INDIRECT = re.compile(r"_(?:cmd|secret)$")


def is_owned(section: str, option: str) -> bool:
    """Tell whether an option is the platform's, by its own name."""
    return section in _SECTIONS or (section, option) in OWNED_OPTIONS


def refuse_option(section: str, option: str) -> str | None:
    """Tell why a user may not set an option of airflow.cfg; None where they may.

    The forms `<option>_cmd` and `<option>_secret` set the option too, and are refused with it.
    """
    if not (_OPTION_NAME.fullmatch(section) and _OPTION_NAME.fullmatch(option)):
        return "is not the name of an option; use letters, digits, dots, hyphens and underscores"
    keys = [(section.lower(), name) for name in (option.lower(), _INDIRECT.sub("", option.lower()))]
    owned = (OWNED_OPTIONS[key] for key in keys if key in OWNED_OPTIONS)
    remedy = next(owned, _SECTIONS.get(section.lower()))
    return remedy and f"[{section}] {option} {_refusal(remedy)}"


def refuse_variable(name: str) -> str | None:
    """Tell why a user may not set an environment variable; None where they may. Variables override airflow.cfg."""
    if name in _OWNED_VARIABLES:
        return f"{name} {_refusal(_PLATFORM)}"
    match = _OPTION_VARIABLE.fullmatch(name)
    if match is None:
        return None
    return refuse_option(match["section"].lower(), match["option"].lower())


def _refusal(remedy: str) -> str:
    if remedy == _CLOSED:
        return f"would weaken sign-in or isolation. {remedy}"
    if remedy == _UNDONE:
        return f"would undo what the platform sets. {remedy}"
    return f"is set by the platform{f'. {remedy}' if remedy == _PLATFORM else f'; use {remedy}'}"
