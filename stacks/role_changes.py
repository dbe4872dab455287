"""What a change does to the roles themselves: which gains or loses what, against what the last run has exported."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from components.access_args import Role
from components.args import PlatformPlan
from stacks.inventory import roles_table

Rights = Mapping[str, frozenset[str]]
"""Verbs by resource, and what a front door offers."""

FRONT_DOOR = "front door"
UNKNOWN = "what they could do so far was not noted. What they can do from now on says `make access BY=role`"


@dataclass(frozen=True, kw_only=True)
class RoleChange:
    """What a change does to one role, or alike to several."""

    roles: tuple[str, ...]
    what: str

    def __str__(self) -> str:
        """Write the change in a line."""
        return f"{'role' if len(self.roles) == 1 else 'roles'} {', '.join(self.roles)}: {self.what}"


def role_changes(outputs: Mapping[str, Any], plan: PlatformPlan) -> list[RoleChange]:
    """Tell what a plan changes for the roles.

    Args:
        outputs: What the stack exported at its last run. Before the first, nobody has held a role and nothing changes;
            one from before it told of roles leaves open what changes, and that is said.
        plan: What is to be made real.
    """
    if not outputs:
        return []
    before, after = outputs.get("roles"), roles_table(plan.roles)
    if before is None:
        return [RoleChange(roles=tuple(Role), what=UNKNOWN)]
    changed: dict[str, list[str]] = {}
    held, planned = _in_all(before), _in_all(after)
    for role in Role:
        for what in (*_rights_changed(held[role], planned[role]), *_in_airflow(before[role], after[role])):
            changed.setdefault(what, []).append(role)
    return [RoleChange(roles=tuple(roles), what=what) for what, roles in changed.items()]


def _in_all(table: Mapping[str, Any]) -> dict[str, Rights]:
    """Sum up what each role may do, with what it has from the roles below it; the engine keeps no order of keys."""
    found: dict[str, Rights] = {}
    so_far: Rights = {}
    for role in Role:
        own: dict[str, Iterable[str]] = {**table[role]["kubernetes"], FRONT_DOOR: table[role]["actions"]}
        so_far = {name: so_far.get(name, frozenset()).union(own.get(name, ())) for name in (*so_far, *own)}
        found[role] = so_far
    return found


def _rights_changed(before: Rights, after: Rights) -> Iterator[str]:
    for name in sorted({*before, *after}):
        old, new = before.get(name, frozenset()), after.get(name, frozenset())
        where = "at front doors" if name == FRONT_DOOR else f"on {name}"
        for word, rights in (("gains", new - old), ("loses", old - new)):
            if rights:
                yield f"{word} {', '.join(sorted(rights))} {where}"


def _in_airflow(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    old, new = before["airflow_role"], after["airflow_role"]
    if old != new:
        yield f"in Airflow {old} -> {new}"
