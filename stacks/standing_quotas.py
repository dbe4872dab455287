"""Keeps the room of what stands in the quotas of a plan, for the run in which its pods change places with the new ones.

A release that was rolled out exports what it was reserved, so the next run finds nothing to keep room for: it lowers
what this one held. Pure.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from components.args import AirflowDeploymentArgs, PlatformPlan, StandingQuota, WorkspaceArgs
from components.life_args import State
from stacks.inventory import Inventory
from stacks.transitions import standing_deployments


def hold_quotas(outputs: Mapping[str, Any], plan: PlatformPlan) -> PlatformPlan:
    """Return the plan with what each deployment was reserved by the last run.

    Args:
        outputs: What the stack exported then; empty before the first. What it does not say is not held.
        plan: What is to be made real.
    """
    standing: dict[str, StandingQuota] = {
        one.namespace: one.entry.get("kept", {}).get("quota", {}) for one in standing_deployments(outputs)
    }
    workspaces = {name: _holding(workspace, standing) for name, workspace in plan.workspaces.items()}
    return replace(plan, workspaces=workspaces)


def holds_quotas(workspaces: Inventory) -> bool:
    """Tell of an exported inventory whether another run would lower a quota."""
    return any(one.get("quota_held") for workspace in workspaces.values() for one in workspace["deployments"].values())


def _holding(workspace: WorkspaceArgs, standing: Mapping[str, StandingQuota]) -> WorkspaceArgs:
    deployments = (_with_room(one, standing.get(one.namespace, {})) for one in workspace.deployments)
    return replace(workspace, deployments=tuple(deployments))


def _with_room(deployment: AirflowDeploymentArgs, standing: StandingQuota) -> AirflowDeploymentArgs:
    # What goes to sleep makes no pods that could be refused: its quota shrinks at once.
    return replace(deployment, standing_quota=standing) if deployment.state is State.ACTIVE else deployment
