"""What the tests on the real engine share: environments of their own, their state, and what is on the cluster."""

import base64
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from components.labels import ENVIRONMENT
from stacks.embedding import Environment
from stacks.recording import redacted
from tests.environments import ADA, BOB, embedded
from tests.integration.cluster import Cluster
from tools.control_plane import ControlPlane
from tools.engine import Engine

ORDERED_BY_CHANCE = {"dependencies", "propertyDependencies"}
OF_THE_ENGINE = {"pulumi:pulumi:Stack", "pulumi:providers:pulumi"}
CLUSTER_WIDE = (
    ("v1", "Namespace"),
    ("rbac.authorization.k8s.io/v1", "ClusterRole"),
    ("rbac.authorization.k8s.io/v1", "ClusterRoleBinding"),
    ("scheduling.k8s.io/v1", "PriorityClass"),
    ("admissionregistration.k8s.io/v1", "ValidatingAdmissionPolicy"),
    ("admissionregistration.k8s.io/v1", "ValidatingAdmissionPolicyBinding"),
)


def sections(plane: ControlPlane, workspaces: Mapping[str, Any]) -> dict[str, Any]:
    """Return an environment on the session's control plane."""
    return {
        "clusters": {"main": {"hosting": "enterprise", "kubeconfig": str(plane.kubeconfig)}},
        "accounts": {ADA: {}, BOB: {"personal_workspace": False}},
        "workspaces": {
            name: {"members": {ADA: "admin", BOB: "viewer"}, "deployments": deployments}
            for name, deployments in workspaces.items()
        },
    }


def small(**settings: Any) -> dict[str, Any]:
    """Return the deployment that takes the least time to come up."""
    return embedded(triggerer={"enabled": False}, **settings)


def state_of(environment: Environment, engine: Engine) -> str:
    """Export the state as it is stored, secrets encrypted."""
    folder = environment.folder
    arguments = ["stack", "export", "--stack", environment.source.environment]
    return engine.command.run(arguments, str(folder.path), folder.variables()).stdout


def resources_in(state: str) -> dict[str, dict[str, Any]]:
    """Return the resources of an exported state by URN, without what is the engine's own or ordered by chance."""
    found = json.loads(state)["deployment"].get("resources", [])
    return {
        one["urn"]: {key: redacted(value) for key, value in one.items() if key not in ORDERED_BY_CHANCE}
        for one in found
        if one["type"] not in OF_THE_ENGINE
    }


def secret_data(cluster: Cluster, namespace: str) -> dict[str, dict[str, str]]:
    """Return what the Secrets of a namespace hold, except what Helm keeps there."""
    return {
        one["metadata"]["name"]: {key: base64.b64decode(text).decode() for key, text in one.get("data", {}).items()}
        for one in cluster.items("v1", "Secret", namespace)
        if not one["type"].startswith("helm.sh/")
    }


def in_clear(values: set[str], folder: Path) -> Iterator[str]:
    """Yield the files below a folder in which a secret value stands, as it is or in base64."""
    wanted = {form for value in values for form in (value.encode(), base64.b64encode(value.encode()))}
    for path in folder.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            yield from (path.name for form in wanted if form in content)


def remains(cluster: Cluster, environment: str) -> list[str]:
    """Name what an environment has on the cluster itself."""
    return [
        f"{kind} {one['metadata']['name']}"
        for api_version, kind in CLUSTER_WIDE
        for one in cluster.items(api_version, kind, selector=f"{ENVIRONMENT}={environment}")
    ]
