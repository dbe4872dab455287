"""The Pulumi program: makes a plan real. The same function serves `pulumi up`, embedding and planning offline."""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes
from pulumi.runtime.config import CONFIG
from pulumi.runtime.config import is_config_secret as is_secret_key

from components.args import ClusterArgs, PlatformPlan, WorkspaceArgs
from components.cluster import ClusterComponent
from components.hosting_args import ClusterIdentity, Provision
from components.workspace import WorkspaceComponent
from stacks.access_report import all_changes
from stacks.chart_source import fetch_chart
from stacks.cluster_addresses import identities
from stacks.inventory import SCHEMA_VERSION, bots_table, inventory, roles_table
from stacks.loader import NAMESPACE, SECTIONS, StackSource, read_config
from stacks.notices import notices
from stacks.plan import plan_stack
from stacks.problems import SettingsError
from stacks.project import LOCAL_KUBECONFIG, PROJECT_ROOT, stack_label
from stacks.standing import last_outputs, last_resources
from stacks.standing_attempts import attempt_problems
from stacks.standing_clusters import know_clusters
from stacks.standing_quotas import hold_quotas, quotas_in_state
from stacks.supplied_secrets import refuse_unusable_secrets
from stacks.transitions import refuse_losses
from tools.errors import ComponentUnavailable

SecretValue = Callable[[str], pulumi.Input[str]]
"""Looks up the value of a secret by its key."""


def deploy(plan: PlatformPlan, secrets: Mapping[str, str] | None = None) -> dict[str, WorkspaceComponent]:
    """Register everything that an environment consists of, and export its inventory.

    Args:
        plan: The environment.
        secrets: Values of supplied secrets by key; those not here are read from the stack's configuration.
    """
    config = pulumi.Config(NAMESPACE)

    def secret(key: str) -> pulumi.Input[str]:
        return pulumi.Output.secret(secrets[key]) if secrets and key in secrets else config.require_secret(key)

    providers = {name: _provider(cluster, secret) for name, cluster in plan.clusters.items()}
    clusters = {
        name: ClusterComponent(name, cluster, pulumi.ResourceOptions(providers=[providers[name]]))
        for name, cluster in plan.clusters.items()
        if cluster.cluster_objects is Provision.MANAGED
    }
    workspaces = {
        name: WorkspaceComponent(
            name,
            _with_secrets(replace(workspace, providers=providers), secret),
            pulumi.ResourceOptions(
                depends_on=[clusters[used] for used in _clusters_of(workspace) if used in clusters],
                aliases=[pulumi.Alias(name=workspace.former_name)] if workspace.former_name else None,
            ),
        )
        for name, workspace in plan.workspaces.items()
    }
    pulumi.export("workspaces", _inventory(plan, workspaces))
    pulumi.export("clusters", {name: one.identity for name, one in plan.clusters.items() if one.identity})
    pulumi.export("bots", bots_table(plan))
    pulumi.export("roles", roles_table(plan.roles))
    pulumi.export("schema_version", SCHEMA_VERSION)
    return workspaces


def _clusters_of(workspace: WorkspaceArgs) -> list[str]:
    return sorted({deployment.cluster for deployment in workspace.deployments})


def plan_running_stack() -> PlatformPlan:
    """Plan the stack that the engine is running, and put the chart in place for it.

    Raises:
        pulumi.RunError: The input is wrong or the chart is missing; ends the run without a traceback.
    """
    try:
        source = source_from_engine()
        plan = plan_stack(source)
        standing, resources = last_outputs(), last_resources()
        refuse_losses(standing, plan, source, attempt_problems(standing, plan, resources))
        refuse_unusable_secrets(plan, source, _value)
        plan = know_clusters(standing, plan, _identities(plan), source)
        plan = hold_quotas(standing, plan, quotas_in_state(resources))
        fetch_chart(plan, source, PROJECT_ROOT)
    except (SettingsError, ComponentUnavailable) as error:
        raise pulumi.RunError(str(error)) from None
    for change in all_changes(standing, plan) if standing else ():
        pulumi.log.info(f"access: {change}")
    for line in notices(plan, datetime.now(UTC).date()):
        pulumi.log.warn(line)
    return plan


def _identities(plan: PlatformPlan) -> dict[str, ClusterIdentity]:
    return identities(plan.clusters.values(), _value)


def _value(key: str) -> str:
    return str(CONFIG.get().get(f"{NAMESPACE}:{key}", ""))


def source_from_engine() -> StackSource:
    """Read the running stack's configuration as the engine hands it over; secret values stay with the engine."""
    config: dict[str, Any] = {}
    for key, value in CONFIG.get().items():
        name = key.removeprefix(f"{NAMESPACE}:")
        if name == key:
            continue
        is_section = name in SECTIONS and not is_secret_key(key)
        config[key] = _structured(value) if is_section else {"secure": ""} if is_secret_key(key) else value
    return read_config(pulumi.get_stack(), stack_label(pulumi.get_stack()), config)


def _structured(value: str) -> Any:
    """Read what the engine hands over as JSON; plain text is left as it is, to be judged with everything else."""
    try:
        return json.loads(value)
    except ValueError:
        return value


def _provider(cluster: ClusterArgs, secret: SecretValue) -> kubernetes.Provider:
    kubeconfig: pulumi.Input[str] | None = None
    if cluster.is_local:
        kubeconfig = str(LOCAL_KUBECONFIG)
    elif cluster.kubeconfig_config_key:
        kubeconfig = secret(cluster.kubeconfig_config_key)
    elif cluster.kubeconfig:
        # Relative to the project, wherever the engine happens to run.
        kubeconfig = str(PROJECT_ROOT / Path(cluster.kubeconfig).expanduser())
    return kubernetes.Provider(
        cluster.name,
        kubeconfig=kubeconfig,
        context=cluster.context,
        # A changed secret is changed in place: a replacement would leave pods without it for a moment.
        enable_secret_mutable=True,
        # Who has access changes under servers that run, and they read it anew.
        enable_config_map_mutable=True,
        # Releases of one cluster are independent of each other; the default of 50 a second is for one user.
        kube_client_settings=kubernetes.KubeClientSettingsArgs(qps=200, burst=400),
    )


def _with_secrets(workspace: WorkspaceArgs, secret: SecretValue) -> WorkspaceArgs:
    """Hand each deployment the secret values that it refers to, and no others."""
    deployments = []
    for deployment in workspace.deployments:
        values: Mapping[str, pulumi.Input[str]] = {key: secret(key) for key in sorted(deployment.secret_keys)}
        deployments.append(replace(deployment, secret_values=values))
    return replace(workspace, deployments=tuple(deployments))


def _inventory(plan: PlatformPlan, workspaces: Mapping[str, WorkspaceComponent]) -> dict[str, Any]:
    described = inventory(plan)
    for name, workspace in workspaces.items():
        for deployment, component in workspace.deployments.items():
            described[name]["deployments"][deployment]["helm_status"] = component.helm_status
    return described
