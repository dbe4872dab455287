"""What may be said of where metrics go: to StatsD within the deployment, or to a collector outside of it."""

from typing import Annotated

from pydantic import Field, StrictInt

from stacks.fields import Flag, Strict
from stacks.log_settings import HostName
from stacks.network_settings import Port
from stacks.secret_settings import SecretValue


class OpenTelemetrySettings(Strict):
    """A collector that speaks OTLP over HTTP."""

    host: HostName
    """Its host."""
    port: Port = 4318
    """Its port."""
    tls: Flag = True
    """Speak TLS and check the collector's certificate."""
    interval_seconds: Annotated[StrictInt, Field(ge=1, le=3600)] = 60
    """Pause between two reports of each process."""
    traces: Flag = False
    """Also send traces of DAG runs and tasks."""
    headers: SecretValue | None = None
    """Secret with headers that open it, such as `Authorization=Bearer%20…`; Airflow 3 only."""


class MetricsSettings(Strict):
    """Where metrics go; by default to a StatsD exporter of the deployment's own."""

    opentelemetry: OpenTelemetrySettings | None = None
    """A collector outside of the deployment, in place of StatsD."""
