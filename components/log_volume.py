"""The volume that holds the task logs of all parts of a deployment, so that they outlive the pods that wrote them."""

from collections.abc import Iterator
from typing import Any

from components import naming
from components.args import AirflowDeploymentArgs
from components.executor_args import VolumeArgs
from components.labels import deployment_labels
from components.manifest import Manifest
from components.pods import Share, Workload, WorkloadKind
from components.quantities import format_bytes

_NOBODY_WAITS = {"pulumi.com/skipAwait": "true"}
"""A volume may be made only once a pod wants it; the pods wait for it, and Helm for the pods."""


def log_claim(args: AirflowDeploymentArgs, volume: VolumeArgs) -> Manifest:
    """Return the claim. The chart's own would go with the release, and the logs with it."""
    spec: dict[str, Any] = {
        "accessModes": ["ReadWriteMany"],
        "resources": {"requests": {"storage": format_bytes(volume.size)}},
        **({"storageClassName": volume.storage_class} if volume.storage_class else {}),
    }
    metadata = {
        "name": naming.log_claim_name(args.namespace),
        "namespace": args.namespace,
        "labels": deployment_labels(args),
        "annotations": _NOBODY_WAITS,
    }
    return {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": metadata, "spec": spec}


def log_claims(args: AirflowDeploymentArgs) -> Iterator[Workload]:
    """Yield what it takes out of the quota."""
    if args.log_volume:
        yield Workload(
            name=naming.log_claim_name(args.namespace),
            component="logs",
            kind=WorkloadKind.CLAIM,
            share=Share.CORE,
            replicas=0,
            containers=(),
            volume=args.log_volume,
            idle_claims=1,
        )


def log_disk(args: AirflowDeploymentArgs, own: int) -> int:
    """Return the bytes of what holds the logs of a part: the volume, or its own disk."""
    return args.log_volume.size if args.log_volume else own
