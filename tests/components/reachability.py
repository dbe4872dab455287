"""NetworkPolicy as Kubernetes defines it, evaluated: who may open which connection to whom.

Written from the API's documentation, not from our modules: selectors, peers, ports, and that a connection between
pods needs the egress half at its source and the ingress half at its target.
"""

import functools
import json
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
    found: dict[Any, list[Place]] = field(default_factory=dict)
    """Places that were looked for before, because thousands of policies mean the same few."""


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


Ends = dict[str, set[Port]]
"""Ports by the other end's name."""


def _half(specs: Iterable[Mapping[str, Any]], at: Place, world: World, half: str) -> Ends:
    """Return what one pod's policies leave open in one direction."""
    kind, side = _HALVES[half]
    chosen = [spec for spec in specs if kind in spec["policyTypes"] and selects(spec["podSelector"], at.labels)]
    if not chosen:
        return {other.name: set(world.ports) for other in world.places}
    found: Ends = {}
    for rule in (rule for spec in chosen for rule in spec.get(half) or []):
        ports = {(entry["protocol"], entry["port"]) for entry in rule.get("ports") or []} & set(world.ports)
        for other in _others(rule.get(side) or [], at.namespace, world):
            found.setdefault(other.name, set()).update(ports if rule.get("ports") else world.ports)
    return found


_HALVES = {"ingress": ("Ingress", "from"), "egress": ("Egress", "to")}


def _others(peers: Sequence[Mapping[str, Any]], namespace: str | None, world: World) -> Sequence[Place]:
    """Return the places that a rule means; no peers mean everything."""
    if not peers:
        return world.places
    key = (json.dumps(peers, sort_keys=True), namespace)
    if key not in world.found:
        world.found[key] = [one for one in world.places if any(is_peer(peer, one, namespace) for peer in peers)]
    return world.found[key]


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
            both = leaving[source.name].get(target.name, set()) & entering[target.name].get(source.name, set())
            found |= {(source.name, target.name, *port) for port in both}
    return found, tried
