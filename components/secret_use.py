"""Which part of Airflow reads which Secret, and so must be restarted when its content changes.

Neither Kubernetes nor the chart restarts pods for a Secret that the chart has not made. Task pods are not in the
table: each of them reads the Secrets anew. Redis and the database are restarted for their own passwords alone.
"""

from collections.abc import Mapping
from typing import Any

from components.args import AirflowDeploymentArgs
from components.generated_secrets import Purpose
from components.values.escape import merged
from components.workloads import runs_tasks_in_scheduler

ANNOTATION = "airspace.dev/secrets"
"""Carries the digest of what a pod reads."""
RESTARTS = "airspace.dev/restarts"
"""Carries what a pod was last restarted for, of Secrets whose content nobody here sees."""

_ALL = frozenset({Purpose.FERNET_KEY, Purpose.METADATA, Purpose.ENV})
"""What every Airflow process reads."""
_DAGS = frozenset({Purpose.GIT})
"""What the sidecar reads that fetches DAGs."""
_WEB_KEYS = frozenset({Purpose.API_SECRET_KEY, Purpose.WEBSERVER_SECRET_KEY})
"""Sign sessions, and the requests by which logs are fetched from where tasks run."""

USERS: Mapping[str, frozenset[Purpose]] = {
    "scheduler": _ALL | _WEB_KEYS | _DAGS | {Purpose.JWT, Purpose.BROKER_URL},
    # Passwords are not among these: they are read at each sign-in.
    "web": _ALL | _WEB_KEYS | {Purpose.JWT, Purpose.SIGN_IN},
    "dagProcessor": _ALL | _DAGS,
    "triggerer": _ALL | _WEB_KEYS | _DAGS,
    "workers": _ALL | _WEB_KEYS | _DAGS | {Purpose.BROKER_URL},
    "redis": frozenset({Purpose.REDIS_PASSWORD}),
    "pgbouncer": frozenset({Purpose.PGBOUNCER_CONFIG, Purpose.PGBOUNCER_STATS}),
}
"""Secrets by part of the chart's values."""


_COUNTERS: Mapping[Purpose, str] = {
    Purpose.BROKER_URL: "broker",
    Purpose.METADATA: "database",
    Purpose.ENV: "env",
    Purpose.GIT: "git",
}
"""What the settings count, where the platform does not make the Secret itself."""


def users(args: AirflowDeploymentArgs) -> Mapping[str, frozenset[Purpose]]:
    """Return who reads what in one deployment: its scheduler has DAGs only where it parses them or runs their tasks."""
    if runs_tasks_in_scheduler(args) or args.dag_processor is None:
        return USERS
    return {**USERS, "scheduler": USERS["scheduler"] - _DAGS}


def annotate(values: dict[str, Any], args: AirflowDeploymentArgs, digests: Mapping[str, Any]) -> dict[str, Any]:
    """Return the chart's values with the digest of what it reads on each part's pods, and what was counted of it."""
    annotated = dict(values)
    for part, read in users(args).items():
        annotations = _annotations(args, read, digests.get(part))
        if not annotations:
            continue
        mark = {"podAnnotations": annotations}
        web = "webserver" if args.airflow_major == 2 else "apiServer"  # noqa: PLR2004
        block = web if part == "web" else part
        annotated[block] = merged(annotated[block], {"celery": mark} if part == "workers" else mark)
    return annotated


def _annotations(args: AirflowDeploymentArgs, read: frozenset[Purpose], digest: Any | None) -> dict[str, Any]:
    counted = {name: getattr(args.keys, name) for purpose, name in _COUNTERS.items() if purpose in read}
    restarts = ".".join(f"{name}-{number}" for name, number in counted.items() if number > 1)
    return {**({ANNOTATION: digest} if digest is not None else {}), **({RESTARTS: restarts} if restarts else {})}
