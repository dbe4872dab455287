"""Turns what was said of task logs into options of Airflow, and into the variable that holds what opens the place.

Airflow looks for the connection of a bucket in a variable like any other, and for the options of a search engine that
are secret in variables too; so nothing secret is in airflow.cfg, and the executor does not matter.
"""

from collections.abc import Callable, Iterator, Mapping

from components.args import Scalar
from components.secret_args import SecretKeyArgs
from stacks.deployment_settings import DeploymentSettings
from stacks.executor_settings import CeleryExecutorSettings
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
from stacks.told import Told, said_twice

CONNECTION = "airspace_logs"
"""Id of the connection that opens a bucket."""
_CONNECTION_VARIABLE = f"AIRFLOW_CONN_{CONNECTION.upper()}"
_KEY = "connection"
_HTTPS_PORT = 443
_ELASTICSEARCH_PORT = 9200
Options = dict[str, dict[str, Scalar]]


def remote_logs(settings: LogsSettings) -> Told:
    """Plan where task logs go; nothing where they stay."""
    place = _place(settings)
    if place is None:
        return Told()
    _, at = place
    options = next(write(at) for kind, write in _OPTIONS.items() if type(at) is kind)
    variable = _variable(at)
    options["logging"] = {**options.get("logging", {}), "remote_logging": True}
    if variable == _CONNECTION_VARIABLE and (at.config or at.secret):
        options["logging"]["remote_log_conn_id"] = CONNECTION
    return Told(
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
    """Refuse what Airflow cannot do, options that are said twice, and volumes that nothing would be written to."""
    if settings.logs.volume:
        yield from _idle_volumes(settings, path)
    place = _place(settings.logs)
    if place is None:
        return
    if settings.logs.opensearch and (settings.airflow_version or "").startswith("2."):
        message = "needs Airflow 3, and this is Airflow 2. Choose another place, or upgrade"
        yield Problem((*path, "logs", "opensearch"), message)
    yield from said_twice(remote_logs(settings.logs), f"logs.{place[0]}", settings, path)


def _idle_volumes(settings: DeploymentSettings, path: tuple[str, ...]) -> Iterator[Problem]:
    for executor in settings.executor or ():
        for name, queue in executor.queues.items() if isinstance(executor, CeleryExecutorSettings) else ():
            if queue.volume:
                where = (*path, "executor", "queues", name, "volume")
                yield Problem(where, "would hold nothing, because task logs go to logs.volume. Remove one of them")


def _place(settings: LogsSettings) -> tuple[str, OpenedSettings] | None:
    given = ((name, getattr(settings, name)) for name in type(settings).model_fields)
    return next(((name, place) for name, place in given if isinstance(place, OpenedSettings)), None)


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
