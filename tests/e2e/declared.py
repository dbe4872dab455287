"""The environment of the suite: three workspaces of different owners, and a deployment for each way to run tasks.

Nothing here is made by hand: DAGs come with the release, the databases are embedded ones with volumes.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from stacks.embedding import Environment
from tests.airflow.people import CLIENT_SECRET
from tests.e2e.where import Where
from tests.environments import ADA, BOB

NAME = "e2e"
EVE = "eve@example.com"
SECRETS = {"token": "first-token", "other-token": "second-token", "client-secret": CLIENT_SECRET}
"""Secrets of the configuration; `E2E_TOKEN` is one of the first two."""

EATER = "e2e_eater"
"""The DAG that uses more memory than it may."""
_DAGS = Path(__file__).parent / "dags" / "e2e.py"
_MOUNTED = "/opt/airflow/dags/e2e.py"
# Little is reserved and a lot may be used: what a small machine has goes to whoever starts up just now.
_CPU = {"cpu": "100m"}
_DATABASE = {"embedded": {"cpu": "50m", "volume": {"size": "1Gi"}}}
# No task of the suite outlives a change that is meant to end it.
_QUEUE = {**_CPU, "grace_seconds": 30}
CELERY: dict[str, Any] = {
    "type": "CeleryExecutor",
    "queues": {"default": _QUEUE, "heavy": _QUEUE},
    "broker": {"redis": {"cpu": "20m"}},
}
KUBERNETES: dict[str, Any] = {"type": "KubernetesExecutor", "max_task_pods": 2, "task_pod": _CPU}

# By default Airflow waits five minutes before it believes that a task or a scheduler is gone.
SOON_MISSED = {"scheduler": {"task_instance_heartbeat_timeout": 60, "orphaned_tasks_check_interval": 30}}

WORKSPACES = {"local": "ada", "celery": "sales", "pods": "finance", "legacy": "finance"}
"""Workspace of each deployment."""
ADMINS = {"ada": ADA, "sales": BOB, "finance": EVE}
"""Who enters the Airflows of each workspace as their admin."""
DEPLOYMENTS: dict[str, dict[str, Any]] = {
    "local": {"executor": "LocalExecutor", "config": SOON_MISSED},
    "celery": {"executor": CELERY},
    "pods": {"executor": KUBERNETES},
    "legacy": {"airflow_version": "2.11.2"},
}
"""What each deployment says of itself."""


def digest(text: str) -> str:
    """Name a secret as the DAGs do in their logs, where secrets are masked."""
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def namespace(name: str) -> str:
    return f"{WORKSPACES[name]}-{name}"


def admin(name: str) -> str:
    return ADMINS[WORKSPACES[name]]


def defaults() -> dict[str, Any]:
    text = _DAGS.read_text(encoding="utf-8")
    # Helm mounts a file as it was when the pod started: another file gets another name.
    name = f"e2e-dags-{digest(text)}"
    parts = ("scheduler", "api_server", "dag_processor", "triggerer", "jobs")
    return {
        "cpu_limit_ratio": 16,
        "statsd": {"cpu": "20m"},
        "log_groomer": {"cpu": "10m"},
        "database": _DATABASE,
        **dict.fromkeys(parts, _CPU),
        "chart_values": {
            "extraConfigMaps": {name: {"data": json.dumps({_DAGS.name: text})}},
            "volumes": [{"name": "e2e-dags", "configMap": {"name": name}}],
            "volumeMounts": [{"name": "e2e-dags", "mountPath": _MOUNTED, "subPath": _DAGS.name, "readOnly": True}],
        },
    }


def sections(
    where: Where,
    deployments: Mapping[str, Mapping[str, Any]],
    *,
    api_ports: Sequence[int] = (),
    overlay: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Return what a stack file would have below `config`.

    Args:
        where: The cluster.
        deployments: Settings of each by name.
        api_ports: Where the cluster's Kubernetes API answers; empty means the usual ones.
        overlay: Laid over everything else, key by key.
    """
    by_workspace: dict[str, dict[str, Any]] = {"ada": {}, "sales": {}, "finance": {}}
    for name, settings in deployments.items():
        by_workspace[WORKSPACES[name]][name] = dict(settings)
    cluster: dict[str, Any] = {"hosting": "enterprise", "context": where.context}
    if where.storage_class:
        cluster["storage_class"] = where.storage_class
    if api_ports:
        cluster["network"] = {"kubernetes_api_ports": list(api_ports)}
    plain = {
        "clusters": {"main": cluster},
        "accounts": {
            ADA: {"personal_workspace": {"name": "ada", "deployments": by_workspace["ada"]}},
            BOB: {"personal_workspace": False},
            EVE: {"personal_workspace": False},
        },
        # Their own default is an embedded database without a volume, nearer than the environment's.
        "personal_workspaces": {"defaults": {"database": _DATABASE}},
        "teams": {"sellers": {"members": [BOB]}, "bookkeepers": {"members": [EVE]}},
        "workspaces": {
            "sales": {"members": {"sellers": "admin"}, "deployments": by_workspace["sales"]},
            "finance": {"members": {"bookkeepers": "admin", ADA: "viewer"}, "deployments": by_workspace["finance"]},
        },
        "defaults": defaults(),
    }
    return laid_over(plain, overlay or {})


def laid_over(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Return settings with others over them, key by key."""
    merged = dict(below)
    for key, value in above.items():
        both = isinstance(value, Mapping) and isinstance(below.get(key), Mapping)
        merged[key] = laid_over(below[key], value) if both else value
    return merged


def environment(where: Where, home: Path, deployments: Mapping[str, Mapping[str, Any]]) -> Environment:
    return Environment.of(NAME, sections(where, deployments), secrets=SECRETS, home=home)
