"""Turns what was said of metrics into options of Airflow and variables of OpenTelemetry.

Airflow before 3.2 reads its own options, and from then on the variables by which OpenTelemetry is told everywhere; an
option that is no longer read does nothing, so both are written and no release needs a rule of its own. While StatsD or
Datadog is on, no release looks at OpenTelemetry.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from components.args import Scalar
from components.secret_args import SecretKeyArgs
from stacks.deployment_settings import DeploymentSettings
from stacks.metric_settings import OpenTelemetrySettings
from stacks.problems import Problem
from stacks.secret_references import own_secret
from stacks.secret_settings import SecretKeySettings
from stacks.told import Told, said_twice

HEADERS = "OTEL_EXPORTER_OTLP_HEADERS"
_WHERE = ("metrics", "opentelemetry")
_DATADOG: Mapping[str, Scalar] = {"statsd_datadog_enabled": False}


def told_of_metrics(settings: DeploymentSettings, environment: str, workspace: str, namespace: str) -> Told:
    """Plan where metrics go; nothing where they go to StatsD, since the chart knows its own."""
    collector = settings.metrics.opentelemetry
    if collector is None:
        return Told()
    own, milliseconds = collector.headers, collector.interval_seconds * 1000
    there: dict[str, Scalar] = {
        "otel_host": collector.host,
        "otel_port": collector.port,
        "otel_ssl_active": collector.tls,
        "otel_service": namespace,
    }
    metrics = {"statsd_on": False, **_DATADOG, "otel_on": True, **there, "otel_interval_milliseconds": milliseconds}
    return Told(
        config={"metrics": metrics, "traces": {"otel_on": collector.traces, **there}},
        env={
            "OTEL_EXPORTER_OTLP_ENDPOINT": _address(collector),
            "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf",
            # Without it traces are sent by gRPC, whatever the protocol says.
            "OTEL_TRACES_EXPORTER": "otlp_proto_http",
            "OTEL_METRIC_EXPORT_INTERVAL": str(milliseconds),
            "OTEL_SERVICE_NAME": namespace,
            "OTEL_RESOURCE_ATTRIBUTES": f"service.namespace={workspace},deployment.environment.name={environment}",
        },
        secret_env={HEADERS: own} if isinstance(own, str) else {},
        referenced_env={HEADERS: SecretKeyArgs(secret_name=own.secret, key=own.key)}
        if isinstance(own, SecretKeySettings)
        else {},
    )


def metric_keys(settings: DeploymentSettings) -> dict[tuple[str, ...], str]:
    """Return the key of the stack's configuration that opens the collector, by where it is written."""
    collector = settings.metrics.opentelemetry
    key = collector.headers if collector else None
    return {(*_WHERE, "headers"): key} if isinstance(key, str) else {}


def metric_problems(settings: DeploymentSettings, namespace: str, path: tuple[str, ...]) -> Iterator[Problem]:
    """Refuse what Airflow cannot do, and variables that are said twice."""
    collector = settings.metrics.opentelemetry
    if collector is None:
        return
    where = (*path, *_WHERE, "headers")
    if collector.headers is not None and (settings.airflow_version or "").startswith("2."):
        message = "would not be sent: Airflow 2 has headers of its own. Let the collector know the cluster by its"
        yield Problem(where, f"{message} addresses, or upgrade")
    if isinstance(collector.headers, SecretKeySettings):
        yield from own_secret((*where, "secret"), namespace, collector.headers.secret)
    # The other options are the platform's in any case, and refused as such.
    told = replace(told_of_metrics(settings, "", "", namespace), config={"metrics": _DATADOG})
    yield from said_twice(told, ".".join(_WHERE), settings, path)


def _address(collector: OpenTelemetrySettings) -> str:
    return f"{'https' if collector.tls else 'http'}://{collector.host}:{collector.port}"
