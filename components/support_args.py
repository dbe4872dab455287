"""Arguments of what stands beside Airflow's own parts: connection pooling, clean-up jobs, room for users' pods."""

from dataclasses import dataclass

from components.quantities import Resources


@dataclass(frozen=True, kw_only=True)
class PgbouncerArgs:
    """A pool of database connections that all of Airflow shares."""

    replicas: int
    resources: Resources
    exporter: Resources
    """Of the sidecar that tells its numbers."""
    connections: int
    """Most connections that one replica opens to the database."""


@dataclass(frozen=True, kw_only=True)
class CleanupArgs:
    """A CronJob that tidies up."""

    schedule: str
    """When, in the five fields of cron."""


@dataclass(frozen=True, kw_only=True)
class DatabaseCleanupArgs(CleanupArgs):
    """A CronJob that deletes old history from the metadata database."""

    retention_days: int


@dataclass(frozen=True, kw_only=True)
class ExtraTaskPodsArgs:
    """Room for pods that tasks start themselves, as the KubernetesPodOperator does."""

    max_pods: int
    resources: Resources
    """Of one of them."""
