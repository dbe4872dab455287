"""NetworkPolicy as Kubernetes defines it, evaluated: who may open which connection to whom.

Written from the API's documentation, not from our modules: selectors, peers, ports, and that a connection between
pods needs the egress half at its source and the ingress half at its target.
"""

import functools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network
from typing import Any

Connection = tuple[str, str, str, int]
"""Source, target, protocol, port."""


@dataclass(frozen=True)
class Place:
    """A pod, or an address outside of the cluster."""

    name: str
    ip: str
    namespace: str | None = None
    """None for what is no pod."""
    labels: Mapping[str, str] = field(default_factory=dict)


Port = tuple[str, int]
"""Protocol and number."""


@dataclass(frozen=True)
class World:
    """All places, and the ports that are tried between them."""

    places: Sequence[Place]
    ports: Sequence[Port]


Policies = Mapping[str, Iterable[Mapping[str, Any]]]
"""Specs by namespace."""


def selects(selector: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    if any(labels.get(key) != value for key, value in (selector.get("matchLabels") or {}).items()):
        return False
    for entry in selector.get("matchExpressions") or []:
        value, values = labels.get(entry["key"]), entry.get("values") or []
        holds = {
            "Exists": value is not None,
            "DoesNotExist": value is None,
            "In": value in values,
            "NotIn": value not in values,
        }
        if not holds[entry["operator"]]:
            return False
    return True


_network = functools.cache(ip_network)


@functools.cache
def _is_within(ip: str, cidr: str) -> bool:
    return ip_address(ip) in _network(cidr)


def is_peer(peer: Mapping[str, Any], place: Place, namespace: str | None) -> bool:
    if "ipBlock" in peer:
        block = peer["ipBlock"]
        return _is_within(place.ip, block["cidr"]) and not any(
            _is_within(place.ip, one) for one in block.get("except", [])
        )
    if place.namespace is None:
        return False
    if "namespaceSelector" in peer:
        # The API server labels every namespace with its name.
        if not selects(peer["namespaceSelector"], {"kubernetes.io/metadata.name": place.namespace}):
            return False
    elif place.namespace != namespace:
        return False
    return selects(peer.get("podSelector") or {}, place.labels)


def _half(specs: Iterable[Mapping[str, Any]], at: Place, world: World, half: str) -> set[tuple[str, Port]]:
    """Return the other ends and ports that one pod's policies leave open in one direction."""
    kind, side = {"ingress": ("Ingress", "from"), "egress": ("Egress", "to")}[half]
    chosen = [spec for spec in specs if kind in spec["policyTypes"] and selects(spec["podSelector"], at.labels)]
    if not chosen:
        return {(other.name, port) for other in world.places for port in world.ports}
    found = set()
    for rule in (rule for spec in chosen for rule in spec.get(half) or []):
        ports = [(entry["protocol"], entry["port"]) for entry in rule.get("ports") or []] or world.ports
        peers = rule.get(side)
        others = [one for one in world.places if not peers or any(is_peer(peer, one, at.namespace) for peer in peers)]
        found |= {(other.name, port) for other in others for port in ports if port in world.ports}
    return found


def open_connections(policies: Policies, world: World, namespace: str) -> tuple[set[Connection], int]:
    """Return what is open from or to the pods of one namespace, and how many connections there could be."""
    leaving = {one.name: _half(policies.get(str(one.namespace), []), one, world, "egress") for one in world.places}
    entering = {one.name: _half(policies.get(str(one.namespace), []), one, world, "ingress") for one in world.places}
    found, tried = set(), 0
    for source in world.places:
        for target in world.places:
            if source == target or namespace not in {source.namespace, target.namespace}:
                continue
            tried += len(world.ports)
            out = {port for name, port in leaving[source.name] if name == target.name}
            found |= {(source.name, target.name, *port) for port in out if (source.name, port) in entering[target.name]}
    return found, tried
