"""What a plan makes on each cluster, read off the program itself, and the rights that making it takes.

Nothing is listed by hand: what a component comes to register tomorrow is in the rights tomorrow.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from components.args import PlatformPlan
from components.chart_objects import chart_kinds
from components.deployer_rights import DeployerRights, PlannedObject, PlannedRelease, deployer_rights
from components.rbac import Rule
from stacks.offline import cluster_of, record_plan
from stacks.recording import RELEASE, Recorded, Recording


def rights_by_cluster(plan: PlatformPlan) -> dict[str, DeployerRights]:
    """Return what a deployer must be allowed on each cluster of an environment."""
    recording = record_plan(plan)
    return {
        cluster: deployer_rights(list(planned_objects(recording, cluster)), planned_releases(plan, cluster))
        for cluster in plan.clusters
    }


def planned_objects(recording: Recording, cluster: str) -> Iterator[PlannedObject]:
    """Yield the objects that the program itself makes on a cluster."""
    for one in recording.resources:
        if is_object(one) and cluster_of(one) == cluster:
            yield _planned(one.inputs)


def planned_releases(plan: PlatformPlan, cluster: str) -> list[PlannedRelease]:
    """List the Helm releases on a cluster."""
    return [
        PlannedRelease(namespace=one.namespace, kinds=chart_kinds(one))
        for one in plan.deployments
        if one.cluster == cluster
    ]


def is_object(resource: Recorded) -> bool:
    """Tell a Kubernetes object from components, providers and releases."""
    return resource.type.startswith("kubernetes:") and resource.type != RELEASE


def _planned(inputs: Mapping[str, Any]) -> PlannedObject:
    reference = inputs.get("roleRef") or {}
    return PlannedObject(
        api_version=inputs["apiVersion"],
        kind=inputs["kind"],
        name=inputs["metadata"]["name"],
        namespace=inputs["metadata"].get("namespace"),
        grants=tuple(_rule(rule) for rule in inputs.get("rules") or ())
        if inputs["kind"] in {"Role", "ClusterRole"}
        else (),
        binds=reference["name"] if reference.get("kind") == "ClusterRole" else None,
    )


def _rule(written: Mapping[str, Any]) -> Rule:
    return Rule(
        groups=tuple(written.get("apiGroups") or ()),
        resources=tuple(written.get("resources") or ()),
        verbs=tuple(written.get("verbs") or ()),
        names=tuple(written.get("resourceNames") or ()),
    )
