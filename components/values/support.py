"""Values of what stands beside Airflow's own parts: PgBouncer and the clean-up jobs."""

from typing import Any

from components import naming
from components.args import AirflowDeploymentArgs
from components.generated_secrets import Purpose
from components.support_workloads import runs_pod_cleanup
from components.values import security
from components.values.core import core_priority

_PGBOUNCER_UID = 65534
_DRAIN_SECONDS = 15
"""The chart's two minutes are longer than the 30 seconds after which Kubernetes kills the pod."""
_EXPORTER_PROBE: dict[str, object] = {"timeoutSeconds": 10, "periodSeconds": 30}
"""The chart's one second is too little for a process that starts on a busy node."""
_OFF: dict[str, object] = {"enabled": False}


def support_values(args: AirflowDeploymentArgs) -> dict[str, Any]:
    """Return the values of what a deployment has asked for; what it has not is switched off."""
    return {
        "pgbouncer": _pgbouncer(args),
        "cleanup": _cleanup(args),
        "databaseCleanup": _database_cleanup(args),
    }


def _pgbouncer(args: AirflowDeploymentArgs) -> dict[str, Any]:
    pgbouncer = args.pgbouncer
    if pgbouncer is None:
        return _OFF
    return {
        "enabled": True,
        "replicas": pgbouncer.replicas,
        "configSecretName": naming.secret_name(args.namespace, Purpose.PGBOUNCER_CONFIG),
        "resources": pgbouncer.resources.as_kubernetes(),
        "securityContexts": security.contexts(_PGBOUNCER_UID, _PGBOUNCER_UID),
        "containerLifecycleHooks": {
            "preStop": {"exec": {"command": ["/bin/sh", "-c", f"killall -INT pgbouncer && sleep {_DRAIN_SECONDS}"]}}
        },
        "metricsExporterSidecar": {
            "statsSecretName": naming.secret_name(args.namespace, Purpose.PGBOUNCER_STATS),
            "resources": pgbouncer.exporter.as_kubernetes(),
            "securityContexts": {"container": security.container_context()},
            "livenessProbe": _EXPORTER_PROBE,
            "readinessProbe": _EXPORTER_PROBE,
        },
        **core_priority(args),
    }


def _cleanup(args: AirflowDeploymentArgs) -> dict[str, Any]:
    if args.cleanup is None or not runs_pod_cleanup(args):
        return _OFF
    return {"enabled": True, "schedule": args.cleanup.schedule, **_cron_job(args)}


def _database_cleanup(args: AirflowDeploymentArgs) -> dict[str, Any]:
    cleanup = args.database_cleanup
    if cleanup is None:
        return _OFF
    return {
        "enabled": True,
        "schedule": cleanup.schedule,
        "retentionDays": cleanup.retention_days,
        # Otherwise what is deleted stays in the database, in tables of its own, for ever.
        "skipArchive": True,
        **_cron_job(args),
    }


def _cron_job(args: AirflowDeploymentArgs) -> dict[str, Any]:
    return {"resources": args.job.as_kubernetes(), **core_priority(args)}
