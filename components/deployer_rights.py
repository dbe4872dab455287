"""The least that whoever runs a plan must be allowed on a cluster: what is made, and what making it asks for.

Reads off what a plan makes; decides nothing about it. Kubernetes cannot bound the creation or the watching of objects
by name, so these two are granted for a kind, and all else for exactly the objects of the plan.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from components.rbac import Rule

RBAC = "rbac.authorization.k8s.io"

_BY_NAME = ("get", "patch", "delete")
"""Read, apply and remove one object: what the engine's provider does with what it has made."""
_BY_KIND = ("create", "watch")
_RELEASE = ("get", "create", "patch", "delete")
"""What Helm does with the objects of a release."""
_HELM_STORAGE = Rule(groups=("",), resources=("secrets",), verbs=("get", "list", "create", "update", "delete"))
"""Helm keeps each revision of a release in a Secret, finds them by label and marks the old ones."""
_AWAITED: Mapping[tuple[str, str], tuple[Rule, ...]] = {
    # Readiness is read off what controllers make of an object.
    ("apps", "deployments"): (Rule(groups=("apps",), resources=("replicasets",), verbs=("list",)),),
    ("apps", "statefulsets"): (Rule(groups=("",), resources=("pods",), verbs=("list", "watch")),),
    ("", "services"): (Rule(groups=("",), resources=("endpoints",), verbs=("watch",)),),
}


@dataclass(frozen=True, kw_only=True)
class PlannedObject:
    """One object that a plan makes."""

    api_version: str
    kind: str
    name: str
    namespace: str | None = None
    """None where it belongs to no namespace."""
    grants: tuple[Rule, ...] = ()
    """Rules of a Role or ClusterRole: who makes it must hold them."""
    binds: str | None = None
    """ClusterRole that a binding refers to."""


@dataclass(frozen=True, kw_only=True)
class PlannedRelease:
    """One Helm release that a plan makes."""

    namespace: str
    kinds: frozenset[tuple[str, str]]
    """API version and kind of its objects."""


@dataclass(frozen=True, kw_only=True)
class DeployerRights:
    """Rights on one cluster."""

    cluster_wide: tuple[Rule, ...]
    """Empty where an administrator makes namespaces and all cluster-wide objects."""
    inside: Mapping[str, tuple[Rule, ...]]
    """By namespace; empty where the plan makes the namespaces, because nobody can have rights in them before."""


def resource_of(api_version: str, kind: str) -> tuple[str, str]:
    """Return API group and resource, as rules name them."""
    group = api_version.rpartition("/")[0]
    word = kind.lower()
    if word.endswith("y"):
        return group, f"{word[:-1]}ies"
    return group, f"{word}es" if word.endswith("s") else f"{word}s"


def deployer_rights(objects: Sequence[PlannedObject], releases: Sequence[PlannedRelease]) -> DeployerRights:
    """Return the rights by which everything that a plan makes on one cluster can be made, changed and removed."""
    wide, inside = _Rules(), defaultdict[str, _Rules](_Rules)
    made = {one.name for one in objects if one.kind == "Namespace"}

    def place(namespace: str | None) -> _Rules:
        return wide if namespace is None or namespace in made else inside[namespace]

    cluster_roles = {one.name for one in objects if one.kind == "ClusterRole"}
    for one in objects:
        place(one.namespace).add(_rules_of(one, cluster_roles))
    for release in releases:
        place(release.namespace).add(_rules_of_release(release))
    return DeployerRights(
        cluster_wide=wide.merged(), inside={name: rules.merged() for name, rules in sorted(inside.items())}
    )


def _rules_of(one: PlannedObject, cluster_roles: set[str]) -> Iterable[Rule]:
    key = group, resource = resource_of(one.api_version, one.kind)
    names = () if one.namespace else (one.name,)
    yield Rule(groups=(group,), resources=(resource,), verbs=_BY_KIND)
    yield Rule(groups=(group,), resources=(resource,), verbs=_BY_NAME, names=names)
    yield from _AWAITED.get(key, ()) if one.namespace else ()
    yield from one.grants
    if one.binds and one.binds not in cluster_roles:
        yield Rule(groups=(RBAC,), resources=("clusterroles",), verbs=("bind",), names=(one.binds,))


def _rules_of_release(release: PlannedRelease) -> Iterable[Rule]:
    yield _HELM_STORAGE
    for api_version, kind in release.kinds:
        group, resource = resource_of(api_version, kind)
        yield Rule(groups=(group,), resources=(resource,), verbs=_RELEASE)
        if kind == "Deployment":
            yield from _AWAITED[group, resource]


@dataclass
class _Rules:
    """Rules taken apart, so that what is asked for twice is granted once."""

    verbs: dict[tuple[str, str, str], set[str]] = field(default_factory=lambda: defaultdict(set))
    """Verbs by API group, resource and name; the empty name stands for all."""

    def add(self, rules: Iterable[Rule]) -> None:
        for rule in rules:
            for group in rule.groups:
                for resource in rule.resources:
                    for name in rule.names or ("",):
                        self.verbs[group, resource, name] |= set(rule.verbs)

    def merged(self) -> tuple[Rule, ...]:
        """Put together again what has the same verbs: first the names, then the resources of a group."""
        by_names: dict[tuple[str, str, tuple[str, ...]], list[str]] = defaultdict(list)
        for (group, resource, name), verbs in sorted(self.verbs.items()):
            # What holds for all holds for each.
            needed = verbs - self.verbs.get((group, resource, ""), set()) if name else verbs
            if needed:
                by_names[group, resource, _ordered(needed)].append(name)
        by_resources: dict[tuple[str, tuple[str, ...], tuple[str, ...]], list[str]] = defaultdict(list)
        for (group, resource, needed_verbs), names in by_names.items():
            for some in (tuple(name for name in names if name), ("",) if "" in names else ()):
                if some:
                    by_resources[group, needed_verbs, tuple(name for name in some if name)].append(resource)
        return tuple(
            Rule(groups=(group,), resources=tuple(resources), verbs=verbs, names=names)
            for (group, verbs, names), resources in sorted(by_resources.items())
        )


_ORDER = ("get", "list", "watch", "create", "update", "patch", "delete", "bind")


def _ordered(verbs: set[str]) -> tuple[str, ...]:
    return tuple(sorted(verbs, key=lambda verb: _ORDER.index(verb) if verb in _ORDER else len(_ORDER)))
