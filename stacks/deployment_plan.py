"""Turns the settings of one Airflow deployment into the arguments of its component: every default, every size."""

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, field

from components import airflow_versions, naming, sizing, tuning
from components.args import (
    AirflowDeploymentArgs,
    ChartArgs,
    DatabaseArgs,
    EmbeddedDatabaseArgs,
    GitSyncArgs,
    ImageArgs,
    WorkloadArgs,
)
from components.executor_args import (
    CeleryExecutorArgs,
    ExecutorArgs,
    ExecutorKind,
    KubernetesExecutorArgs,
    LocalExecutorArgs,
    VolumeArgs,
    WorkerQueueArgs,
)
from components.quantities import Resources
from stacks.deployment_settings import (
    ComponentSettings,
    DatabaseSettings,
    DeploymentSettings,
    EmbeddedDatabaseSettings,
    GitSettings,
    ImageSettings,
)
from stacks.executor_settings import (
    CeleryExecutorSettings,
    ExecutorSettings,
    KubernetesExecutorSettings,
    LocalExecutorSettings,
    Measured,
    Sized,
    VolumeSettings,
    WorkerQueueSettings,
)
from stacks.network_plan import network_problems, with_isolation
from stacks.problems import Problem, nearest, one_of
from stacks.settings import ClusterSettings

DEFAULT_IMAGE_REPOSITORY = "apache/airflow"
_PLATFORM_EXECUTOR = LocalExecutorSettings(type="LocalExecutor")
"""The one that needs nothing beside itself."""


@dataclass(frozen=True, kw_only=True)
class DeploymentPlanner:
    """Plans the Airflow deployments of one environment."""

    environment: str
    clusters: Mapping[str, ClusterSettings]
    chart: ChartArgs
    secret_keys: Set[str] | None
    """Keys of the secrets in the stack's configuration; None where these are not known."""
    problems: list[Problem] = field(default_factory=list)
    """What stands in the way, collected over all calls."""

    def plan(
        self, workspace: str, name: str, settings: DeploymentSettings, path: tuple[str, ...]
    ) -> AirflowDeploymentArgs | None:
        """Plan one deployment; None where a problem leaves nothing to build on. Access is filled in by the caller."""
        found = [*self._cluster_problems(settings, path), *self._version_problems(settings, path)]
        found += [*self._name_problems(workspace, name, settings, path), *self._config_problems(settings, path)]
        if settings.database is None:
            message = (
                "is missing. Write `embedded` for development, or name the Secret or configuration key with the URL"
            )
            found.append(Problem((*path, "database"), message))
        self.problems.extend(found)
        if found or settings.database is None:
            return None
        cluster = settings.cluster or next(iter(self.clusters))
        self.problems.extend(network_problems(settings.network, self.clusters[cluster], path))
        args = self._args(workspace, name, settings, cluster, settings.database)
        return with_isolation(args, settings, self.clusters[cluster])

    def _args(
        self, workspace: str, name: str, settings: DeploymentSettings, cluster: str, database_settings: DatabaseSettings
    ) -> AirflowDeploymentArgs:
        where = self.clusters[cluster]
        version = settings.airflow_version or airflow_versions.DEFAULT_VERSION
        namespace = settings.namespace or naming.deployment_namespace(workspace, name)
        # Airflow 2 parses DAGs in the scheduler until somebody sizes a DAG processor.
        has_dag_processor = airflow_versions.needs_dag_processor(version) or bool(
            settings.dag_processor.model_fields_set
        )
        return AirflowDeploymentArgs(
            environment=self.environment,
            workspace=workspace,
            name=name,
            cluster=cluster,
            namespace=namespace,
            airflow_version=version,
            image=_image(settings.image, version),
            chart=self.chart,
            executor=_executor(settings, where),
            scheduler=_workload(sizing.Sized.SCHEDULER, settings.scheduler),
            api_server=_workload(sizing.Sized.API_SERVER, settings.api_server),
            dag_processor=_workload(sizing.Sized.DAG_PROCESSOR, settings.dag_processor) if has_dag_processor else None,
            triggerer=None
            if settings.triggerer.enabled is False
            else _workload(sizing.Sized.TRIGGERER, settings.triggerer),
            statsd=sizing.STATSD,
            log_groomer=sizing.LOG_GROOMER,
            job=sizing.JOB,
            database=_database(namespace, database_settings, where),
            git_sync=_git_sync(settings.dags.git) if settings.dags.git else None,
            env=settings.env,
            secret_env=settings.secret_env,
            config=settings.config,
            host=f"{namespace}.{where.ingress.domain}" if where.ingress else None,
            ingress_class=where.ingress.class_name if where.ingress else None,
            tls_issuer=where.ingress.tls_issuer if where.ingress else None,
            is_protected=settings.protect or False,
        )

    def _cluster_problems(self, settings: DeploymentSettings, path: tuple[str, ...]) -> Iterable[Problem]:
        if settings.cluster is None and len(self.clusters) > 1:
            message = f"is missing, and there are several: {one_of(self.clusters)}. Name one here or under defaults"
            yield Problem((*path, "cluster"), message)
        elif settings.cluster is not None and settings.cluster not in self.clusters:
            message = f"there is no cluster {settings.cluster}{nearest(settings.cluster, self.clusters)}"
            yield Problem(
                (*path, "cluster"), f"{message}. Choose from {one_of(self.clusters)}, or add it under clusters"
            )

    def _version_problems(self, settings: DeploymentSettings, path: tuple[str, ...]) -> Iterable[Problem]:
        version = settings.airflow_version or airflow_versions.DEFAULT_VERSION
        if reason := airflow_versions.refuse_version(version):
            yield Problem((*path, "airflow_version"), reason)
            return
        kinds = tuple(ExecutorKind(one.type) for one in settings.executor or [_PLATFORM_EXECUTOR])
        if reason := airflow_versions.refuse_executors(version, kinds):
            yield Problem((*path, "executor"), reason)

    def _name_problems(
        self, workspace: str, name: str, settings: DeploymentSettings, path: tuple[str, ...]
    ) -> Iterable[Problem]:
        namespace = settings.namespace or naming.deployment_namespace(workspace, name)
        if len(namespace) > naming.MAX_RELEASE_NAME:
            remedy = "Shorten the workspace's or the deployment's name, or set a shorter namespace"
            yield Problem(
                path,
                f"the namespace {namespace} has {len(namespace)} characters, the chart's own names leave room for "
                f"{naming.MAX_RELEASE_NAME}. {remedy}",
            )
        for one in settings.executor or []:
            for queue in one.queues if isinstance(one, CeleryExecutorSettings) else ():
                full = naming.worker_set_name(namespace, queue)
                if len(full) > naming.MAX_STATEFUL_SET_NAME:
                    message = (
                        f"its workers would be called {full}, longer than {naming.MAX_STATEFUL_SET_NAME} characters"
                    )
                    yield Problem((*path, "executor", "queues", queue), f"{message}. Shorten the queue's name")

    def _config_problems(self, settings: DeploymentSettings, path: tuple[str, ...]) -> Iterable[Problem]:
        for section, options in settings.config.items():
            for option in options:
                if reason := tuning.refuse_option(section, option):
                    yield Problem((*path, "config", section, option), reason)
        for variable in (*settings.env, *settings.secret_env):
            if reason := tuning.refuse_variable(variable):
                yield Problem((*path, "env", variable), reason)
        keys = {(*path, "secret_env", variable): key for variable, key in settings.secret_env.items()}
        if settings.database and settings.database.config:
            keys[(*path, "database", "config")] = settings.database.config
        for where, key in keys.items():
            yield from unknown_secret(where, key, self.secret_keys)


def unknown_secret(path: tuple[str, ...], key: str, known: Set[str] | None) -> Iterable[Problem]:
    """Refuse a reference to a secret that the stack's configuration lacks."""
    if known is not None and key not in known:
        # What was written is not repeated: it may be the secret itself.
        message = f"there is no secret with this key in the stack's configuration{nearest(key, known)}"
        yield Problem(path, f"{message}. Store the value with `pulumi config set --secret airspace:<key>`")


def _resources(part: sizing.Sized, settings: Sized) -> Resources:
    named = sizing.sized(part, settings.size or sizing.Size.SMALL)
    return _with_numbers(named, settings)


def _with_numbers(named: Resources, settings: Measured) -> Resources:
    return sizing.with_amounts(
        named, cpu=settings.cpu, memory=settings.memory, ephemeral_storage=settings.ephemeral_storage
    )


def _image(settings: ImageSettings, version: str) -> ImageArgs:
    return ImageArgs(repository=settings.repository or DEFAULT_IMAGE_REPOSITORY, tag=settings.tag or version)


def _workload(part: sizing.Sized, settings: ComponentSettings) -> WorkloadArgs:
    return WorkloadArgs(replicas=settings.replicas or 1, resources=_resources(part, settings))


def _volume(settings: VolumeSettings | None, cluster: ClusterSettings) -> VolumeArgs | None:
    if settings is None:
        return None
    return VolumeArgs(size=settings.size, storage_class=settings.storage_class or cluster.storage_class)


def _executor(settings: DeploymentSettings, cluster: ClusterSettings) -> ExecutorArgs:
    chosen: list[ExecutorSettings] = settings.executor or [_PLATFORM_EXECUTOR]
    local = next((one for one in chosen if isinstance(one, LocalExecutorSettings)), None)
    celery = next((one for one in chosen if isinstance(one, CeleryExecutorSettings)), None)
    kubernetes = next((one for one in chosen if isinstance(one, KubernetesExecutorSettings)), None)
    return ExecutorArgs(
        kinds=tuple(ExecutorKind(one.type) for one in chosen),
        local=LocalExecutorArgs(parallelism=local.parallelism or _local_parallelism(settings)) if local else None,
        celery=_celery(celery, cluster) if celery else None,
        kubernetes=_kubernetes(kubernetes) if kubernetes else None,
    )


def _celery(settings: CeleryExecutorSettings, cluster: ClusterSettings) -> CeleryExecutorArgs:
    queues = tuple(_queue(name, queue, cluster) for name, queue in sorted(settings.queues.items()))
    return CeleryExecutorArgs(queues=queues, redis=sizing.REDIS)


def _kubernetes(settings: KubernetesExecutorSettings) -> KubernetesExecutorArgs:
    task_pod = _resources(sizing.Sized.TASK_POD, settings.task_pod)
    return KubernetesExecutorArgs(task_pod=task_pod, max_task_pods=settings.max_task_pods)


def _local_parallelism(settings: DeploymentSettings) -> int:
    return sizing.task_slots(_resources(sizing.Sized.SCHEDULER, settings.scheduler))


def _queue(name: str, settings: WorkerQueueSettings, cluster: ClusterSettings) -> WorkerQueueArgs:
    resources = _resources(sizing.Sized.WORKER, settings)
    return WorkerQueueArgs(
        name=name,
        min_workers=settings.workers.min,
        max_workers=settings.workers.max,
        concurrency=settings.concurrency or sizing.task_slots(resources),
        resources=resources,
        volume=_volume(settings.volume, cluster),
        node_selector=settings.node_selector,
    )


def _database(namespace: str, settings: DatabaseSettings, cluster: ClusterSettings) -> DatabaseArgs:
    return DatabaseArgs(
        secret_name=settings.secret or naming.secret_name(namespace, "metadata"),
        config_key=settings.config,
        embedded=_embedded(settings.embedded, cluster) if settings.embedded else None,
    )


def _embedded(settings: EmbeddedDatabaseSettings, cluster: ClusterSettings) -> EmbeddedDatabaseArgs:
    return EmbeddedDatabaseArgs(
        image=sizing.EMBEDDED_DATABASE_IMAGE,
        resources=_with_numbers(sizing.EMBEDDED_DATABASE, settings),
        volume=_volume(settings.volume, cluster),
    )


def _git_sync(settings: GitSettings) -> GitSyncArgs:
    return GitSyncArgs(
        repo=settings.repo,
        branch=settings.branch,
        sub_path=settings.sub_path,
        resources=sizing.GIT_SYNC,
        period_seconds=settings.period_seconds,
        credentials_secret=settings.credentials,
        ssh_key_secret=settings.ssh_key,
        known_hosts=settings.known_hosts,
    )
