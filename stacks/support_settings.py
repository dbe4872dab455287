"""What may be said of what stands beside Airflow's own parts: sidecars, jobs, connection pooling, room to burst."""

from decimal import Decimal
from typing import Annotated

from pydantic import BeforeValidator, Field, StrictInt, WithJsonSchema

from stacks.cron_field import Schedule
from stacks.fields import Flag, PositiveCount, Strict
from stacks.size_settings import Sized

_LARGEST_RATIO = 16


def _ratio(value: object) -> Decimal:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    ratio = Decimal(str(value)) if is_number else Decimal("NaN")
    if ratio.is_nan() or not 1 <= ratio <= _LARGEST_RATIO:
        raise ValueError(f"must be a number from 1 to {_LARGEST_RATIO}, without quotes. Correct it")
    return ratio


Ratio = Annotated[
    Decimal,
    BeforeValidator(_ratio),
    WithJsonSchema({"type": "number", "minimum": 1, "maximum": _LARGEST_RATIO}),
]


class PgbouncerSettings(Sized):
    """A pool of database connections that all of Airflow shares."""

    enabled: Flag | None = None
    """True puts one between Airflow and its database."""
    replicas: Annotated[PositiveCount, Field(le=10)] = 1
    """How many run side by side."""
    connections: PositiveCount = 10
    """Most connections that one replica opens to the database."""


class CleanupSettings(Strict):
    """A CronJob that tidies up."""

    enabled: Flag | None = None
    """True runs it."""
    schedule: Schedule | None = None
    """The five fields of cron, in the cluster's time zone; by default spread over deployments."""


class DatabaseCleanupSettings(CleanupSettings):
    """A CronJob that deletes old history from the metadata database."""

    retention_days: Annotated[StrictInt, Field(ge=1, le=3650)] = 90
    """Age at which history goes."""


class ExtraTaskPodsSettings(Sized):
    """Room for pods that tasks start themselves, as the KubernetesPodOperator does."""

    max_pods: PositiveCount
    """Most of them at once; this many are reserved."""


class SupportSettings(Strict):
    """Settings of what stands beside Airflow's own parts."""

    cpu_limit_ratio: Ratio | None = None
    """CPU that a container may use at most, as a multiple of what is reserved for it; 1 by default."""
    statsd: Sized = Sized()
    """Translates metrics."""
    git_sync: Sized = Sized()
    """Sidecar that keeps DAGs in step with git."""
    log_groomer: Sized = Sized()
    """Sidecar that deletes old logs."""
    jobs: Sized = Sized()
    """Database migration and clean-up jobs."""
    pgbouncer: PgbouncerSettings = PgbouncerSettings()
    """Pools connections to the database."""
    cleanup: CleanupSettings = CleanupSettings()
    """Deletes pods of finished tasks; only with the KubernetesExecutor."""
    database_cleanup: DatabaseCleanupSettings = DatabaseCleanupSettings()
    """Deletes old history from the database."""
    extra_task_pods: ExtraTaskPodsSettings | None = None
    """Room for pods that tasks start themselves."""
