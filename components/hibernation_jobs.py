"""The CronJobs that put a deployment to sleep and wake it, as plain manifests."""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from components import naming
from components.args import AirflowDeploymentArgs
from components.hibernation import account_name, replicas_by_step
from components.labels import deployment_labels
from components.life_args import HibernationArgs
from components.manifest import Manifest
from components.pods import Share
from components.site import placement, pull_secrets
from components.support_workloads import HIBERNATION
from components.values.security import AIRFLOW_UID, container_context, pod_context

_GROUP = 0
"""Of Airflow's user in its image."""
_FOLDER = "/etc/airspace/hibernation"
_SCRIPT = "airspace_hibernation.py"
_CODE = (Path(__file__).resolve().parent.parent / "runtime" / _SCRIPT).read_text(encoding="utf-8")
_LATE_SECONDS = 4 * 3600
"""A time that a control plane missed is made up for within this; after that, the next one counts."""


def hibernation_config_map(args: AirflowDeploymentArgs) -> Manifest:
    """Return the ConfigMap with the script."""
    metadata = {**_metadata(args), "name": _config_map_name(args)}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {_SCRIPT: _CODE}}


def hibernation_cron_jobs(args: AirflowDeploymentArgs, schedule: HibernationArgs) -> dict[str, Manifest]:
    """Return the two CronJobs by what they do."""
    times = {"hibernate": schedule.hibernate_at, "wake": schedule.wake_at}
    return {
        step: {
            "apiVersion": "batch/v1",
            "kind": "CronJob",
            "metadata": {**_metadata(args), "name": f"{args.namespace}-{step}"},
            "spec": {
                "schedule": times[step],
                "timeZone": schedule.time_zone,
                "startingDeadlineSeconds": _LATE_SECONDS,
                "concurrencyPolicy": "Forbid",
                "successfulJobsHistoryLimit": 1,
                "failedJobsHistoryLimit": 1,
                "jobTemplate": {"spec": _job(args, schedule, wanted)},
            },
        }
        for step, wanted in replicas_by_step(args).items()
    }


def _job(args: AirflowDeploymentArgs, schedule: HibernationArgs, wanted: Sequence[str]) -> dict[str, Any]:
    labels = {**deployment_labels(args), "tier": "airflow", "component": HIBERNATION, "release": args.namespace}
    return {
        "backoffLimit": 3,
        "activeDeadlineSeconds": 1800,
        "template": {"metadata": {"labels": labels}, "spec": _pod(args, schedule, wanted)},
    }


def _pod(args: AirflowDeploymentArgs, schedule: HibernationArgs, wanted: Sequence[str]) -> dict[str, Any]:
    return {
        "priorityClassName": naming.priority_class_name(args.environment, Share.CORE),
        "serviceAccountName": account_name(args),
        "enableServiceLinks": False,
        "restartPolicy": "Never",
        "securityContext": pod_context(AIRFLOW_UID, _GROUP),
        **placement(args),
        **({"imagePullSecrets": secrets} if (secrets := pull_secrets(args)) else {}),
        "containers": [
            {
                "name": HIBERNATION,
                "image": f"{args.image.repository}:{args.image.tag}",
                "imagePullPolicy": args.image.pull_policy,
                # Not by way of the image's entry point, which waits for the database.
                "command": ["python", f"{_FOLDER}/{_SCRIPT}", *wanted],
                "resources": schedule.resources.as_kubernetes(),
                "securityContext": container_context(),
                "volumeMounts": [{"name": HIBERNATION, "mountPath": _FOLDER, "readOnly": True}],
            }
        ],
        "volumes": [{"name": HIBERNATION, "configMap": {"name": _config_map_name(args)}}],
    }


def _config_map_name(args: AirflowDeploymentArgs) -> str:
    digest = hashlib.sha256(_CODE.encode()).hexdigest()[:8]
    return f"{args.namespace}-{HIBERNATION}-{digest}"


def _metadata(args: AirflowDeploymentArgs) -> dict[str, Any]:
    return {"namespace": args.namespace, "labels": deployment_labels(args)}
