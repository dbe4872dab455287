"""What the tests on shrinking look at: an environment of one deployment, its quotas, and what they have refused."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from kubernetes.client import AppsV1Api, CoreV1Api

from stacks.embedding import Environment
from tests.environments import ADA
from tools.control_plane import ControlPlane
from tools.engine import Engine

BASE = {"database": "embedded", "triggerer": {"enabled": False}}
PARTS = ("scheduler", "api_server", "dag_processor")


def environment(plane: ControlPlane, engine: Engine, home: Path, orders: dict[str, Any] | None) -> Environment:
    """Return an environment that is called as its folder is."""
    content = {
        "clusters": {"main": {"hosting": "enterprise", "kubeconfig": str(plane.kubeconfig)}},
        "accounts": {ADA: {"personal_workspace": False}},
        "workspaces": {home.name: {"members": {ADA: "admin"}, "deployments": {"orders": orders} if orders else {}}},
    }
    return Environment.of(home.name, content, home=home, command=engine.command)


def operations(events: list[Any]) -> Iterator[tuple[str, str]]:
    """Yield the resources that changed, in that order, with the operation."""
    for event in events:
        step = event.res_outputs_event and event.res_outputs_event.metadata
        operation = str(getattr(step.op, "value", step.op)) if step else "same"
        if operation != "same" and "Stack" not in step.type:
            yield step.urn.rpartition("::")[2], operation


def refused(core: CoreV1Api, namespace: str) -> list[str]:
    """Return what the server said of pods that it did not admit."""
    found = core.list_namespaced_event(namespace).items
    return [one.message for one in found if one.reason == "FailedCreate" and "exceeded quota" in one.message]


def hard(core: CoreV1Api, namespace: str) -> dict[str, dict[str, str]]:
    """Return what each quota bounds."""
    return {
        one.metadata.name.removeprefix("airspace-"): one.spec.hard
        for one in core.list_namespaced_resource_quota(namespace).items
    }


def ready(apps: AppsV1Api, namespace: str) -> dict[str, int]:
    """Return how many pods of each part are ready."""
    found = apps.list_namespaced_deployment(namespace).items
    return {one.metadata.name.removeprefix(f"{namespace}-"): one.status.ready_replicas or 0 for one in found}
