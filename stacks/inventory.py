"""What stands in an environment, as plain data: the stack's output, and what reports are made from. No secrets."""

from collections.abc import Mapping
from typing import Any

from components import chart, sign_in
from components.access_args import Role, SubjectsArgs
from components.args import AirflowDeploymentArgs, PlatformPlan, WorkspaceArgs
from components.executor_args import VolumeArgs
from components.life_args import KeyOrigin
from components.quantities import format_bytes, format_cpu
from components.quota import NOTHING_RESERVED, Reserved, reserved
from components.quota_in_force import computed_hard, is_held
from components.roles import RoleArgs
from components.workloads import WorkloadKind, workloads
from stacks.budgets import monthly_cost

Inventory = dict[str, Any]
SCHEMA_VERSION = 4
"""Of the outputs; the first had no number, the second no roles, and the third did not name the origin of keys."""


def inventory(plan: PlatformPlan) -> Inventory:
    """Describe every workspace and its Airflow deployments."""
    return {name: _workspace(workspace) for name, workspace in plan.workspaces.items()}


def roles_table(roles: Mapping[Role, RoleArgs]) -> dict[str, Any]:
    """Describe what each role may do, beside what the roles below it may, as a stack file would say it."""
    return {
        str(role): {
            "kubernetes": {resource: list(verbs) for resource, verbs in one.kubernetes.items() if verbs},
            "airflow_role": str(one.airflow_role),
            "actions": sorted(one.actions),
        }
        for role, one in roles.items()
    }


def bots_table(plan: PlatformPlan) -> dict[str, dict[str, str]]:
    """Describe the bots that are a member anywhere: until when, and who they are elsewhere."""
    homes = [*(one.grants for one in plan.workspaces.values()), *(one.grants for one in plan.deployments)]
    bots = [grant for grants in homes for grant in grants if grant.expires]
    return {
        one.subject: {
            "expires": str(one.expires),
            **({"client_id": one.client_id} if one.client_id else {}),
            **({"kubernetes_user": one.kubernetes_user} if one.kubernetes_user else {}),
        }
        for one in sorted(bots, key=lambda bot: bot.subject)
    }


def _workspace(workspace: WorkspaceArgs) -> dict[str, Any]:
    total = sum((reserved(deployment) for deployment in workspace.deployments), NOTHING_RESERVED)
    cost = monthly_cost(workspace)
    return {
        "owner": workspace.owner,
        "members": members(workspace.members),
        "budget": _budget(workspace),
        "reserved": amounts(total),
        "monthly_cost": workspace.prices.written(cost) if workspace.prices and cost is not None else None,
        "deployments": {deployment.name: _deployment(deployment) for deployment in workspace.deployments},
    }


def _deployment(deployment: AirflowDeploymentArgs) -> dict[str, Any]:
    return {
        "namespace": deployment.namespace,
        "cluster": deployment.cluster,
        "state": str(deployment.state),
        "executor": deployment.executor.class_names,
        "not_sized": [one.path for one in deployment.executor.classes],
        "airflow_version": deployment.airflow_version,
        "chart_version": chart.VERSION,
        "reserved": amounts(reserved(deployment)),
        "quota_held": is_held(deployment),
        "url": deployment.url,
        "access": members(deployment.access),
        "shut_out": shut_out(deployment),
        "sign_in": entry(deployment),
        "kept": kept(deployment),
    }


def entry(deployment: AirflowDeploymentArgs) -> dict[str, str | None]:
    """Say by what people enter, through which door, and what whoever lets them in must know."""
    names, oidc = deployment.site.kubernetes_names, deployment.sign_in.oidc
    around = {
        # Written out, since the engine leaves out what is null.
        "door": deployment.door.url if deployment.door else "none",
        "kubernetes_names": f"{names.user_prefix}<address>, group {names.group_prefix}<group>",
    }
    if oidc is None:
        return {"by": "passwords", "kept_in": sign_in.secret_name(deployment), **around}
    return {
        "by": oidc.issuer,
        "client_id": oidc.client_id,
        "audience": oidc.audience,
        "claims": f"{oidc.email_claim}, {oidc.groups_claim}, {oidc.client_claim}",
        "redirect_address": sign_in.redirect_address(deployment),
        **around,
    }


def kept(deployment: AirflowDeploymentArgs) -> dict[str, Any]:
    """Describe what a later change is judged by: protection, keys by number, database, volumes and quotas."""
    keys = deployment.keys
    return {
        "protected": deployment.is_protected,
        "keys": {
            "fernet": list(keys.fernet.generations),
            "adopted": _origin(keys.fernet),
            "api": keys.api,
            "jwt": keys.jwt,
            "redis": keys.redis,
            "passwords": keys.passwords,
        },
        "embedded_database": deployment.database.embedded is not None,
        "stateful_sets": {
            one.name: {
                "component": one.component,
                "volume": _volume(one.volume),
                "claims": one.replicas + one.idle_claims if one.volume else 0,
            }
            for one in workloads(deployment)
            if one.kind is WorkloadKind.STATEFUL_SET
        },
        "log_volume": _volume(deployment.log_volume),
        "quota": computed_hard(deployment),
        "size_change": deployment.standing_quota.size_change,
    }


def _origin(key: KeyOrigin) -> str:
    """Name where a key comes from; empty where it is generated."""
    if key.secret_name:
        return f"secret:{key.secret_name}"
    return f"adopt:{key.adopt}" if key.adopt else ""


def _volume(volume: VolumeArgs | None) -> dict[str, Any] | None:
    return {"size": format_bytes(volume.size), "storage_class": volume.storage_class} if volume else None


def amounts(total: Reserved) -> dict[str, str]:
    """Write reserved amounts as Kubernetes quantities."""
    return {
        "cpu": format_cpu(total.cpu),
        "memory": format_bytes(total.memory),
        "storage": format_bytes(total.storage),
        "pods": str(total.pods),
    }


def members(entries: tuple[SubjectsArgs, ...]) -> dict[str, list[str]]:
    """List people by role; groups of the identity provider are marked as such."""
    return {str(entry.role): [*entry.users, *(f"group:{group}" for group in entry.groups)] for entry in entries}


def shut_out(deployment: AirflowDeploymentArgs) -> list[str]:
    """List the accounts that a deployment names with `none`, whom no group lets into its Airflow."""
    return [one.subject for one in deployment.shut_out if one.team is None]


def _budget(workspace: WorkspaceArgs) -> dict[str, str]:
    budget = workspace.budget
    written = {
        "cpu": format_cpu(budget.cpu) if budget.cpu else None,
        "memory": format_bytes(budget.memory) if budget.memory else None,
        "storage": format_bytes(budget.storage) if budget.storage else None,
        "pods": str(budget.pods) if budget.pods else None,
        "deployments": str(budget.deployments) if budget.deployments else None,
        "monthly_cost": str(budget.monthly_cost) if budget.monthly_cost is not None else None,
        "overcommit": str(budget.overcommit) if budget.overcommit != 1 else None,
    }
    return {dimension: amount for dimension, amount in written.items() if amount}
