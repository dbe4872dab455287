"""What an administrator makes where the deployer may not: the difference to what the program would make itself."""

from dataclasses import replace
from typing import Any

from components.args import ClusterArgs, PlatformPlan, WorkspaceArgs
from components.hosting_args import Provision
from stacks.offline import cluster_of, record_plan
from stacks.recording import Recorded, Recording, redacted
from stacks.rights import is_object


def provided_objects(plan: PlatformPlan) -> dict[str, list[dict[str, Any]]]:
    """Return the manifests that an administrator applies before the first run and after changes, by cluster."""
    own, whole = _objects(record_plan(plan)), _objects(record_plan(_managed(plan)))
    found: dict[str, list[dict[str, Any]]] = {cluster: [] for cluster in plan.clusters}
    for key, one in sorted(whole.items()):
        if key not in own:
            found[cluster_of(one)].append(redacted(one.inputs))
    return found


def _objects(recording: Recording) -> dict[tuple[str, ...], Recorded]:
    return {_key(one): one for one in recording.resources if is_object(one)}


def _key(one: Recorded) -> tuple[str, ...]:
    metadata = one.inputs["metadata"]
    # Namespaces first: what lies in them is applied after them.
    rank = "0" if one.inputs["kind"] == "Namespace" else "1"
    return cluster_of(one), rank, one.inputs["kind"], metadata.get("namespace", ""), metadata["name"]


def _managed(plan: PlatformPlan) -> PlatformPlan:
    """Return the plan as it would be with rights on the whole cluster."""
    return replace(
        plan,
        clusters={name: _managed_cluster(one) for name, one in plan.clusters.items()},
        workspaces={name: _managed_workspace(one) for name, one in plan.workspaces.items()},
    )


def _managed_cluster(cluster: ClusterArgs) -> ClusterArgs:
    return replace(cluster, cluster_objects=Provision.MANAGED)


def _managed_workspace(workspace: WorkspaceArgs) -> WorkspaceArgs:
    deployments = tuple(
        replace(one, site=replace(one.site, namespace_provision=Provision.MANAGED)) for one in workspace.deployments
    )
    return replace(workspace, deployments=deployments)
