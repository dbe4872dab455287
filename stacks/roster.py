"""Who is in an environment, and which role each of them has where."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from components.access_args import GrantArgs, Role, ShutOutArgs, SubjectKind, Way
from components.roles import ROLES, RoleArgs
from stacks.account_settings import TeamSettings
from stacks.problems import Problem, but_for_case, nearest
from stacks.settings import PlatformSettings

_RISING = tuple(Role)
Override = Role | Literal["none"]


@dataclass(frozen=True, kw_only=True)
class _Held:
    """One way in."""

    role: Role
    way: Way
    team: str | None = None


def _best(ways: Iterable[_Held]) -> _Held:
    """Return the most permissive way; the first of several, so that one's own name goes before a team's."""
    return max(ways, key=lambda way: _RISING.index(way.role))


@dataclass(frozen=True, kw_only=True)
class Roster:
    """The accounts and teams of one environment."""

    accounts: tuple[str, ...]
    teams: Mapping[str, TeamSettings]
    roles: Mapping[Role, RoleArgs] = field(default_factory=lambda: ROLES)
    bots: Mapping[str, date] = field(default_factory=dict)
    """Last day of those accounts that are bots."""
    clients: Mapping[str, str] = field(default_factory=dict)
    """Name at the identity provider of those bots that have one."""
    kubernetes_users: Mapping[str, str] = field(default_factory=dict)
    """What clusters know those bots by that have a name there."""
    today: date = date.min

    @classmethod
    def of(cls, settings: PlatformSettings, roles: Mapping[Role, RoleArgs], today: date) -> "Roster":
        """Read the roster off the settings."""
        accounts = settings.accounts
        bots = {name: date.fromisoformat(one.expires) for name, one in accounts.items() if one.expires}
        clients = {name: one.client_id for name, one in accounts.items() if one.client_id}
        users = {name: one.kubernetes_user for name, one in accounts.items() if one.kubernetes_user}
        return cls(
            accounts=tuple(accounts),
            teams=settings.teams,
            roles=roles,
            bots=bots,
            clients=clients,
            kubernetes_users=users,
            today=today,
        )

    def problems(self) -> Iterable[Problem]:
        """Check the roster in itself."""
        written: dict[str, str] = {}
        for account in self.accounts:
            if (twin := written.setdefault(account.lower(), account)) != account:
                yield Problem(("accounts", account), f"is {twin} again but for the case. Keep one of them")
        for bot, last_day in self.bots.items():
            if last_day < self.today:
                remedy = "Set a later day, or remove the bot and its memberships"
                yield Problem(("accounts", bot, "expires"), f"was {last_day}, so the bot is past its end. {remedy}")
        yield from self._bots_alike("client_id", self.clients)
        yield from self._bots_alike("kubernetes_user", self.kubernetes_users)
        people = [account.lower() for account in self.accounts if account not in self.bots]
        for bot, user in self.kubernetes_users.items():
            if any(user.lower().endswith(person) for person in people):
                message = "is the name of a person, who would hold the bot's roles beside his own"
                yield Problem(("accounts", bot, "kubernetes_user"), f"{message}. Write what clusters know the bot by")
        for name, team in self.teams.items():
            yield from self._team_problems(("teams", name), team)

    def _bots_alike(self, key: str, names: Mapping[str, str]) -> Iterable[Problem]:
        first: dict[str, str] = {}
        for bot, name in names.items():
            if (twin := first.setdefault(name, bot)) != bot:
                message = f"is that of {twin}, so nobody could tell them apart. Give each bot one of its own"
                yield Problem(("accounts", bot, key), message)

    def neighbour_problems(self, namespaces: Iterable[str]) -> Iterable[Problem]:
        """Refuse a bot that is a service account of a deployment: whoever writes its DAGs could act as the bot."""
        for bot, user in self.kubernetes_users.items():
            _, _, account = user.partition("system:serviceaccount:")
            if (namespace := account.partition(":")[0]) in namespaces:
                message = f"is in {namespace}, the namespace of a deployment, whose DAGs could act as the bot"
                yield Problem(("accounts", bot, "kubernetes_user"), f"{message}. Keep the account in another namespace")

    def _team_problems(self, path: tuple[str, ...], team: TeamSettings) -> Iterable[Problem]:
        if not team.members and not team.identity_group:
            yield Problem(path, "has neither members nor identity_group, so nobody is in it. Add one of them")
        for member in team.members:
            if member in self.teams:
                message = (
                    "is a team itself, and teams hold accounts only. Write its accounts here, or let both be members"
                )
                yield Problem((*path, "members", member), message)
            elif "@" not in member:
                message = "is not an e-mail address; accounts are keyed by e-mail, such as ada@example.com"
                yield Problem((*path, "members", member), message)
        accounts = [member for member in team.members if "@" in member]
        yield from self.unknown_members((*path, "members"), accounts, may_be_team=False)

    def admin_problems(self, path: tuple[str, ...], members: Mapping[str, Role]) -> Iterable[Problem]:
        """Refuse a workspace that nobody answers for; a machine cannot."""
        admins = [name for name, role in members.items() if role is Role.ADMIN]
        if not admins:
            message = "no member is admin, so nobody could manage the workspace. Give one account or team this role"
            yield Problem(path, message)
        elif all(self._is_machine(name) for name in admins):
            message = (
                f"only {', '.join(admins)} is admin, and no person is behind it. Give a person or a team this role"
            )
            yield Problem(path, message)

    def _is_machine(self, name: str) -> bool:
        if name not in self.teams:
            return name in self.bots
        team = self.teams[name]
        return not team.identity_group and bool(team.members) and all(member in self.bots for member in team.members)

    def unknown_members(self, path: tuple[str, ...], members: Iterable[str], *, may_be_team: bool) -> Iterable[Problem]:
        """Name members that have no account and are no team: somebody must have an account before being invited."""
        for member in members:
            if member in self.accounts or (may_be_team and member in self.teams):
                continue
            is_address = "@" in member or not may_be_team
            yield Problem((*path, member), self.no_account(member) if is_address else self._no_team(member))

    def no_account(self, address: str) -> str:
        """Say that nobody has an account with this address, and what to do."""
        if twin := but_for_case(address, self.accounts):
            return f"is the account {twin} but for the case. Write {twin}"
        remedy = f"Add `{address}: {{}}` under accounts, or correct the address"
        return f"has no account{nearest(address, self.accounts)}. {remedy}"

    def _no_team(self, name: str) -> str:
        if twin := but_for_case(name, self.teams):
            return f"is the team {twin} but for the case. Write {twin}"
        return f"is no team{nearest(name, self.teams)}. Add it under teams, or correct the name"

    def grants(
        self, members: Mapping[str, Role], access: Mapping[str, Override] | None = None
    ) -> tuple[GrantArgs, ...]:
        """Resolve who holds which role by which way, after a deployment's own grants and restrictions.

        The most permissive of a person's ways in counts, except where the deployment names the person: then that.
        """
        overrides = access or {}
        held = {account: self._held(account, members, overrides) for account in sorted(self.accounts)}
        found = [self._grant(account, self._kind(account), way) for account, way in held.items() if way]
        groups: dict[str, list[_Held]] = {}
        for way in self._teams(members, overrides):
            if way.team and (group := self.teams[way.team].identity_group):
                groups.setdefault(group, []).append(way)
        found += [self._grant(group, SubjectKind.GROUP, _best(ways)) for group, ways in sorted(groups.items())]
        return tuple(found)

    def shut_out(self, members: Mapping[str, Role], access: Mapping[str, Override]) -> tuple[ShutOutArgs, ...]:
        """Tell whom a deployment keeps out: accounts that it names, and who is in only by a team that it names."""
        named = sorted(name for name, role in access.items() if role == "none")
        found: dict[tuple[str, SubjectKind], str | None] = {
            (name, self._kind(name)): None for name in named if name in self.accounts
        }
        inside = {(one.subject, one.kind) for one in self.grants(members, access)}
        for team in (name for name in named if name in self.teams):
            for one in self._subjects(self.teams[team]):
                if one not in inside:
                    found.setdefault(one, team)
        return tuple(
            ShutOutArgs(subject=subject, kind=kind, team=team) for (subject, kind), team in sorted(found.items())
        )

    def _subjects(self, team: TeamSettings) -> Iterator[tuple[str, SubjectKind]]:
        yield from ((member, self._kind(member)) for member in team.members if member in self.accounts)
        if team.identity_group:
            yield team.identity_group, SubjectKind.GROUP

    def _grant(self, subject: str, kind: SubjectKind, way: _Held) -> GrantArgs:
        return GrantArgs(
            subject=subject,
            kind=kind,
            role=way.role,
            airflow_role=self.roles[way.role].airflow_role,
            way=way.way,
            team=way.team,
            expires=self.bots.get(subject),
            client_id=self.clients.get(subject),
            kubernetes_user=self.kubernetes_users.get(subject),
        )

    def _kind(self, account: str) -> SubjectKind:
        return SubjectKind.BOT if account in self.bots else SubjectKind.PERSON

    def _held(self, account: str, members: Mapping[str, Role], overrides: Mapping[str, Override]) -> _Held | None:
        if account in overrides:
            role = overrides[account]
            return _Held(role=role, way=Way.OVERRIDE) if isinstance(role, Role) else None
        ways = [_Held(role=members[account], way=Way.MEMBERSHIP)] if account in members else []
        ways += [way for way in self._teams(members, overrides) if way.team and account in self.teams[way.team].members]
        return _best(ways) if ways else None

    def _teams(self, members: Mapping[str, Role], overrides: Mapping[str, Override]) -> Iterator[_Held]:
        for name in sorted(self.teams):
            role = {**members, **overrides}.get(name)
            if isinstance(role, Role):
                yield _Held(role=role, way=Way.OVERRIDE if name in overrides else Way.TEAM, team=name)

    def restriction_problems(
        self, path: tuple[str, ...], members: Mapping[str, Role], access: Mapping[str, Override]
    ) -> Iterable[Problem]:
        """Refuse restrictions that cannot hold: of an admin, and of one person in a group that is let in."""
        for name, role in access.items():
            if role is Role.ADMIN:
                continue
            if (way := self._as_admin(name, members)) is not None:
                message = (
                    f"is admin of the workspace{way}, and an admin answers for all its deployments. Give it a lesser "
                    "role among the members, or remove it here"
                )
                yield Problem((*path, name), message)
            else:
                yield from self._within_group(path, name, role, {**members, **access})

    def _as_admin(self, name: str, members: Mapping[str, Role]) -> str | None:
        """Tell whether an account or a team is admin of a workspace: by which way, or None."""
        if name in self.teams:
            return "" if members.get(name) is Role.ADMIN else None
        held = self._held(name, members, {})
        if held is None or held.role is not Role.ADMIN:
            return None
        return f" through the team {held.team}" if held.team else ""

    def _within_group(
        self, path: tuple[str, ...], account: str, role: Override, roles: Mapping[str, Override]
    ) -> Iterable[Problem]:
        """Refuse to restrict one person below a group: Kubernetes lets nobody be taken out of it."""
        # Teams may share a group, and the one that lists the person need not be the one that has access.
        groups = {team.identity_group for team in self.teams.values() if account in team.members} - {None}
        for name, team in self.teams.items():
            by_group = roles.get(name)
            if team.identity_group not in groups or not isinstance(by_group, Role):
                continue
            if role == "none" or _RISING.index(role) < _RISING.index(by_group):
                message = (
                    f"is {by_group} through the group {team.identity_group} of team {name}, which no single member "
                    "can be taken out of here. Restrict the team, or take the person out of the group"
                )
                yield Problem((*path, account), message)
