"""Who may enter a workspace or an Airflow deployment, as which role, and by which way. Plain values, no Pulumi."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class Role(StrEnum):
    """What a member may do, in rising order."""

    VIEWER = "viewer"
    EDITOR = "editor"
    ADMIN = "admin"


class AirflowRole(StrEnum):
    """Roles that Airflow brings along itself, in rising order."""

    VIEWER = "Viewer"
    USER = "User"
    OP = "Op"
    ADMIN = "Admin"


class SubjectKind(StrEnum):
    """Who somebody is to those who ask."""

    PERSON = "person"
    """An account; the subject is its e-mail address."""
    BOT = "bot"
    """An account of a machine; the subject is its e-mail address."""
    GROUP = "group"
    """A group of the identity provider that a team names; who is in it, only the provider knows."""


class Way(StrEnum):
    """How somebody came by a role."""

    MEMBERSHIP = "membership"
    """Named among the workspace's members."""
    TEAM = "team"
    """Through a team among the workspace's members."""
    OVERRIDE = "override"
    """Through the deployment's own `access`, which names the account, or the team that is then given."""


@dataclass(frozen=True, kw_only=True)
class GrantArgs:
    """The one role that a person, a bot or a group holds in the end.

    There is one for each subject. A person who is in a group as well has two grants and holds the more permissive,
    with one exception: `is_exact`.
    """

    subject: str
    """E-mail address as it was written, or name of a group."""
    kind: SubjectKind
    role: Role
    airflow_role: AirflowRole
    way: Way
    team: str | None = None
    """Team that it came through; None where the account itself is named."""
    expires: date | None = None
    """Last day of a bot."""
    client_id: str | None = None
    """Name of a bot at the identity provider; None where it cannot enter by one."""
    kubernetes_user: str | None = None
    """What a cluster knows a bot by; None where it knows none, and nothing is bound."""

    @property
    def is_exact(self) -> bool:
        """Tell whether the deployment names this account: then it holds this role and no group gives it more."""
        return self.way is Way.OVERRIDE and self.team is None


@dataclass(frozen=True, kw_only=True)
class ShutOutArgs:
    """Somebody whom a deployment keeps out by `none`, and who has no other way in."""

    subject: str
    """E-mail address as it was written, or name of a group."""
    kind: SubjectKind
    team: str | None = None
    """Team that is kept out, with all who are in it by no other way; None where the account itself is named."""


@dataclass(frozen=True, kw_only=True)
class SubjectsArgs:
    """Those who hold one role."""

    role: Role
    users: tuple[str, ...] = ()
    """E-mail addresses."""
    groups: tuple[str, ...] = ()
    """Groups of the identity provider."""


def by_role(grants: Iterable[GrantArgs]) -> tuple[SubjectsArgs, ...]:
    """Sort grants by role, in rising order, without the roles that nobody holds."""
    held: dict[Role, list[GrantArgs]] = {}
    for grant in grants:
        held.setdefault(grant.role, []).append(grant)
    return tuple(
        SubjectsArgs(
            role=role,
            users=tuple(sorted(one.subject for one in held[role] if one.kind is not SubjectKind.GROUP)),
            groups=tuple(sorted(one.subject for one in held[role] if one.kind is SubjectKind.GROUP)),
        )
        for role in Role
        if role in held
    )
