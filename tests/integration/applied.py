"""Committed stacks whose own objects stand on the API server, without an engine and without Helm."""

import copy
from dataclasses import dataclass
from typing import Any

from components.args import AirflowDeploymentArgs, PlatformPlan
from stacks.offline import manifests
from stacks.recording import Recording, reveal
from tests.environments import plan_of_file
from tests.integration.cluster import Cluster
from tests.recorded_rules import deploy_plan

FIRST = ("Namespace", "PriorityClass")


@dataclass(frozen=True, kw_only=True)
class Applied:
    """What was sent, and what the server made of it."""

    plan: PlatformPlan
    recording: Recording
    sent: list[dict[str, Any]]
    stored: list[dict[str, Any]]
    warnings: list[str]

    def deployment(self, namespace: str) -> AirflowDeploymentArgs:
        """Return a deployment by the namespace that it was planned for."""
        return next(one for one in self.plan.deployments if one.namespace == namespace)

    def namespace(self, deployment: AirflowDeploymentArgs) -> str:
        """Name the namespace that a deployment has on the server."""
        return _moved(deployment.environment, deployment.namespace)


def apply_stack(cluster: Cluster, environment: str) -> Applied:
    """Apply the objects of a stack, with the secrets in them, in namespaces that no other stack has."""
    plan = plan_of_file(environment)
    recording = deploy_plan(plan)
    objects = manifests(recording, reveal_with=reveal).values()
    sent = sorted((_elsewhere(environment, one) for one in objects), key=lambda one: one["kind"] not in FIRST)
    before = len(cluster.warnings)
    stored = [cluster.apply(manifest) for manifest in sent]
    return Applied(plan=plan, recording=recording, sent=sent, stored=stored, warnings=cluster.warnings[before:])


def _elsewhere(environment: str, manifest: dict[str, Any]) -> dict[str, Any]:
    """Move an object to another namespace; what is not in one bears the environment in its name already."""
    moved = copy.deepcopy(manifest)
    metadata = moved["metadata"]
    if "namespace" in metadata:
        metadata["namespace"] = _moved(environment, metadata["namespace"])
    elif moved["kind"] == "Namespace":
        metadata["name"] = _moved(environment, metadata["name"])
    return moved


def _moved(environment: str, namespace: str) -> str:
    return f"{environment}-{namespace}"
