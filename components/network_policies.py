"""NetworkPolicies of a deployment: all is closed, and each part opens its half of the edges that it is an end of."""

from collections.abc import Iterable
from ipaddress import ip_network
from typing import Any

from components.args import AirflowDeploymentArgs
from components.labels import PART, TASK_POD
from components.manifest import Manifest
from components.network import LAUNCHED, Edge, edges, parts
from components.network_args import NODE_IDENTITY, DestinationArgs, lies_within

DEFAULT_DENY = "default-deny"
_EVERYTHING = ("0.0.0.0/0", "::/0")
_NAMESPACE_NAME = "kubernetes.io/metadata.name"
"""Set by the API server itself: nobody can give a namespace another's name."""


def network_policies(args: AirflowDeploymentArgs) -> dict[str, Manifest]:
    """Return the spec of each policy by its name."""
    needed = edges(args)
    closed = {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    return {DEFAULT_DENY: closed, **{part: _policy(args, part, needed) for part in parts(args)}}


def pod_selector(args: AirflowDeploymentArgs, part: str) -> dict[str, Any]:
    """Return what selects the pods of a part, and no others."""
    if part == LAUNCHED:
        return {"matchExpressions": [{"key": "component", "operator": "DoesNotExist"}]}
    labels = {"tier": "airflow", "component": part, "release": args.namespace}
    if part == TASK_POD:
        return {"matchLabels": {**labels, "component": "worker", PART: TASK_POD}}
    if part == "worker":
        return {"matchLabels": labels, "matchExpressions": [{"key": PART, "operator": "DoesNotExist"}]}
    return {"matchLabels": labels}


def _policy(args: AirflowDeploymentArgs, part: str, needed: Iterable[Edge]) -> dict[str, Any]:
    ingress: list[dict[str, Any]] = []
    egress: list[dict[str, Any]] = []
    for edge in needed:
        ports = [{"protocol": str(edge.protocol), "port": port} for port in edge.ports]
        if edge.target == part:
            ingress.append({"from": _peers(args, edge.source, edge.outside), "ports": ports})
        if edge.source == part:
            egress.append({"to": _peers(args, edge.target, edge.outside), "ports": ports})
    return {
        "podSelector": pod_selector(args, part),
        "policyTypes": ["Ingress", "Egress"],
        # The API server drops empty lists, and what it drops would show as a change.
        **({"ingress": ingress} if ingress else {}),
        **({"egress": egress} if egress else {}),
    }


def _peers(args: AirflowDeploymentArgs, part: str | None, outside: DestinationArgs) -> list[dict[str, Any]]:
    if part is not None:
        return [{"podSelector": pod_selector(args, part)}]
    if outside.namespace:
        peer: dict[str, Any] = {"namespaceSelector": {"matchLabels": {_NAMESPACE_NAME: outside.namespace}}}
        return [peer | ({"podSelector": {"matchLabels": dict(outside.pods)}} if outside.pods else {})]
    if outside.cidr is None:
        return [_block(args, everything) for everything in _EVERYTHING]
    return [_block(args, outside.cidr)]


def _block(args: AirflowDeploymentArgs, cidr: str) -> dict[str, Any]:
    wanted = ip_network(cidr)
    closed = dict.fromkeys((*NODE_IDENTITY, *(ip_network(one) for one in args.network.closed)))
    # A block of addresses within one of them was asked for by name.
    kept_out = [str(one) for one in closed if lies_within(one, wanted) and one != wanted]
    return {"ipBlock": {"cidr": cidr, **({"except": kept_out} if kept_out else {})}}
