"""Turns what was said of task logs into options of Airflow, and into the variable that holds what opens the place.

Airflow looks for the connection of a bucket in a variable like any other, and for the options of a search engine that
are secret in variables too; so nothing secret is in airflow.cfg, and the executor does not matter.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from components.args import Scalar, SecretKeyArgs
from stacks.deployment_settings import DeploymentSettings
from stacks.log_settings import (
    AzureLogsSettings,
    ElasticsearchLogsSettings,
    GcsLogsSettings,
    LogsSettings,
    OpenedSettings,
    OpensearchLogsSettings,
    S3LogsSettings,
    SearchSettings,
)
from stacks.problems import Problem

CONNECTION = "airspace_logs"
"""Id of the connection that opens a bucket."""
_CONNECTION_VARIABLE = f"AIRFLOW_CONN_{CONNECTION.upper()}"
_KEY = "connection"
_HTTPS_PORT = 443
_ELASTICSEARCH_PORT = 9200
Options = dict[str, dict[str, Scalar]]


@dataclass(frozen=True, kw_only=True)
class RemoteLogs:
    """What Airflow is told of the place of its task logs."""

    config: Options = field(default_factory=dict)
    secret_env: Mapping[str, str] = field(default_factory=dict)
    """Variable to key of the stack's configuration."""
    referenced_env: Mapping[str, SecretKeyArgs] = field(default_factory=dict)
    """Variable to what holds it in a Secret that somebody else makes."""


def remote_logs(settings: LogsSettings) -> RemoteLogs:
    """Plan where task logs go; nothing where they stay."""
    place = _place(settings)
    if place is None:
        return RemoteLogs()
    _, at = place
    options = next(write(at) for kind, write in _OPTIONS.items() if type(at) is kind)
    variable = _variable(at)
    options["logging"] = {**options.get("logging", {}), "remote_logging": True}
    if variable == _CONNECTION_VARIABLE and (at.config or at.secret):
        options["logging"]["remote_log_conn_id"] = CONNECTION
    return RemoteLogs(
        config=options,
        secret_env={variable: at.config} if at.config else {},
        referenced_env={variable: SecretKeyArgs(secret_name=at.secret, key=_KEY)} if at.secret else {},
    )


def log_keys(settings: LogsSettings) -> dict[tuple[str, ...], str]:
    """Return the key of the stack's configuration that opens the place, by where it is written."""
    place = _place(settings)
    return {("logs", place[0], "config"): place[1].config} if place and place[1].config else {}


def log_ports(settings: LogsSettings) -> tuple[int, ...]:
    """Return the ports on which the place is reached; none where logs stay."""
    if settings.opensearch:
        return (settings.opensearch.port,)
    if settings.elasticsearch:
        # Its URL is a secret: its own port, or that of what stands before it.
        return (_ELASTICSEARCH_PORT, _HTTPS_PORT)
    return (_HTTPS_PORT,) if _place(settings) else ()


def log_problems(settings: DeploymentSettings, path: tuple[str, ...]) -> Iterator[Problem]:
    """Refuse what Airflow cannot do, and options that are said twice."""
    place = _place(settings.logs)
    if place is None:
        return
    if settings.logs.opensearch and (settings.airflow_version or "").startswith("2."):
        message = "needs Airflow 3, and this is Airflow 2. Choose another place, or upgrade"
        yield Problem((*path, "logs", "opensearch"), message)
    for where, variable in _said_elsewhere(settings):
        if variable in _variables(remote_logs(settings.logs)):
            yield Problem((*path, *where), f"is set by logs.{place[0]} already. Remove one of them")


def _variables(planned: RemoteLogs) -> set[str]:
    """Name what is planned as variables, which options are too."""
    options = {_option_variable(section, option) for section, written in planned.config.items() for option in written}
    return {*options, *planned.secret_env, *planned.referenced_env}


def _said_elsewhere(settings: DeploymentSettings) -> Iterator[tuple[tuple[str, ...], str]]:
    """Yield where a user sets something, and the variable that it comes to."""
    for section, written in settings.config.items():
        yield from ((("config", section, option), _option_variable(section, option)) for option in written)
    groups = (("env", "", settings.env), ("secret_env", "", settings.secret_env))
    for group, prefix, names in (*groups, ("connections", "AIRFLOW_CONN_", settings.connections)):
        yield from (((group, name), f"{prefix}{name}".upper()) for name in names)


def _option_variable(section: str, option: str) -> str:
    return f"AIRFLOW__{section}__{option}".upper()


def _place(settings: LogsSettings) -> tuple[str, OpenedSettings] | None:
    given = ((name, getattr(settings, name)) for name in type(settings).model_fields)
    return next(((name, place) for name, place in given if place is not None), None)


def _variable(place: OpenedSettings) -> str:
    if isinstance(place, ElasticsearchLogsSettings):
        return "AIRFLOW__ELASTICSEARCH__HOST"
    return "AIRFLOW__OPENSEARCH__PASSWORD" if isinstance(place, OpensearchLogsSettings) else _CONNECTION_VARIABLE


def _s3(place: S3LogsSettings) -> Options:
    return {"logging": {"remote_base_log_folder": place.folder, "encrypt_s3_logs": place.encrypt}}


def _gcs(place: GcsLogsSettings) -> Options:
    return {"logging": {"remote_base_log_folder": place.folder}}


def _azure(place: AzureLogsSettings) -> Options:
    return {
        "logging": {"remote_base_log_folder": f"wasb://{place.folder}"},
        "azure_remote_logging": {"remote_wasb_log_container": place.container},
    }


def _elasticsearch(place: ElasticsearchLogsSettings) -> Options:
    return {"elasticsearch": _written(place, "write_to_es")}


def _opensearch(place: OpensearchLogsSettings) -> Options:
    return {
        "opensearch": {
            "host": place.host,
            "port": place.port,
            "username": place.username,
            **_written(place, "write_to_os"),
        },
        "opensearch_configs": {"use_ssl": place.tls, "verify_certs": place.tls},
    }


def _written(place: SearchSettings, direct: str) -> dict[str, Scalar]:
    is_direct = place.write == "direct"
    return {"json_format": True, "write_stdout": not is_direct, direct: is_direct, "target_index": place.index}


_OPTIONS: Mapping[type[OpenedSettings], Callable[..., Options]] = {
    S3LogsSettings: _s3,
    GcsLogsSettings: _gcs,
    AzureLogsSettings: _azure,
    ElasticsearchLogsSettings: _elasticsearch,
    OpensearchLogsSettings: _opensearch,
}
