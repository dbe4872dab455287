"""Who may do what, by which way, and what a change does to it. From the plan alone; what stands is an inventory."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from components.access_args import AirflowRole, GrantArgs, ShutOutArgs, SubjectKind, Way
from components.args import PlatformPlan
from components.life_args import State
from stacks.inventory import bots_table, members, shut_out
from stacks.role_changes import role_changes
from stacks.sign_in_changes import sign_in_changes
from stacks.transitions import standing_deployments

NONE = "none"
"""The role of those who are shut out."""


@dataclass(frozen=True, kw_only=True)
class AccessLine:
    """One person, bot or group in one workspace or Airflow deployment."""

    workspace: str
    deployment: str | None
    """None: the workspace itself."""
    subject: str
    kind: SubjectKind
    role: str
    airflow_role: AirflowRole | None
    """None where there is no Airflow to enter."""
    way: str
    """Such as `membership`, `team data-platform`, or `override`."""

    @property
    def place(self) -> str:
        """Name workspace and deployment."""
        return f"{self.workspace}.{self.deployment}" if self.deployment else self.workspace


@dataclass(frozen=True, kw_only=True)
class AccessChange:
    """What a change does to one person, bot or group in one place."""

    place: str
    subject: str
    """Groups are marked as in the inventory: `group:<name>`."""
    before: str | None
    after: str | None

    def __str__(self) -> str:
        """Write the change in a line."""
        # Whoever is in by a group alone has no role in the file.
        unnamed = "at most what a group gives" if NONE in (self.before, self.after) else "nothing"
        return f"{self.place}: {self.subject}: {self.before or unnamed} -> {self.after or unnamed}"


def access_lines(plan: PlatformPlan) -> list[AccessLine]:
    """List everybody in every workspace and deployment, with those whom a deployment shuts out."""
    found: list[AccessLine] = []
    for workspace in plan.workspaces.values():
        found += [_line(workspace.name, None, grant) for grant in workspace.grants]
        for one in workspace.deployments:
            found += [_line(workspace.name, one.name, grant) for grant in one.grants]
            found += [_shut_out(workspace.name, one.name, subject) for subject in one.shut_out]
    return found


def all_changes(outputs: Mapping[str, Any], plan: PlatformPlan) -> list[str]:
    """Write all that a plan changes of access: of the roles, of signing in, of bots, and for whom."""
    found = (*role_changes(outputs, plan), *sign_in_changes(outputs, plan), *_bot_changes(outputs, plan))
    return [str(one) for one in (*found, *access_changes(outputs, plan))]


def _bot_changes(outputs: Mapping[str, Any], plan: PlatformPlan) -> Iterator[str]:
    """Tell of bots that stay who else they become, and for how long; who comes and goes is told with the others."""
    before, after = outputs.get("bots", {}), bots_table(plan)
    for bot in sorted(before.keys() & after.keys()):
        for what in ("client_id", "kubernetes_user", "expires"):
            old, new = before[bot].get(what), after[bot].get(what)
            if old != new:
                yield f"bot {bot}: {what} {old or 'nothing'} -> {new or 'nothing'}"


def access_changes(outputs: Mapping[str, Any], plan: PlatformPlan) -> list[AccessChange]:
    """Tell what a plan changes for whom.

    Args:
        outputs: What the stack exported at its last run; before the first, everything is new.
        plan: What is to be made real. A deployment that moves or is renamed is the one in the same namespace.
    """
    found: list[AccessChange] = []
    workspaces = outputs.get("workspaces", {})
    planned = {name: _by_subject(members(one.members)) for name, one in plan.workspaces.items()}
    for name in sorted({*workspaces, *planned}):
        found += _changes(name, _by_subject(workspaces.get(name, {}).get("members", {})), planned.get(name, {}))
    standing = {one.namespace: one for one in standing_deployments(outputs)}
    after = {one.namespace: one for one in plan.deployments}
    for namespace in sorted({*standing, *after}):
        old, new = standing.get(namespace), after.get(namespace)
        names = [f"{one.workspace}.{one.name}" for one in (old, new) if one]
        held = _by_subject(old.entry.get("access", {})) if old else {}
        given = _by_subject(members(new.access)) if new else {}
        # What an older run has not told of is left alone, and so is who was kept out of what nobody enters any more.
        if old and new and new.state is not State.RETIRED and "shut_out" in old.entry:
            held |= dict.fromkeys(old.entry["shut_out"], NONE)
            given |= dict.fromkeys(shut_out(new), NONE)
        found += _changes(" -> ".join(dict.fromkeys(names)), held, given)
    return found


def _changes(place: str, before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[AccessChange]:
    for subject in sorted({*before, *after}):
        if before.get(subject) != after.get(subject):
            yield AccessChange(place=place, subject=subject, before=before.get(subject), after=after.get(subject))


def _by_subject(roles: Mapping[str, Any]) -> dict[str, str]:
    return {subject: role for role, subjects in roles.items() for subject in subjects}


def _line(workspace: str, deployment: str | None, grant: GrantArgs) -> AccessLine:
    return AccessLine(
        workspace=workspace,
        deployment=deployment,
        subject=grant.subject,
        kind=grant.kind,
        role=str(grant.role),
        airflow_role=grant.airflow_role if deployment else None,
        way=_way(grant),
    )


def _way(grant: GrantArgs) -> str:
    way = f"{grant.way} {'of team ' if grant.way is Way.OVERRIDE else ''}{grant.team}" if grant.team else str(grant.way)
    if grant.kind is not SubjectKind.BOT:
        return way
    place = f"with Kubernetes {grant.kubernetes_user}" if grant.kubernetes_user else "not with Kubernetes"
    return f"{way}, until {grant.expires}, {place}"


def _shut_out(workspace: str, deployment: str, subject: ShutOutArgs) -> AccessLine:
    return AccessLine(
        workspace=workspace,
        deployment=deployment,
        subject=subject.subject,
        kind=subject.kind,
        role=NONE,
        airflow_role=None,
        way=f"{Way.OVERRIDE} of team {subject.team}" if subject.team else str(Way.OVERRIDE),
    )
