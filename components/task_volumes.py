"""Volumes of a task's pod: what Kubernetes is told of them, and what they reserve beside the pod."""

from collections.abc import Iterator
from typing import Any

from components.args import AirflowDeploymentArgs
from components.executor_args import KubernetesExecutorArgs, TaskVolumeArgs, VolumeArgs
from components.pods import Share, Workload, WorkloadKind
from components.quantities import format_bytes

_PREFIX = "task-"
"""Before their names, so that none is called like a volume of the chart's."""


def volumes(kubernetes: KubernetesExecutorArgs) -> list[dict[str, Any]]:
    """Return the pod's volumes."""
    return [{"name": f"{_PREFIX}{one.name}", **_source(one)} for one in kubernetes.volumes]


def mounts(kubernetes: KubernetesExecutorArgs) -> list[dict[str, Any]]:
    """Return where the container of the task has them."""
    return [
        {
            "name": f"{_PREFIX}{one.name}",
            "mountPath": one.path,
            **({"readOnly": True} if one.is_read_only else {}),
        }
        for one in kubernetes.volumes
    ]


def _source(one: TaskVolumeArgs) -> dict[str, Any]:
    if one.config_map:
        return {"configMap": {"name": one.config_map}}
    if one.secret_name:
        return {"secret": {"secretName": one.secret_name}}
    if one.claim:
        return {"persistentVolumeClaim": {"claimName": one.claim}}
    return {"emptyDir": {"sizeLimit": format_bytes(one.scratch or 0)}}


def claims(args: AirflowDeploymentArgs) -> Iterator[Workload]:
    """Yield the claims of somebody else that task pods share: each is there once, whatever runs."""
    kubernetes = args.executor.kubernetes
    sizes: dict[str, int] = {}
    for one in kubernetes.volumes if kubernetes else ():
        if one.claim:
            sizes[one.claim] = max(one.size, sizes.get(one.claim, 0))
    for claim, size in sorted(sizes.items()):
        yield Workload(
            name=claim,
            component="volume",
            kind=WorkloadKind.CLAIM,
            share=Share.TASKS,
            replicas=0,
            containers=(),
            volume=VolumeArgs(size=size),
            idle_claims=1,
        )
