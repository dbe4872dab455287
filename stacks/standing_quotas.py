"""Keeps the room of what stands in the quotas of a plan, for the run in which its pods change places with the new ones.

A release that was rolled out exports what it was reserved, so the next run finds nothing to keep room for: it lowers
what this one held. A run that failed exports nothing, and its pods run all the same; then the quotas that it has left
in the state are the truth. The two are told apart by a number that every change of size raises. Pure.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from components.args import AirflowDeploymentArgs, PlatformPlan, WorkspaceArgs
from components.life_args import StandingQuota, State
from components.quantities import is_quantity
from components.quota_in_force import SIZE_CHANGE, computed_hard, is_hard_in_force, larger_of_both
from stacks.inventory import Inventory
from stacks.transitions import standing_deployments

_QUOTA = "kubernetes:core/v1:ResourceQuota"
_PREFIX = "airspace-"
_NONE = StandingQuota()


def quotas_in_state(resources: Iterable[Mapping[str, Any]]) -> dict[str, StandingQuota]:
    """Pick the quotas of each namespace from what the state holds.

    Args:
        resources: Each with `type` and `outputs`; those that are only waiting to be deleted have `delete`.
    """
    found: dict[str, StandingQuota] = {}
    for one in resources:
        if one["type"] != _QUOTA or one.get("delete") or not one.get("outputs"):
            continue
        metadata, hard = one["outputs"]["metadata"], one["outputs"]["spec"]["hard"]
        before = found.get(metadata["namespace"], _NONE)
        number = int((metadata.get("annotations") or {}).get(SIZE_CHANGE, 0))
        part = metadata["name"].removeprefix(_PREFIX)
        found[metadata["namespace"]] = StandingQuota(
            hard={**before.hard, part: _amounts(hard)}, size_change=max(before.size_change, number)
        )
    return found


def hold_quotas(outputs: Mapping[str, Any], plan: PlatformPlan, in_state: Mapping[str, StandingQuota]) -> PlatformPlan:
    """Return the plan with what the pods that run may have been reserved.

    Args:
        outputs: What the stack exported at the end of its last run that did not fail; empty before the first. What it
            does not say is not held.
        plan: What is to be made real.
        in_state: The quotas that the last run has left, by namespace.
    """
    exported = {
        one.namespace: StandingQuota(
            hard=one.entry.get("kept", {}).get("quota", {}),
            size_change=int(one.entry.get("kept", {}).get("size_change", 0)),
        )
        for one in standing_deployments(outputs)
    }

    def held(deployment: AirflowDeploymentArgs) -> AirflowDeploymentArgs:
        where = deployment.namespace
        return _with_room(deployment, exported.get(where, _NONE), in_state.get(where, _NONE))

    def holding(workspace: WorkspaceArgs) -> WorkspaceArgs:
        return replace(workspace, deployments=tuple(map(held, workspace.deployments)))

    return replace(plan, workspaces={name: holding(workspace) for name, workspace in plan.workspaces.items()})


def holds_quotas(workspaces: Inventory) -> bool:
    """Tell of an exported inventory whether another run would lower a quota."""
    return any(one.get("quota_held") for workspace in workspaces.values() for one in workspace["deployments"].values())


def _amounts(hard: Mapping[str, Any]) -> dict[str, str]:
    """Leave out what is not written as we do: somebody else has set it by hand, and the run sets it right."""
    return {name: amount for name, amount in hard.items() if is_quantity(amount)}


def _with_room(
    deployment: AirflowDeploymentArgs, exported: StandingQuota, in_state: StandingQuota
) -> AirflowDeploymentArgs:
    has_failed = in_state.size_change != exported.size_change
    hard = larger_of_both(exported.hard, in_state.hard) if has_failed else exported.hard
    # What goes to sleep makes no pods that could be refused: its quota shrinks at once.
    room = StandingQuota(hard=hard if deployment.state is State.ACTIVE else {}, size_change=in_state.size_change)
    held = replace(deployment, standing_quota=room)
    is_same = computed_hard(held) == exported.hard and is_hard_in_force(held, in_state.hard)
    if is_same and not has_failed:
        return held
    number = max(in_state.size_change, exported.size_change) + 1
    return replace(held, standing_quota=replace(room, size_change=number))
