"""The table of roles in the words of Kubernetes."""

from collections.abc import Mapping
from dataclasses import dataclass

from components.access_args import Role
from components.manifest import Manifest
from components.roles import RoleArgs, Verbs, allowed


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One rule of a ClusterRole."""

    groups: tuple[str, ...]
    """API groups; the empty text is the core group."""
    resources: tuple[str, ...]
    verbs: tuple[str, ...]
    names: tuple[str, ...] = ()
    """Names of the objects; none means all."""

    def as_kubernetes(self) -> Manifest:
        """Return the rule as the API writes it."""
        rule = {"apiGroups": list(self.groups), "resources": list(self.resources), "verbs": list(self.verbs)}
        return rule | ({"resourceNames": list(self.names)} if self.names else {})


def parts_of(resource: str) -> tuple[str, str]:
    """Split kubectl's way of writing a resource into resource with subresource, and API group."""
    name, _, group = resource.partition(".")
    return name, group


def role_rules(roles: Mapping[Role, RoleArgs], role: Role) -> tuple[Rule, ...]:
    """Write everything that a role may do as rules, one for each set of verbs in an API group."""
    together: dict[tuple[str, Verbs], list[str]] = {}
    for resource, verbs in allowed(roles, role).items():
        name, group = parts_of(resource)
        together.setdefault((group, verbs), []).append(name)
    return tuple(
        Rule(groups=(group,), resources=tuple(resources), verbs=verbs) for (group, verbs), resources in together.items()
    )
