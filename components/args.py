"""The contract of the components: frozen arguments with every default filled in and every reference resolved.

Plain values throughout, so that planning needs no Pulumi; only secret values and providers arrive as Pulumi objects,
filled in by the program just before a component is made.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from components import naming
from components.access_args import GrantArgs, Role, ShutOutArgs, SubjectsArgs, by_role
from components.budget_args import BudgetArgs, PricesArgs
from components.executor_args import ExecutorArgs, VolumeArgs
from components.exposure_args import UiServiceArgs
from components.git_args import GitSyncArgs
from components.hosting_args import ClusterIdentity, GuardRails, Provision, SiteArgs
from components.life_args import HibernationArgs, KeysArgs, Loss, StandingQuota, State
from components.network_args import NetworkArgs
from components.quantities import Resources
from components.roles import ROLES, RoleArgs
from components.secret_args import SecretKeyArgs
from components.sign_in_args import DoorArgs, SignInArgs
from components.support_args import CleanupArgs, DatabaseCleanupArgs, ExtraTaskPodsArgs, PgbouncerArgs

if TYPE_CHECKING:
    import pulumi

Scalar = str | int | float | bool


class Hosting(StrEnum):
    """Who runs the cluster."""

    CLOUD = "cloud"
    """The vendor of the platform, for many customers."""
    ENTERPRISE = "enterprise"
    """The customer."""


@dataclass(frozen=True, kw_only=True)
class ChartArgs:
    """The Airflow Helm chart that a release is made from."""

    reference: str
    """A local archive or an `oci://` address."""
    source: str | None = None
    """Where the archive is fetched from; None for the official repository."""
    version: str
    sha256: str
    """Digest of the archive. Helm sees only the version; the digest makes a changed archive show as a change."""


@dataclass(frozen=True, kw_only=True)
class WorkloadArgs:
    """One long-running part of Airflow."""

    replicas: int
    resources: Resources
    """Of the main container of one replica."""


@dataclass(frozen=True, kw_only=True)
class EmbeddedDatabaseArgs:
    """A small PostgreSQL inside the deployment's namespace: for development, without backup or failover."""

    image: str
    resources: Resources
    volume: VolumeArgs | None


@dataclass(frozen=True, kw_only=True)
class DatabaseArgs:
    """Where Airflow keeps its metadata."""

    secret_name: str
    """Secret in the deployment's namespace; its key `connection` holds the SQLAlchemy URL."""
    config_key: str | None = None
    """Secret of the stack's configuration to make that Secret from; None where somebody else makes it."""
    embedded: EmbeddedDatabaseArgs | None = None


@dataclass(frozen=True, kw_only=True)
class ImageArgs:
    """The Airflow image of all components."""

    repository: str
    tag: str
    pull_policy: str = "IfNotPresent"


@dataclass(frozen=True, kw_only=True)
class AirflowDeploymentArgs:
    """One Airflow: what it runs, what is reserved for it, and who may enter."""

    environment: str
    workspace: str
    name: str
    cluster: str
    namespace: str
    """Name of the namespace and of the Helm release."""
    airflow_version: str
    image: ImageArgs
    chart: ChartArgs
    executor: ExecutorArgs
    scheduler: WorkloadArgs
    api_server: WorkloadArgs
    """The webserver where Airflow is 2.x."""
    dag_processor: WorkloadArgs | None
    """None where the scheduler parses DAGs (possible in Airflow 2.x only)."""
    triggerer: WorkloadArgs | None
    statsd: Resources | None
    """None where metrics go to somebody else's collector."""
    log_groomer: Resources
    """Of the sidecar that deletes old logs."""
    job: Resources
    """Of the database migration and of each other one-off pod."""
    database: DatabaseArgs
    git_sync: GitSyncArgs | None
    log_volume: VolumeArgs | None = None
    """Holds the task logs of all parts; None where they stay with their part, or go elsewhere."""
    pgbouncer: PgbouncerArgs | None = None
    cleanup: CleanupArgs | None = None
    """Deletes pods of finished tasks; only where an executor starts pods."""
    database_cleanup: DatabaseCleanupArgs | None = None
    extra_task_pods: ExtraTaskPodsArgs | None = None
    env: Mapping[str, str] = field(default_factory=dict)
    secret_env: Mapping[str, str] = field(default_factory=dict)
    """Variable name to key of the stack's secret configuration."""
    referenced_env: Mapping[str, SecretKeyArgs] = field(default_factory=dict)
    """Variable name to where its value is."""
    config: Mapping[str, Mapping[str, Scalar]] = field(default_factory=dict)
    """Sections of airflow.cfg, on top of what the platform tunes."""
    chart_values: Mapping[str, Any] = field(default_factory=dict)
    """Values of the chart that no other argument covers; laid over all others."""
    grants: tuple[GrantArgs, ...] = ()
    """Who may enter, one for each person, bot and group; nobody where the deployment is retired."""
    shut_out: tuple[ShutOutArgs, ...] = ()
    """Whom the deployment keeps out; an account that it names, whatever group it is in."""
    sign_in: SignInArgs = field(default_factory=SignInArgs)
    """How they do so."""
    host: str | None = None
    """DNS name of the UI; None where the cluster has no ingress."""
    ingress_class: str | None = None
    tls_issuer: str | None = None
    """cert-manager ClusterIssuer of the host's certificate."""
    tls_secret: str | None = None
    """Secret with that certificate, where somebody else makes it."""
    door: DoorArgs | None = None
    """What is asked before anything reaches the host."""
    ui_service: UiServiceArgs | None = None
    """A Service that leads to the UI from outside; None where there is none."""
    is_protected: bool = False
    """Refuse to delete the namespace and what holds state."""
    state: State = State.ACTIVE
    hibernation: HibernationArgs | None = None
    """When it sleeps, while it is active; None where it never does."""
    keys: KeysArgs = field(default_factory=KeysArgs)
    may_lose: tuple[Loss, ...] = ()
    """What a change of this deployment may destroy."""
    standing_quota: StandingQuota = field(default_factory=StandingQuota)
    """Filled in where there is a state to read it from."""
    site: SiteArgs = field(default_factory=SiteArgs)
    """What is particular to the place."""
    allowed_registries: tuple[str, ...] | None = None
    """Where images of its pods may come from; None means anywhere."""
    network: NetworkArgs = field(default_factory=NetworkArgs)
    service_accounts: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Annotations of the ServiceAccounts, by part."""
    pod_labels: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Labels of the pods under these accounts, by part."""
    pod_launching: bool = False
    """Tasks may start pods of their own, as the KubernetesPodOperator does."""
    secret_values: "Mapping[str, pulumi.Input[str]]" = field(default_factory=dict, repr=False, compare=False)
    """Values of the stack's secret configuration by key; filled in by the program."""

    @property
    def airflow_major(self) -> int:
        """Return 2 or 3."""
        return int(self.airflow_version.split(".", 1)[0])

    @property
    def secret_keys(self) -> frozenset[str]:
        """Return the keys of the stack's secret configuration that the deployment refers to, and so is handed."""
        broker = self.executor.celery.broker_config_key if self.executor.celery else None
        git = self.git_sync.config_key if self.git_sync else None
        pull = self.site.registries.pull_config_key
        client = self.sign_in.oidc.client_secret_key if self.sign_in.oidc else None
        passwords = (self.sign_in.passwords.get(grant.subject.lower()) for grant in self.grants)
        single = (self.database.config_key, broker, git, pull, client, *self.keys.adopted)
        return frozenset(key for key in (*self.secret_env.values(), *single, *passwords) if key)

    @property
    def access(self) -> tuple[SubjectsArgs, ...]:
        """Return the grants by role."""
        return by_role(self.grants)

    @property
    def is_asleep(self) -> bool:
        """Tell whether Airflow is kept from running."""
        return self.state is not State.ACTIVE

    @property
    def keeps_claims(self) -> bool:
        """Tell whether volumes outlive the workers that claimed them."""
        return self.is_protected or self.is_asleep

    @property
    def url(self) -> str | None:
        """Return the address of the UI."""
        if self.host is None:
            return None
        return f"{'https' if self.certificate else 'http'}://{self.host}"

    @property
    def certificate(self) -> str | None:
        """Name the Secret with the certificate of the host; None where the UI is served without TLS."""
        return self.tls_secret or (naming.secret_name(self.namespace, "tls") if self.tls_issuer else None)


@dataclass(frozen=True, kw_only=True)
class ClusterArgs:
    """What the platform itself keeps on one cluster."""

    environment: str
    name: str
    hosting: Hosting
    context: str | None = None
    """Context of the kubeconfig file."""
    kubeconfig: str | None = None
    """Path of a kubeconfig file; None means the one that kubectl would use."""
    kubeconfig_config_key: str | None = None
    """Secret of the stack's configuration that holds the kubeconfig's text."""
    is_local: bool = False
    """The control plane that this project starts on the user's own machine."""
    cluster_objects: Provision = Provision.MANAGED
    """Who makes priority classes, cluster roles and whatever else belongs to no namespace."""
    guard_rails: GuardRails = GuardRails.DENY
    deployer_users: tuple[str, ...] = ()
    """Who acts for the platform, beside the cluster's administrators."""
    deployer_groups: tuple[str, ...] = ()
    identity: ClusterIdentity | None = None
    """Which cluster its address leads to; filled in where one is run, by what the kubeconfig says."""
    roles: Mapping[Role, RoleArgs] = field(default_factory=lambda: ROLES)
    """What the roles that members are bound to may do."""
    is_production: bool = True
    """Real data is there, so nobody gets a shell."""


@dataclass(frozen=True, kw_only=True)
class WorkspaceArgs:
    """A home of Airflow deployments and the people in it."""

    environment: str
    name: str
    owner: str | None
    """E-mail address of the account whose personal workspace this is; None where it is shared."""
    former_name: str | None = None
    """What it was called before it was renamed; the engine then knows it by both names."""
    grants: tuple[GrantArgs, ...]
    """Its members, one for each person, bot and group."""
    budget: BudgetArgs
    prices: PricesArgs | None = None
    """None where nobody has said what things cost."""
    deployments: tuple[AirflowDeploymentArgs, ...] = ()
    providers: "Mapping[str, pulumi.ProviderResource]" = field(default_factory=dict, repr=False, compare=False)
    """Kubernetes providers by cluster; filled in by the program."""

    @property
    def members(self) -> tuple[SubjectsArgs, ...]:
        """Return the members by role."""
        return by_role(self.grants)


@dataclass(frozen=True, kw_only=True)
class PlatformPlan:
    """Everything that one environment consists of, ready to be made."""

    environment: str
    chart: ChartArgs
    clusters: Mapping[str, ClusterArgs]
    workspaces: Mapping[str, WorkspaceArgs]
    roles: Mapping[Role, RoleArgs] = field(default_factory=lambda: ROLES)
    """What each role may do; in a namespace it is bound to what the clusters have of it."""

    @property
    def deployments(self) -> tuple[AirflowDeploymentArgs, ...]:
        """Return the Airflow deployments of all workspaces."""
        return tuple(deployment for workspace in self.workspaces.values() for deployment in workspace.deployments)
