"""Plans what is particular to a deployment's place, and refuses what would loosen it there."""

import re
from collections.abc import Container, Iterator, Mapping
from typing import Any

from components.args import Hosting
from components.executor_args import TolerationArgs
from components.hosting_args import (
    CaBundleArgs,
    GuardRails,
    KubernetesNamesArgs,
    NodeGroupArgs,
    Provision,
    ProxyArgs,
    RegistriesArgs,
    SiteArgs,
)
from stacks.deployment_settings import DeploymentSettings
from stacks.executor_settings import CeleryExecutorSettings, KubernetesExecutorSettings
from stacks.hosting_settings import NodeGroupSettings
from stacks.problems import Problem, nearest, one_of
from stacks.settings import ClusterSettings, PlatformSettings

_SERVICE_ACCOUNTS = re.compile("system:serviceaccounts?:([^:]+)")
"""One of a namespace, or all of it."""


def plan_site(settings: DeploymentSettings, cluster: ClusterSettings) -> SiteArgs:
    """Say what is particular to the place of a deployment."""
    group = cluster.node_groups.get(settings.node_group) if settings.node_group else None
    registries, bundle, proxy = cluster.registries, cluster.ca_bundle, cluster.proxy
    return SiteArgs(
        namespace_provision=cluster.namespaces,
        node_group=_node_group(group) if group else None,
        registries=RegistriesArgs(
            mirror=registries.mirror,
            pull_secrets=tuple(registries.pull_secrets),
            pull_config_key=registries.pull_config,
        ),
        ca_bundle=CaBundleArgs(**bundle.model_dump()) if bundle else None,
        kubernetes_names=KubernetesNamesArgs(**cluster.kubernetes_names.model_dump()),
        proxy=ProxyArgs(http=proxy.http, https=proxy.https, no_proxy=tuple(proxy.no_proxy)) if proxy else None,
    )


def cluster_problems(name: str, cluster: ClusterSettings) -> Iterator[Problem]:
    """Refuse what a cluster of many customers cannot leave to others, and rules that know nobody."""
    if cluster.hosting is not Hosting.CLOUD:
        yield from _unknown_deployer(name, cluster)
        return
    for key in ("cluster_objects", "namespaces"):
        if getattr(cluster, key) is Provision.PROVIDED:
            reason = "the vendor answers for isolation there, and could not see whether others keep to it"
            yield Problem(("clusters", name, key), f"must be managed with `hosting: cloud`: {reason}. Remove the key")


def _unknown_deployer(name: str, cluster: ClusterSettings) -> Iterator[Problem]:
    """Refuse rules that would shut out whoever runs the stack, and so is no administrator."""
    is_told = cluster.deployers.users or cluster.deployers.groups
    if cluster.cluster_objects is Provision.PROVIDED and cluster.guard_rails is GuardRails.DENY and not is_told:
        message = "is missing: with `cluster_objects: provided` the guard rails cannot tell who acts for the platform"
        remedy = "Name the user or group that runs the stack under deployers.users or deployers.groups"
        yield Problem(("clusters", name, "deployers"), f"{message}. {remedy}")


def deployer_problems(settings: PlatformSettings, namespaces: Container[str]) -> Iterator[Problem]:
    """Refuse deployers that are accounts of a deployment: its tasks would count as the platform."""
    for name, cluster in settings.clusters.items():
        for key in ("users", "groups"):
            for one in getattr(cluster.deployers, key):
                found = _SERVICE_ACCOUNTS.match(one)
                if found and found[1] in namespaces:
                    message = f"has {one}, of the namespace of a deployment, whose tasks would count as the platform"
                    remedy = "Keep deployers in another namespace"
                    yield Problem(("clusters", name, "deployers", key), f"{message}. {remedy}")


def site_problems(
    settings: DeploymentSettings, cluster: ClusterSettings, namespace: str, path: tuple[str, ...]
) -> Iterator[Problem]:
    """Refuse a place that is not there, and what would lead out of it."""
    if namespace == "default" or namespace.startswith("kube-"):
        message = f"the namespace {namespace} is Kubernetes' own"
        yield Problem((*path, "namespace"), f"{message}. Choose another name that does not begin with kube-")
    groups = cluster.node_groups
    if settings.node_group is None:
        if groups and cluster.hosting is Hosting.CLOUD:
            message = f"is missing: with `hosting: cloud` nobody runs outside of a group. Choose from {one_of(groups)}"
            yield Problem((*path, "node_group"), message)
        return
    if settings.node_group not in groups:
        message = f"the cluster has no node group {settings.node_group}{nearest(settings.node_group, groups)}"
        yield Problem(
            (*path, "node_group"), f"{message}. Choose from {one_of(groups)}, or add it to the cluster's node_groups"
        )
        return
    yield from _ways_out(settings, groups[settings.node_group], path)


def _ways_out(settings: DeploymentSettings, group: NodeGroupSettings, path: tuple[str, ...]) -> Iterator[Problem]:
    for where, selector in _node_selectors(settings):
        for label, value in selector.items():
            if group.selector.get(label, value) != value:
                message = f"no node of the group {settings.node_group} has this value of the label"
                yield Problem((*path, *where, label), f"{message}. Remove it, or choose another node_group")


def _node_selectors(settings: DeploymentSettings) -> Iterator[tuple[tuple[str, ...], Mapping[str, Any]]]:
    """Yield where nodes are chosen by label, and the labels."""
    for executor in settings.executor or []:
        if isinstance(executor, CeleryExecutorSettings):
            for name, queue in executor.queues.items():
                yield ("executor", "queues", name, "node_selector"), queue.node_selector
        elif isinstance(executor, KubernetesExecutorSettings):
            yield ("executor", "task_pod", "node_selector"), executor.task_pod.node_selector
    yield from _chart_selectors(settings.chart_values, ("chart_values",))


def _chart_selectors(
    values: Mapping[str, Any], path: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], Mapping[str, Any]]]:
    for key, value in values.items():
        if key == "nodeSelector" and isinstance(value, Mapping):
            yield (*path, key), value
        elif isinstance(value, Mapping):
            yield from _chart_selectors(value, (*path, key))


def _node_group(settings: NodeGroupSettings) -> NodeGroupArgs:
    tolerations = (
        TolerationArgs(key=key, value=taint.value, effect=taint.effect)
        for key, taint in sorted(settings.taints.items())
    )
    return NodeGroupArgs(selector=settings.selector, tolerations=tuple(tolerations))
