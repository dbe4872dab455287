"""What a local cluster has before anyone uses it: simulated nodes and a default storage class."""

from typing import Any

NODE_COUNT = 2
NODE_CAPACITY = {"cpu": "64", "memory": "256Gi", "ephemeral-storage": "1Ti", "pods": "1000"}
"""Of each node: enough for a fleet of Airflow deployments."""
STORAGE_CLASS = "standard"
HOST_PATHS = "/tmp/hostpath_pv"  # noqa: S108 - fixed in kube-controller-manager's host-path provisioner
"""Where the provisioner makes a folder for each volume, whatever TMPDIR says."""


def cluster_objects() -> dict[str, Any]:
    """List the objects, as one document that `kubectl apply` takes; applying it again changes nothing."""
    nodes = [_node(number) for number in range(NODE_COUNT)]
    return {"apiVersion": "v1", "kind": "List", "items": [*nodes, _storage_class()]}


def _node(number: int) -> dict[str, Any]:
    name = f"node-{number}"
    pods = f"10.{244 + number}.0.0/16"
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {
            "name": name,
            "annotations": {"kwok.x-k8s.io/node": "fake"},
            "labels": {
                "kubernetes.io/arch": "amd64",
                "kubernetes.io/hostname": name,
                "kubernetes.io/os": "linux",
                "kubernetes.io/role": "agent",
                "topology.kubernetes.io/region": "local",
                "topology.kubernetes.io/zone": f"local-{number}",
                "type": "kwok",
            },
        },
        # Without ranges of their own all simulated pods would share 254 addresses.
        "spec": {"podCIDR": pods, "podCIDRs": [pods]},
        "status": {"allocatable": NODE_CAPACITY, "capacity": NODE_CAPACITY},
    }


def _storage_class() -> dict[str, Any]:
    return {
        "apiVersion": "storage.k8s.io/v1",
        "kind": "StorageClass",
        "metadata": {
            "name": STORAGE_CLASS,
            "annotations": {"storageclass.kubernetes.io/is-default-class": "true"},
        },
        "provisioner": "kubernetes.io/host-path",
        "reclaimPolicy": "Delete",
        "volumeBindingMode": "Immediate",
    }
