"""What may be said of one Airflow deployment: sizes, image, DAGs, database and environment."""

import re
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema, model_validator

from components.access_args import Role
from components.airflow_versions import DEFAULT_VERSION
from components.args import Scalar
from components.life_args import Loss, State
from stacks.executor_settings import Executors
from stacks.exposure_settings import UiServiceSettings
from stacks.fields import ConfigKey, Flag, Name, PositiveCount, SecretName, Strict, VariableName, has_credential
from stacks.life_settings import HibernationScheduleSettings, KeysSettings
from stacks.log_settings import LogsSettings
from stacks.metric_settings import MetricsSettings
from stacks.network_settings import NetworkSettings
from stacks.plain_secrets import plain_environment, plain_options
from stacks.secret_settings import SecretValue
from stacks.size_settings import FreeLabelKey, LabelValue, Measured, Sized, VolumeSettings
from stacks.support_settings import SupportSettings


class ComponentSettings(Sized):
    """One long-running part of Airflow."""

    replicas: Annotated[PositiveCount, Field(le=20)] | None = None
    """How many run side by side."""


class TriggererSettings(ComponentSettings):
    """The part that waits for deferred tasks."""

    enabled: Flag | None = None
    """False runs none: deferrable operators then wait for ever."""


GIT_FORMS = ("https://", "http://", "ssh://", "git@")
"""How addresses of repositories begin."""
_GIT_ADDRESS = rf"({'|'.join(GIT_FORMS)})\S+"
_SSH_LOGIN = re.compile(r"ssh://[^/:@]*@")
_FOLDER = r"[\w.@+-]+(/[\w.@+-]+)*/?"


def _git_address(url: str) -> str:
    if not re.fullmatch(_GIT_ADDRESS, url):
        raise ValueError(
            f"is not the address of a repository; start it with {', '.join(GIT_FORMS[:-1])} or {GIT_FORMS[-1]}"
        )
    if has_credential(url) and not _SSH_LOGIN.match(url):
        raise ValueError("carries a credential in plain text; name a Secret under `credentials` instead")
    return url


def _folder_within(path: str) -> str:
    if path and (not re.fullmatch(_FOLDER, path) or ".." in path.split("/")):
        raise ValueError("is not a folder within the repository; write a relative path such as etl/dags, without ..")
    return path


class GitSettings(Strict):
    """DAGs kept in step with a git repository."""

    repo: Annotated[
        str, AfterValidator(_git_address), WithJsonSchema({"type": "string", "pattern": f"^{_GIT_ADDRESS}$"})
    ]
    """Address of the repository."""
    branch: str = "main"
    """Branch to follow."""
    sub_path: Annotated[str, AfterValidator(_folder_within)] = ""
    """Folder of the DAGs within the repository."""
    period_seconds: PositiveCount = 30
    """Pause between two looks at the repository."""
    credentials: SecretName | None = None
    """Secret with GITSYNC_USERNAME and GITSYNC_PASSWORD, for https."""
    ssh_key: SecretName | None = None
    """Secret with gitSshKey, for ssh."""
    username: str | None = None
    """User of `password_config`; many servers take any name beside a token."""
    password_config: ConfigKey | None = None
    """Secret of this stack's configuration that holds the password or token, for https."""
    ssh_key_config: ConfigKey | None = None
    """Secret of this stack's configuration that holds the private key, for ssh."""
    known_hosts: str | None = None
    """Lines of the known_hosts file; needed for ssh keys."""

    @model_validator(mode="after")
    def _one_way_in(self) -> Self:
        ways = ("credentials", "ssh_key", "password_config", "ssh_key_config")
        given = [f"`{way}`" for way in ways if getattr(self, way)]
        if len(given) > 1:
            raise ValueError(f"names both {' and '.join(given)}; keep the one that fits the address")
        if (self.ssh_key or self.ssh_key_config) and not self.known_hosts:
            raise ValueError(f"{given[0]} without `known_hosts` would trust any server; add the server's lines")
        if bool(self.username) != bool(self.password_config):
            raise ValueError("needs `username` and `password_config` together; add the one that is missing")
        return self


class DagsSettings(Strict):
    """Where DAGs come from; without `git` they are in the image."""

    git: GitSettings | None = None
    """A repository to follow."""


_IMAGE_PART = r"[a-z0-9]+([._-]+[a-z0-9]+)*"
_IMAGE = rf"([a-zA-Z0-9.-]+(:[0-9]+)?/)?{_IMAGE_PART}(/{_IMAGE_PART})*"
_TAG = r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}"


def _image_name(name: str) -> str:
    # The name is not repeated: a password may stand before an at sign.
    if not re.fullmatch(_IMAGE, name):
        raise ValueError(
            "is not the name of an image; write one such as registry.example.com/airflow, without https://, without "
            "user@ and without a tag. The key to a registry belongs under the cluster's `registries`"
        )
    return name


def _image_tag(tag: str) -> str:
    if not re.fullmatch(_TAG, tag):
        raise ValueError("is not the tag of an image; use at most 128 letters, digits, dots, hyphens and underscores")
    return tag


class ImageSettings(Strict):
    """The Airflow image."""

    repository: (
        Annotated[str, AfterValidator(_image_name), WithJsonSchema({"type": "string", "pattern": f"^{_IMAGE}$"})] | None
    ) = None
    """Repository, such as registry.example.com/airflow; by default apache/airflow."""
    tag: (
        Annotated[str, AfterValidator(_image_tag), WithJsonSchema({"type": "string", "pattern": f"^{_TAG}$"})] | None
    ) = None
    """Tag; by default the Airflow version."""


class EmbeddedDatabaseSettings(Measured):
    """A small PostgreSQL beside Airflow, for development: no backup, no failover."""

    volume: VolumeSettings | None = None
    """Keeps the data over a restart; without it the history lives as long as the pod."""


def _database(value: Any) -> Any:
    return {"embedded": {}} if value == "embedded" else value


class DatabaseSettings(Strict):
    """Where Airflow keeps its metadata: exactly one of the three."""

    secret: SecretName | None = None
    """Secret in the deployment's namespace that somebody else makes; key `connection` holds the URL."""
    config: ConfigKey | None = None
    """Secret of this stack's configuration that holds the URL (`pulumi config set --secret`)."""
    embedded: EmbeddedDatabaseSettings | None = None
    """A small PostgreSQL beside Airflow, for development."""

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        given = [name for name in ("secret", "config", "embedded") if getattr(self, name) is not None]
        if len(given) != 1:
            said = " and ".join(given) or "none"
            raise ValueError(f"needs exactly one of secret, config and embedded, but has {said}; keep one")
        return self


AccountName = Literal[
    "scheduler",
    "api_server",
    "dag_processor",
    "triggerer",
    "worker",
    "task_pod",
    "statsd",
    "redis",
    "pgbouncer",
    "migration",
    "cleanup",
    "database_cleanup",
]


class ServiceAccountSettings(Strict):
    """The ServiceAccount of one part."""

    annotations: dict[str, str] = {}
    """Annotations, such as those by which a cloud gives the part an identity of its own."""
    pod_labels: dict[FreeLabelKey, LabelValue] = {}
    """Labels of its pods, by which some clouds know which of them to give it to."""


def _version(version: str) -> str:
    if not re.fullmatch(r"\d+(\.\d+)+([a-z]+\d+)?", version):
        raise ValueError(f"is not an Airflow version; write one such as {DEFAULT_VERSION}")
    return version


class DeploymentDefaults(SupportSettings):
    """Settings that an environment or a workspace may set for all its deployments; the nearest one wins."""

    cluster: Name | None = Field(default=None, json_schema_extra={"immutable": True})
    """Cluster that hosts the deployment; may be left out where the environment has one."""
    node_group: Name | None = None
    """Group of the cluster's nodes that all its pods run on; by default any node."""
    airflow_version: Annotated[str, AfterValidator(_version)] | None = None
    """Airflow release, such as 3.2.2."""
    image: ImageSettings = ImageSettings()
    """The Airflow image."""
    executor: Executors | None = None
    """Where tasks run; LocalExecutor by default."""
    scheduler: ComponentSettings = ComponentSettings()
    """Decides what runs when."""
    api_server: ComponentSettings = ComponentSettings()
    """Serves the UI and the REST API; in Airflow 2 this is the webserver."""
    dag_processor: ComponentSettings = ComponentSettings()
    """Parses DAGs, apart from the scheduler."""
    triggerer: TriggererSettings = TriggererSettings()
    """Waits for deferred tasks."""
    env: Annotated[dict[VariableName, str | None], AfterValidator(plain_environment)] = {}
    """Environment variables of all components and tasks; null removes one that a farther layer sets."""
    secret_env: dict[VariableName, SecretValue | None] = {}
    """Environment variables from secrets; null removes one."""
    connections: dict[VariableName, SecretValue | None] = {}
    """Airflow connections by id, each a URI or JSON in a secret; null removes one."""
    variables: dict[VariableName, SecretValue | None] = {}
    """Airflow variables by key, each in a secret; null removes one."""
    config: Annotated[dict[str, dict[str, Scalar]], AfterValidator(plain_options)] = {}
    """Options of airflow.cfg by section, except those that the platform sets."""
    chart_values: dict[str, Any] = {}
    """Values of the Helm chart that no setting covers, laid over the platform's."""
    dags: DagsSettings = DagsSettings()
    """Where DAGs come from."""
    database: (
        Annotated[
            DatabaseSettings, BeforeValidator(_database, json_schema_input_type=DatabaseSettings | Literal["embedded"])
        ]
        | None
    ) = None
    """Where Airflow keeps its metadata."""
    network: NetworkSettings = NetworkSettings()
    """What it may reach outside of itself."""
    ui_service: UiServiceSettings = UiServiceSettings()
    """A Service by which its UI and API are reached from outside without an ingress."""
    service_accounts: dict[AccountName, ServiceAccountSettings] = {}
    """Who its parts are to the cloud, by part."""
    pod_launching: Flag | None = None
    """Tasks may start pods of their own, as the KubernetesPodOperator does."""
    logs: LogsSettings = LogsSettings()
    """Where task logs go; by default they stay on the disk or volume of what ran the task."""
    metrics: MetricsSettings = MetricsSettings()
    """Where metrics go; by default to a StatsD exporter of its own."""
    hibernation_schedule: HibernationScheduleSettings = HibernationScheduleSettings()
    """When nothing of it runs, every night or every weekend."""
    protect: Flag | None = None
    """Refuse to delete the deployment's namespace and state."""


class DeploymentSettings(DeploymentDefaults):
    """One Airflow deployment."""

    namespace: Name | None = Field(default=None, json_schema_extra={"immutable": True})
    """Namespace and release name; by default workspace and name. Cannot change once made."""
    state: State = State.ACTIVE
    """`hibernated`: nothing runs, everything is kept; `retired`: the release is gone too, and it may leave the file."""
    keys: KeysSettings = KeysSettings()
    """Generated keys and how often they were replaced."""
    may_lose: list[Loss] = []
    """What a change of this deployment may destroy for good; without it such a change is refused."""
    access: dict[str, Role | Literal["none"]] = {}
    """Roles that differ from the workspace's: grant more, restrict, or shut out with `none`."""
