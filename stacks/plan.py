"""From settings to the plan of an environment: every default filled in, every reference checked, every sum made.

Pure: no Pulumi, no files, no clock. Nothing here depends on another workspace but the uniqueness of names, so that an
environment can be cut by workspace.
"""

from collections.abc import Mapping, Set
from dataclasses import dataclass, field, replace

from components import chart, naming
from components.access_args import Role
from components.args import AirflowDeploymentArgs, ChartArgs, ClusterArgs, PlatformPlan, WorkspaceArgs
from components.budget_args import BudgetArgs, PricesArgs
from components.life_args import State
from stacks.account_settings import AccountKind, AccountSettings, PersonalWorkspaceSettings
from stacks.allowances import allowance_problems, node_group_problems, reference_problems
from stacks.budget_settings import AllowedSettings, BudgetSettings
from stacks.budgets import budget_problems
from stacks.cloud_network_plan import cluster_network_problems
from stacks.deployment_plan import DeploymentPlanner
from stacks.deployment_settings import DeploymentDefaults, DeploymentSettings
from stacks.door_plan import door_problems
from stacks.layers import layered
from stacks.loader import StackSource
from stacks.moves import Moves
from stacks.network_plan import neighbour_problems
from stacks.problems import Problem, SettingsError
from stacks.registry_plan import image_problems, workspace_problems
from stacks.role_plan import plan_roles, role_problems
from stacks.roster import Roster
from stacks.secret_references import unknown_secret
from stacks.settings import ClusterSettings, PlatformSettings, Stage
from stacks.shared_settings import SharedSettings
from stacks.shared_values import linked_values, shared_problems
from stacks.sign_in_plan import sign_in_problems
from stacks.sign_in_settings import SignInSettings
from stacks.site_plan import cluster_problems, deployer_problems
from stacks.stand_ins import follows, is_in_doubt
from stacks.support_plan import void_problems
from stacks.validation import validate


def plan_stack(source: StackSource) -> PlatformPlan:
    """Plan an environment as it was written.

    Raises:
        SettingsError: Anything is wrong; says everything that is.
    """
    settings, problems = validate(source)
    refused = {problem.path for problem in problems}
    planner = _Planner.of(source, settings, refused)
    plan = planner.plan()
    problems += [problem for problem in planner.problems if not follows(problem.path, refused)]
    if problems:
        raise SettingsError(source.label, problems, source.lines)
    return plan


def _chart(source: str | None) -> ChartArgs:
    """Say which chart all releases of an environment are made from; Helm itself resolves only OCI addresses."""
    reference = source if source and source.startswith("oci://") else chart.LOCAL_ARCHIVE
    return ChartArgs(reference=reference, source=source, version=chart.VERSION, sha256=chart.SHA256)


@dataclass(frozen=True, kw_only=True)
class _Home:
    """A workspace before it is planned, shared or personal."""

    path: tuple[str, ...]
    owner: str | None
    members: Mapping[str, Role]
    budget: BudgetSettings
    allowed: AllowedSettings
    defaults: tuple[DeploymentDefaults, ...]
    """From the outermost to its own."""
    deployments: Mapping[str, DeploymentSettings]
    shared: Mapping[str, SharedSettings] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class _Planner:
    environment: str
    settings: PlatformSettings
    roster: Roster
    deployments: DeploymentPlanner
    refused: Set[tuple[str, ...]]
    """Paths of what had to be left out of the settings."""
    problems: list[Problem] = field(default_factory=list)

    @classmethod
    def of(cls, source: StackSource, settings: PlatformSettings, refused: Set[tuple[str, ...]]) -> "_Planner":
        problems: list[Problem] = []
        deployments = DeploymentPlanner(
            environment=source.environment,
            clusters=settings.clusters,
            chart=_chart(settings.chart.source),
            sign_in=settings.sign_in,
            stage=settings.stage,
            secret_keys=source.secret_keys,
            problems=problems,
        )
        return cls(
            environment=source.environment,
            settings=settings,
            roster=Roster.of(settings, plan_roles(settings), source.read_on),
            deployments=deployments,
            refused=refused,
            problems=problems,
        )

    def plan(self) -> PlatformPlan:
        """Plan everything that can be planned, and collect what cannot."""
        self.problems.extend(self.roster.problems())
        self._check_sign_in()
        self.problems.extend(role_problems(self.settings))
        self._check_addresses()
        homes = self._homes()
        moves = Moves(
            recorded=self.settings.moves, homes={name: home.deployments.keys() for name, home in homes.items()}
        )
        self.problems.extend(moves.problems())
        workspaces = {name: self._workspace(name, home, moves) for name, home in sorted(homes.items())}
        self._check_namespaces(workspaces)
        clusters = {name: self._cluster(name, one) for name, one in sorted(self.settings.clusters.items())}
        return PlatformPlan(
            environment=self.environment,
            chart=self.deployments.chart,
            clusters=clusters,
            workspaces=workspaces,
            roles=self.roster.roles,
        )

    def _cluster(self, name: str, settings: ClusterSettings) -> ClusterArgs:
        sign_in = settings.sign_in or self.settings.sign_in
        self.problems.extend([*cluster_problems(name, settings), *cluster_network_problems(name, settings, sign_in)])
        keys = {
            ("kubeconfig_config",): settings.kubeconfig_config,
            ("registries", "pull_config"): settings.registries.pull_config,
        }
        for path, key in keys.items():
            if key:
                self.problems.extend(unknown_secret(("clusters", name, *path), key, self.deployments.secret_keys))
        return ClusterArgs(
            environment=self.environment,
            name=name,
            hosting=settings.hosting,
            context=settings.context,
            kubeconfig=settings.kubeconfig,
            kubeconfig_config_key=settings.kubeconfig_config,
            is_local=settings.local,
            cluster_objects=settings.cluster_objects,
            guard_rails=settings.guard_rails,
            deployer_users=tuple(settings.deployers.users),
            deployer_groups=tuple(settings.deployers.groups),
            roles=self.roster.roles,
            is_production=self.settings.stage is Stage.PRODUCTION,
        )

    def _homes(self) -> dict[str, _Home]:
        """Collect shared and personal workspaces under their names."""
        homes = {
            name: _Home(
                path=("workspaces", name),
                owner=None,
                members=one.members,
                budget=one.budget,
                allowed=one.allowed,
                defaults=(one.defaults,),
                deployments=one.deployments,
                shared=one.shared,
            )
            for name, one in self.settings.workspaces.items()
        }
        rules = self.settings.personal_workspaces
        for email, account in self.settings.accounts.items():
            personal = self._personal(account)
            if personal is None:
                continue
            name = personal.name or naming.personal_workspace_name(email)
            path = ("accounts", email, "personal_workspace")
            if name in homes:
                message = f"would be called {name}, as {'.'.join(homes[name].path)} is already. Set another name here"
                self.problems.append(Problem((*path, "name"), message))
                continue
            homes[name] = _Home(
                path=path,
                owner=email,
                members={email: Role.ADMIN},
                budget=personal.budget or rules.budget,
                allowed=rules.allowed,
                defaults=(rules.defaults, personal.defaults),
                deployments=personal.deployments,
                shared=personal.shared,
            )
        return homes

    def _personal(self, account: AccountSettings) -> PersonalWorkspaceSettings | None:
        """Return an account's own workspace, if it has one: where none is usual, it asks for it."""
        is_asked_for = "personal_workspace" in account.model_fields_set
        is_usual = self.settings.personal_workspaces.enabled and account.kind is AccountKind.PERSON
        return account.personal_workspace or None if is_asked_for or is_usual else None

    def _workspace(self, name: str, home: _Home, moves: Moves) -> WorkspaceArgs:
        members = (*home.path, "members")
        self.problems.extend(self.roster.unknown_members(members, home.members, may_be_team=True))
        self.problems.extend(self.roster.admin_problems(members, home.members))
        self.problems.extend(reference_problems(home.allowed, self.settings.clusters, home.path))
        self.problems.extend(shared_problems(home.shared, home.deployments.keys(), home.path))
        prices = self.settings.prices
        planned = (
            self._deployment(name, home, one, moves.settled(name, one, settings))
            for one, settings in sorted(home.deployments.items())
        )
        workspace = WorkspaceArgs(
            environment=self.environment,
            name=name,
            owner=home.owner,
            former_name=moves.former_name(name),
            grants=self.roster.grants(home.members),
            budget=BudgetArgs(**home.budget.model_dump()),
            prices=PricesArgs(**prices.model_dump()) if prices else None,
            deployments=tuple(deployment for deployment in planned if deployment),
        )
        self.problems.extend(budget_problems(self._as_far_as_known(workspace, home.path), home.path))
        return workspace

    def _as_far_as_known(self, workspace: WorkspaceArgs, path: tuple[str, ...]) -> WorkspaceArgs:
        """Leave out the deployments whose size is not known, because something of them was refused."""
        unknown = self.refused | self.deployments.stood_in
        known = (one for one in workspace.deployments if not is_in_doubt((*path, "deployments", one.name), unknown))
        return replace(workspace, deployments=tuple(known))

    def _deployment(
        self, workspace: str, home: _Home, name: str, settings: DeploymentSettings
    ) -> AirflowDeploymentArgs | None:
        path = (*home.path, "deployments", name)
        access = (*path, "access")
        self.problems.extend(self.roster.unknown_members(access, settings.access, may_be_team=True))
        self.problems.extend(self.roster.restriction_problems(access, home.members, settings.access))
        full = layered(self.settings.defaults, *home.defaults, linked_values(home.shared, name), settings)
        if not follows((*path, "executor"), self.refused):
            self.problems.extend(void_problems(settings, full, path))
        planned = self.deployments.plan(workspace, name, full, path)
        if planned:
            self.problems.extend(allowance_problems(home.allowed, planned, path, home.path))
        if planned is None or planned.state is State.RETIRED:
            return planned
        self.problems.extend(node_group_problems(home.allowed, full.node_group, path, home.path))
        allowed = self.settings.clusters[planned.cluster].allowed_registries
        self.problems.extend(workspace_problems(home.allowed.registries, allowed, home.path))
        registries = home.allowed.registries or allowed
        planned = replace(
            planned,
            grants=self.roster.grants(home.members, settings.access),
            shut_out=self.roster.shut_out(home.members, settings.access),
            allowed_registries=tuple(registries) if registries is not None else None,
        )
        self.problems.extend([*image_problems(planned, path), *door_problems(planned, path)])
        return planned

    def _check_sign_in(self) -> None:
        written: dict[tuple[str, ...], SignInSettings | None] = {("sign_in",): self.settings.sign_in}
        written |= {("clusters", name, "sign_in"): one.sign_in for name, one in self.settings.clusters.items()}
        for path, settings in written.items():
            if settings:
                self.problems.extend(sign_in_problems(settings, self.roster, self.deployments.secret_keys, path))

    def _check_addresses(self) -> None:
        """Refuse two entries for one cluster: each would make the platform's own objects on it."""
        first: dict[tuple[object, ...], str] = {}
        for name, one in self.settings.clusters.items():
            address = (one.context, one.kubeconfig, one.kubeconfig_config, one.local)
            if (twin := first.setdefault(address, name)) != name:
                message = f"is at the same address as {twin}. Keep one of them, or correct the address"
                self.problems.append(Problem(("clusters", name), message))

    def _check_namespaces(self, workspaces: Mapping[str, WorkspaceArgs]) -> None:
        """Refuse two deployments in one namespace, also on different clusters: the name is their identity."""
        first: dict[str, str] = {}
        for workspace in workspaces.values():
            for deployment in workspace.deployments:
                owner = f"{workspace.name}.{deployment.name}"
                if deployment.namespace in first:
                    message = (
                        f"and {first[deployment.namespace]} would share the namespace {deployment.namespace}. "
                        "Rename one of them, or set another namespace"
                    )
                    self.problems.append(Problem((*_path_of(workspace), "deployments", deployment.name), message))
                first.setdefault(deployment.namespace, owner)
        self.problems.extend([*self.roster.neighbour_problems(first), *deployer_problems(self.settings, first)])
        for workspace in workspaces.values():
            for deployment in workspace.deployments:
                path = (*_path_of(workspace), "deployments", deployment.name)
                self.problems.extend(neighbour_problems(deployment.network, first, path))


def _path_of(workspace: WorkspaceArgs) -> tuple[str, ...]:
    if workspace.owner is None:
        return ("workspaces", workspace.name)
    return ("accounts", workspace.owner, "personal_workspace")
