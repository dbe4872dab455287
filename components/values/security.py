"""Security contexts under which every container passes the Pod Security level `restricted`.

The chart replaces a context as a whole where a component has its own, so each one here is complete.
"""

from typing import Any

AIRFLOW_UID = 50000
GIT_SYNC_UID = 65533
STATSD_UID = 65534
REDIS_UID = 999


def container_context() -> dict[str, object]:
    """Return the context of a container whose pod has one."""
    return {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}


def pod_context(user: int, group: int) -> dict[str, Any]:
    """Return the context of a pod that runs as one user; its volumes are writable for the group."""
    return {
        "runAsNonRoot": True,
        "runAsUser": user,
        "runAsGroup": group,
        "fsGroup": group,
        "seccompProfile": {"type": "RuntimeDefault"},
    }


def contexts(user: int, group: int) -> dict[str, Any]:
    """Return the `securityContexts` of a component that does not run as Airflow's user."""
    return {"pod": pod_context(user, group), "container": container_context()}
