"""Values of what keeps Airflow running: scheduler, API server, DAG processor, triggerer, Redis, StatsD, jobs."""

from typing import Any

from components import naming, sign_in
from components.args import AirflowDeploymentArgs, WorkloadArgs
from components.executor_args import VolumeArgs
from components.log_volume import log_disk
from components.quantities import Resources, format_bytes
from components.values import security
from components.workloads import CORE_SURGE, Share

_ONLY_ITSELF: dict[str, object] = {"name": "DUMB_INIT_SETSID", "value": "0"}
"""Tells the scheduler alone to stop. By default its whole process group is told, tasks and what they have started:
Airflow 2 then fails them, Airflow 3 calls their on_kill."""

# A check starts a Python that imports Airflow: on a busy node the chart's 20 seconds kill healthy pods.
PYTHON_PROBE: dict[str, object] = {"timeoutSeconds": 60, "periodSeconds": 120}
_SCHEDULER_START: dict[str, object] = {"timeoutSeconds": 60, "periodSeconds": 15, "failureThreshold": 30}
# Ten minutes: on a busy node of two cores the server was seen to need more than five. One that ends is noticed at once.
_SERVER_START: dict[str, object] = {"periodSeconds": 10, "failureThreshold": 60}

_STRATEGY: dict[str, object] = {
    "type": "RollingUpdate",
    "rollingUpdate": {"maxSurge": CORE_SURGE, "maxUnavailable": 0},
}


def core_values(args: AirflowDeploymentArgs) -> dict[str, Any]:
    """Return the values of everything but the workers."""
    return {
        "scheduler": _scheduler(args),
        ("webserver" if args.airflow_major == 2 else "apiServer"): {  # noqa: PLR2004
            **_deployment(args, args.api_server),
            "startupProbe": _SERVER_START,
            **sign_in.web_values(args),
        },
        "dagProcessor": _dag_processor(args),
        "triggerer": _triggerer(args),
        "statsd": _statsd(args),
        "redis": _redis(args),
        "migrateDatabaseJob": _job(args),
        # Its only user would be admin with the password admin. Here people are made as they sign in.
        "createUserJob": {"enabled": False, "serviceAccount": {"create": False}, **_job(args)},
    }


def core_priority(args: AirflowDeploymentArgs) -> dict[str, Any]:
    """Return the priority class of what keeps Airflow running."""
    return {"priorityClassName": naming.priority_class_name(args.environment, Share.CORE)}


def log_groomer(resources: Resources, disk: int) -> dict[str, Any]:
    """Return the sidecar that deletes old logs, and more of them before they fill half of the disk.

    A pod that exceeds its local disk is evicted with the tasks in it. Images before the option go by age alone.
    """
    return {"resources": resources.as_kubernetes(), "maxSizeBytes": disk // 2}


def claim(volume: VolumeArgs, *, is_kept: bool) -> dict[str, Any]:
    """Return the `persistence` of a StatefulSet.

    What is claimed goes with the replica unless it is to be kept: a claim that outlives it holds its part of the quota.
    """
    keep = "Retain" if is_kept else "Delete"
    return {
        "enabled": True,
        "size": format_bytes(volume.size),
        **({"storageClassName": volume.storage_class} if volume.storage_class else {}),
        "persistentVolumeClaimRetentionPolicy": {"whenDeleted": keep, "whenScaled": keep},
    }


def _deployment(args: AirflowDeploymentArgs, workload: WorkloadArgs) -> dict[str, Any]:
    return {
        "replicas": workload.replicas,
        "resources": workload.resources.as_kubernetes(),
        "strategy": _STRATEGY,
        **core_priority(args),
    }


def _with_groomer(args: AirflowDeploymentArgs, workload: WorkloadArgs) -> dict[str, Any]:
    return {
        **_deployment(args, workload),
        "livenessProbe": PYTHON_PROBE,
        "logGroomerSidecar": log_groomer(args.log_groomer, log_disk(args, workload.resources.limits.ephemeral_storage)),
    }


def _scheduler(args: AirflowDeploymentArgs) -> dict[str, Any]:
    values = {**_with_groomer(args, args.scheduler), "startupProbe": _SCHEDULER_START}
    if args.executor.local is None:
        return values
    grace = args.executor.local.grace_seconds
    return {**values, "terminationGracePeriodSeconds": grace, "safeToEvict": False, "env": [_ONLY_ITSELF]}


def _dag_processor(args: AirflowDeploymentArgs) -> dict[str, Any]:
    if args.dag_processor is None:
        return {"enabled": False}
    return {"enabled": True, **_with_groomer(args, args.dag_processor)}


def _triggerer(args: AirflowDeploymentArgs) -> dict[str, Any]:
    if args.triggerer is None:
        return {"enabled": False}
    # The chart would claim 100Gi for logs that are seldom read twice.
    return {"enabled": True, **_with_groomer(args, args.triggerer), "persistence": {"enabled": False}}


def _statsd(args: AirflowDeploymentArgs) -> dict[str, Any]:
    if args.statsd is None:
        return {"enabled": False}
    return {
        "resources": args.statsd.as_kubernetes(),
        "securityContexts": security.contexts(security.STATSD_UID, security.STATSD_UID),
        **core_priority(args),
    }


def _redis(args: AirflowDeploymentArgs) -> dict[str, Any]:
    celery = args.executor.celery
    if celery is None or celery.redis is None:
        return {"enabled": False}
    volume = celery.redis_volume
    return {
        "enabled": True,
        "passwordSecretName": naming.secret_name(args.namespace, "redis-password"),
        "resources": celery.redis.as_kubernetes(),
        # Never kept: its messages are worth nothing later, and a Redis with another volume would be given the old one.
        "persistence": claim(volume, is_kept=False) if volume else {"enabled": False},
        "securityContexts": security.contexts(security.REDIS_UID, security.REDIS_UID),
        **core_priority(args),
    }


def _job(args: AirflowDeploymentArgs) -> dict[str, Any]:
    """Return the values of a Job that is part of the release.

    As a hook it would start after the release is ready, and the release waits for what the Job does. Gone as soon
    as it is done, because an upgrade cannot change a Job that is still there.
    """
    return {
        "useHelmHooks": False,
        "ttlSecondsAfterFinished": 0,
        "resources": args.job.as_kubernetes(),
        **core_priority(args),
    }
