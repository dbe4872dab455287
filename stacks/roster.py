"""Who is in an environment, and which role each of them has where."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from components.args import Role, SubjectsArgs
from stacks.problems import Problem, nearest
from stacks.settings import PlatformSettings, TeamSettings

_RISING = tuple(Role)
Override = Role | Literal["none"]


def _most_permissive(*roles: Role) -> Role:
    return max(roles, key=_RISING.index)


@dataclass(frozen=True, kw_only=True)
class Roster:
    """The accounts and teams of one environment."""

    accounts: tuple[str, ...]
    teams: Mapping[str, TeamSettings]

    @classmethod
    def of(cls, settings: PlatformSettings) -> "Roster":
        """Read the roster off the settings."""
        return cls(accounts=tuple(settings.accounts), teams=settings.teams)

    def problems(self) -> Iterable[Problem]:
        """Check the roster in itself."""
        written: dict[str, str] = {}
        for account in self.accounts:
            if (twin := written.setdefault(account.lower(), account)) != account:
                yield Problem(("accounts", account), f"is {twin} again but for the case. Keep one of them")
        for name, team in self.teams.items():
            if not team.members and not team.identity_group:
                message = "has neither members nor identity_group, so nobody is in it. Add one of them"
                yield Problem(("teams", name), message)
            yield from self.unknown_members(("teams", name, "members"), team.members, may_be_team=False)

    def unknown_members(self, path: tuple[str, ...], members: Iterable[str], *, may_be_team: bool) -> Iterable[Problem]:
        """Name members that have no account and are no team: somebody must have an account before being invited."""
        for member in members:
            if member in self.accounts or (may_be_team and member in self.teams):
                continue
            if "@" in member or not may_be_team:
                remedy = f"Add `{member}: {{}}` under accounts, or correct the address"
                yield Problem((*path, member), f"has no account{nearest(member, self.accounts)}. {remedy}")
            else:
                remedy = "Add it under teams, or correct the name"
                yield Problem((*path, member), f"is no team{nearest(member, list(self.teams))}. {remedy}")

    def subjects(
        self, members: Mapping[str, Role], access: Mapping[str, Override] | None = None
    ) -> tuple[SubjectsArgs, ...]:
        """Resolve who holds which role, after a deployment's own grants and restrictions.

        The most permissive of a person's ways in counts, except where the deployment names the person: then that.
        """
        overrides = access or {}
        roles = {**members, **overrides}
        users = {account: held for account in self.accounts if (held := self._role(account, roles, overrides))}
        groups: dict[str, Role] = {}
        for name, team in self.teams.items():
            if team.identity_group and isinstance(role := roles.get(name), Role):
                groups[team.identity_group] = _most_permissive(role, groups.get(team.identity_group, role))
        return tuple(
            SubjectsArgs(
                role=role,
                users=tuple(sorted(user for user, held in users.items() if held is role)),
                groups=tuple(sorted(group for group, held in groups.items() if held is role)),
            )
            for role in _RISING
            if role in {*users.values(), *groups.values()}
        )

    def _role(self, account: str, roles: Mapping[str, Override], overrides: Mapping[str, Override]) -> Role | None:
        if account in overrides:
            return role if isinstance(role := overrides[account], Role) else None
        ways = [roles.get(account), *(roles.get(name) for name, team in self.teams.items() if account in team.members)]
        held = [way for way in ways if isinstance(way, Role)]
        return _most_permissive(*held) if held else None

    def restriction_problems(
        self, path: tuple[str, ...], members: Mapping[str, Role], access: Mapping[str, Override]
    ) -> Iterable[Problem]:
        """Refuse restrictions that cannot hold: Kubernetes lets nobody be taken out of a group."""
        for account, role in access.items():
            for name, team in self.teams.items():
                by_group = {**members, **access}.get(name)
                if not (team.identity_group and account in team.members and isinstance(by_group, Role)):
                    continue
                if role == "none" or _RISING.index(role) < _RISING.index(by_group):
                    message = (
                        f"is {by_group} through the group {team.identity_group} of team {name}, which no single member "
                        "can be taken out of here. Restrict the team, or take the person out of the group"
                    )
                    yield Problem((*path, account), message)
