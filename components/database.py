"""The embedded PostgreSQL of a deployment, as plain manifests: for development, one replica, no backup.

Owns the pod and its Service. The password, and the connection that Airflow uses, are Secrets of the deployment.
"""

from typing import Any

from components import naming
from components.args import AirflowDeploymentArgs, EmbeddedDatabaseArgs
from components.labels import deployment_labels
from components.quantities import format_bytes
from components.site import placement, pull_secrets
from components.values.security import container_context, pod_context
from components.workloads import Share

USER = "airflow"
DATABASE = "airflow"
PORT = 5432

_UID = 999
"""The user `postgres` of the official Debian image."""
_DATA = "/var/lib/postgresql/data"
_RUN = "/var/run/postgresql"
_READY = ["pg_isready", "--username", USER, "--dbname", DATABASE, "--host", "127.0.0.1"]


def embedded_database_selector(args: AirflowDeploymentArgs) -> dict[str, str]:
    """Return the labels by which Service and policies find the database's pod, in the chart's scheme."""
    return {"tier": "airflow", "component": "postgresql", "release": args.namespace}


def embedded_database_service(args: AirflowDeploymentArgs) -> dict[str, Any]:
    """Return the headless Service: one pod needs no balancing, and its address follows the pod."""
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": _metadata(args),
        "spec": {
            "clusterIP": "None",
            "selector": embedded_database_selector(args),
            "ports": [{"name": "postgresql", "port": PORT, "targetPort": "postgresql"}],
        },
    }


def embedded_database_stateful_set(args: AirflowDeploymentArgs, database: EmbeddedDatabaseArgs) -> dict[str, Any]:
    """Return the StatefulSet."""
    name = naming.embedded_database_name(args.namespace)
    selector = embedded_database_selector(args)
    spec: dict[str, Any] = {
        "serviceName": name,
        # Without a volume its data would go with the pod.
        "replicas": 0 if args.is_asleep and database.volume else 1,
        "selector": {"matchLabels": selector},
        "template": {
            "metadata": {"labels": {**deployment_labels(args), **selector}},
            "spec": _pod_spec(args, database),
        },
    }
    if database.volume:
        keep = "Retain" if args.is_protected else "Delete"
        spec["persistentVolumeClaimRetentionPolicy"] = {"whenDeleted": keep, "whenScaled": "Retain"}
        spec["volumeClaimTemplates"] = [_claim(database)]
    return {"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": _metadata(args), "spec": spec}


def connection_url(args: AirflowDeploymentArgs, password: str) -> str:
    """Return the SQLAlchemy URL; the password must need no escaping in a URL."""
    host = f"{naming.embedded_database_name(args.namespace)}.{args.namespace}"
    return f"postgresql://{USER}:{password}@{host}:{PORT}/{DATABASE}"


def _metadata(args: AirflowDeploymentArgs) -> dict[str, Any]:
    return {
        "name": naming.embedded_database_name(args.namespace),
        "namespace": args.namespace,
        "labels": {**deployment_labels(args), **embedded_database_selector(args)},
    }


def _pod_spec(args: AirflowDeploymentArgs, database: EmbeddedDatabaseArgs) -> dict[str, Any]:
    volumes: list[dict[str, Any]] = [{"name": "run", "emptyDir": {}}]
    if not database.volume:
        volumes.append({"name": "data", "emptyDir": {}})
    return {
        "priorityClassName": naming.priority_class_name(args.environment, Share.CORE),
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "terminationGracePeriodSeconds": 60,
        "securityContext": pod_context(_UID, _UID),
        **placement(args),
        **({"imagePullSecrets": secrets} if (secrets := pull_secrets(args)) else {}),
        "containers": [_container(args, database)],
        "volumes": volumes,
    }


def _container(args: AirflowDeploymentArgs, database: EmbeddedDatabaseArgs) -> dict[str, Any]:
    password = {"name": naming.secret_name(args.namespace, "postgresql"), "key": "password"}
    return {
        "name": "postgresql",
        "image": database.image,
        "imagePullPolicy": "IfNotPresent",
        "env": [
            {"name": "POSTGRES_USER", "value": USER},
            {"name": "POSTGRES_DB", "value": DATABASE},
            {"name": "POSTGRES_PASSWORD", "valueFrom": {"secretKeyRef": password}},
            # Below the mount, because initdb refuses the `lost+found` of a fresh volume.
            {"name": "PGDATA", "value": f"{_DATA}/pgdata"},
        ],
        "ports": [{"name": "postgresql", "containerPort": PORT}],
        "resources": database.resources.as_kubernetes(),
        "securityContext": container_context(),
        "startupProbe": {"exec": {"command": _READY}, "periodSeconds": 5, "failureThreshold": 60},
        "readinessProbe": {"exec": {"command": _READY}, "periodSeconds": 10, "timeoutSeconds": 5},
        "livenessProbe": {
            "exec": {"command": _READY},
            "periodSeconds": 30,
            "timeoutSeconds": 10,
            "failureThreshold": 5,
        },
        "volumeMounts": [{"name": "data", "mountPath": _DATA}, {"name": "run", "mountPath": _RUN}],
    }


def _claim(database: EmbeddedDatabaseArgs) -> dict[str, Any]:
    volume = database.volume
    if volume is None:
        raise ValueError("an embedded database without a volume has nothing to claim")
    spec: dict[str, Any] = {
        "accessModes": ["ReadWriteOnce"],
        "resources": {"requests": {"storage": format_bytes(volume.size)}},
    }
    if volume.storage_class:
        spec["storageClassName"] = volume.storage_class
    return {"metadata": {"name": "data"}, "spec": spec}
