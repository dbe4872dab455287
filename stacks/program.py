"""The Pulumi program: makes a plan real. The same function serves `pulumi up`, embedding and planning offline."""

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes
from pulumi.runtime.config import CONFIG
from pulumi.runtime.config import is_config_secret as is_secret_key

from components.args import ClusterArgs, PlatformPlan, WorkspaceArgs
from components.cluster import ClusterComponent
from components.hosting_args import Provision
from components.workspace import WorkspaceComponent
from stacks.chart_source import fetch_chart
from stacks.inventory import inventory
from stacks.loader import NAMESPACE, SECTIONS, StackSource, read_config
from stacks.plan import plan_stack
from stacks.problems import SettingsError
from stacks.project import LOCAL_KUBECONFIG, PROJECT_ROOT, stack_label
from tools.errors import ComponentUnavailable


def deploy(plan: PlatformPlan) -> dict[str, WorkspaceComponent]:
    """Register everything that an environment consists of, and export its inventory."""
    config = pulumi.Config(NAMESPACE)
    providers = {name: _provider(cluster, config) for name, cluster in plan.clusters.items()}
    clusters = {
        name: ClusterComponent(name, cluster, pulumi.ResourceOptions(providers=[providers[name]]))
        for name, cluster in plan.clusters.items()
        if cluster.cluster_objects is Provision.MANAGED
    }
    workspaces = {
        name: WorkspaceComponent(
            name,
            _with_secrets(replace(workspace, providers=providers), config),
            pulumi.ResourceOptions(depends_on=[clusters[used] for used in _clusters_of(workspace) if used in clusters]),
        )
        for name, workspace in plan.workspaces.items()
    }
    pulumi.export("workspaces", _inventory(plan, workspaces))
    return workspaces


def _clusters_of(workspace: WorkspaceArgs) -> list[str]:
    return sorted({deployment.cluster for deployment in workspace.deployments})


def plan_running_stack() -> PlatformPlan:
    """Plan the stack that the engine is running, and put the chart in place for it.

    Raises:
        pulumi.RunError: The input is wrong or the chart is missing; ends the run without a traceback.
    """
    try:
        plan = plan_stack(source_from_engine())
        fetch_chart(plan.chart, PROJECT_ROOT)
    except (SettingsError, ComponentUnavailable) as error:
        raise pulumi.RunError(str(error)) from None
    return plan


def source_from_engine() -> StackSource:
    """Read the running stack's configuration as the engine hands it over; secret values stay with the engine."""
    config: dict[str, Any] = {}
    for key, value in CONFIG.get().items():
        name = key.removeprefix(f"{NAMESPACE}:")
        if name == key:
            continue
        is_section = name in SECTIONS and not is_secret_key(key)
        config[key] = _structured(value) if is_section else {"secure": True} if is_secret_key(key) else value
    return read_config(pulumi.get_stack(), stack_label(pulumi.get_stack()), config)


def _structured(value: str) -> Any:
    """Read what the engine hands over as JSON; plain text is left as it is, to be judged with everything else."""
    try:
        return json.loads(value)
    except ValueError:
        return value


def _provider(cluster: ClusterArgs, config: pulumi.Config) -> kubernetes.Provider:
    kubeconfig: pulumi.Input[str] | None = None
    if cluster.is_local:
        kubeconfig = str(LOCAL_KUBECONFIG)
    elif cluster.kubeconfig_config_key:
        kubeconfig = config.require_secret(cluster.kubeconfig_config_key)
    elif cluster.kubeconfig:
        # Relative to the project, wherever the engine happens to run.
        kubeconfig = str(PROJECT_ROOT / Path(cluster.kubeconfig).expanduser())
    return kubernetes.Provider(
        cluster.name,
        kubeconfig=kubeconfig,
        context=cluster.context,
        # Releases of one cluster are independent of each other; the default of 50 a second is for one user.
        kube_client_settings=kubernetes.KubeClientSettingsArgs(qps=200, burst=400),
    )


def _with_secrets(workspace: WorkspaceArgs, config: pulumi.Config) -> WorkspaceArgs:
    """Hand each deployment the secret values that it refers to, and no others."""
    deployments = []
    for deployment in workspace.deployments:
        keys = set(deployment.secret_env.values())
        if deployment.database.config_key:
            keys.add(deployment.database.config_key)
        if deployment.site.registries.pull_config_key:
            keys.add(deployment.site.registries.pull_config_key)
        values: Mapping[str, pulumi.Input[str]] = {key: config.require_secret(key) for key in sorted(keys)}
        deployments.append(replace(deployment, secret_values=values))
    return replace(workspace, deployments=tuple(deployments))


def _inventory(plan: PlatformPlan, workspaces: Mapping[str, WorkspaceComponent]) -> dict[str, Any]:
    described = inventory(plan)
    for name, workspace in workspaces.items():
        for deployment, component in workspace.deployments.items():
            described[name]["deployments"][deployment]["helm_status"] = component.helm_status
    return described
