"""What a user may write into a stack file: clusters, accounts, teams, workspaces and their Airflow deployments."""

import re
from enum import StrEnum
from typing import Annotated, Self

from pydantic import AfterValidator, Field, WithJsonSchema, model_validator

from components.access_args import Role
from components.args import Hosting
from components.hosting_args import GuardRails
from stacks.account_settings import AccountSettings, PersonalWorkspacesSettings, TeamSettings
from stacks.budget_settings import AllowedSettings, BudgetSettings, PricesSettings
from stacks.deployment_settings import DeploymentDefaults, DeploymentSettings
from stacks.fields import ConfigKey, Email, Flag, Name, Place, SecretName, Strict, has_credential
from stacks.guard_rail_settings import DeployersSettings, Registries
from stacks.hosting_settings import HostSettings
from stacks.network_settings import ClusterNetworkSettings
from stacks.role_settings import RolesSettings
from stacks.shared_settings import SharedSettings
from stacks.sign_in_settings import AuthProxySettings, SignInSettings

_DOMAIN = r"([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}"


def _domain(name: str) -> str:
    if not re.fullmatch(_DOMAIN, name):
        raise ValueError("is not a DNS name; write one such as airflow.example.com, without https:// and path")
    return name


def _path_of_file(path: str) -> str:
    if "\n" in path or "apiVersion" in path:
        raise ValueError(
            "must be the path of a file, not its content; store the content with `pulumi config set --secret` and "
            "name its key under `kubeconfig_config`"
        )
    return path


def _chart_source(source: str) -> str:
    if has_credential(source):
        raise ValueError("carries a credential in plain text; fetch the archive beforehand and write its path instead")
    return source


class IngressSettings(Strict):
    """How the UIs of a cluster's deployments are reached."""

    domain: Annotated[str, AfterValidator(_domain), WithJsonSchema({"type": "string", "pattern": f"^{_DOMAIN}$"})]
    """Each deployment gets <namespace>.<domain>."""
    class_name: Name = Field(default="nginx", alias="class")
    """IngressClass that serves them."""
    namespace: Name = "ingress-nginx"
    """Namespace of the ingress controller; nothing else reaches the UIs."""
    tls_issuer: Name | None = None
    """cert-manager ClusterIssuer of the certificates; without it the UIs are served without TLS."""
    tls_secret: SecretName | None = None
    """Secret with a certificate for all of them, which somebody else makes in each deployment's namespace."""
    auth_proxy: AuthProxySettings | None = None
    """Asked before a request reaches Airflow."""

    @model_validator(mode="after")
    def _one_certificate(self) -> Self:
        if self.tls_issuer and self.tls_secret:
            raise ValueError("has both tls_issuer and tls_secret; keep one")
        return self


class ClusterSettings(HostSettings):
    """A Kubernetes that hosts deployments."""

    hosting: Hosting
    """`cloud`: run by the vendor of the platform for many customers; `enterprise`: the customer's own."""
    context: str | None = None
    """Context of the kubeconfig that kubectl uses."""
    kubeconfig: Annotated[str, AfterValidator(_path_of_file)] | None = None
    """Path of a kubeconfig file."""
    kubeconfig_config: ConfigKey | None = None
    """Secret of this stack's configuration that holds the text of a kubeconfig."""
    local: Flag = False
    """The control plane that `make up` starts on this machine: real API server, simulated nodes."""
    ingress: IngressSettings | None = None
    """How the UIs are reached from outside."""
    guard_rails: GuardRails = GuardRails.DENY
    """What becomes of a request that breaks a rule of the platform; on a `cloud` cluster it is always refused."""
    deployers: DeployersSettings = DeployersSettings()
    """Who acts for the platform, where that is no administrator of the cluster."""
    allowed_registries: Registries | None = None
    """Where images may come from."""
    network: ClusterNetworkSettings = ClusterNetworkSettings()
    """What lies around its deployments."""
    storage_class: Name | None = None
    """StorageClass of all volumes; by default the cluster's own default class."""
    sign_in: SignInSettings | None = None
    """How people enter the UIs there; by default as in the environment."""

    @model_validator(mode="after")
    def _shared_is_guarded(self) -> Self:
        if self.hosting is Hosting.CLOUD and self.guard_rails is not GuardRails.DENY:
            raise ValueError("loosens guard_rails on a cluster of many customers; leave the key out")
        return self

    @model_validator(mode="after")
    def _one_address(self) -> Self:
        # A context may choose within a kubeconfig; the other addresses stand alone.
        ways = {
            "kubeconfig" if self.kubeconfig else "context": self.kubeconfig or self.context,
            "kubeconfig_config": self.kubeconfig_config,
            "local": self.local or None,
        }
        given = [name for name, value in ways.items() if value is not None]
        if not given:
            raise ValueError(
                "does not say where the cluster is, and the current context of some shell is no answer; "
                "set context, kubeconfig, kubeconfig_config or local"
            )
        if len(given) > 1:
            raise ValueError(f"says more than once where the cluster is: {', '.join(given)}; keep one")
        return self


class WorkspaceSettings(Strict):
    """A shared home of Airflow deployments."""

    members: dict[str, Role]
    """Accounts and teams with their roles."""
    budget: BudgetSettings = BudgetSettings()
    """The most that its deployments may reserve together."""
    allowed: AllowedSettings = AllowedSettings()
    """What its deployments may choose."""
    defaults: DeploymentDefaults = DeploymentDefaults()
    """Settings of all its deployments."""
    shared: dict[Name, SharedSettings] = {}
    """Values kept once and linked to all or some of its deployments."""
    deployments: dict[Name, DeploymentSettings] = {}
    """Airflow deployments by name."""


class ChartSettings(Strict):
    """Where the official Airflow chart comes from; its version is fixed by this release of Airspace."""

    source: Annotated[str, AfterValidator(_chart_source)] | None = None
    """Path, https address of a mirror, or oci:// address; by default the official repository."""


class Stage(StrEnum):
    """What an environment is for."""

    DEVELOPMENT = "development"
    PRODUCTION = "production"


class PlatformSettings(Strict):
    """One environment."""

    clusters: Annotated[dict[Name, ClusterSettings], Field(min_length=1)]
    """Clusters that host deployments."""
    accounts: dict[Email, AccountSettings] = {}
    """People and bots, keyed by e-mail address."""
    personal_workspaces: PersonalWorkspacesSettings = PersonalWorkspacesSettings()
    """What holds for all personal workspaces."""
    teams: dict[Name, TeamSettings] = {}
    """Teams by name."""
    workspaces: dict[Name, WorkspaceSettings] = {}
    """Shared workspaces by name."""
    defaults: DeploymentDefaults = DeploymentDefaults()
    """Settings of all deployments of the environment."""
    sign_in: SignInSettings = SignInSettings()
    """How people enter the UIs."""
    chart: ChartSettings = ChartSettings()
    """Where the Airflow chart comes from."""
    moves: dict[Place, Place] = {}
    """Workspaces and deployments that were renamed or moved: former place to present place."""
    prices: PricesSettings | None = None
    """What reserved resources cost, for reports and for budgets of cost."""
    stage: Stage = Stage.PRODUCTION
    """`development` where no real data is: members may be given a shell, and workers are not waited for long."""
    roles: RolesSettings = RolesSettings()
    """What the roles of members may do, as far as it differs from the table."""
