"""Turns the settings of one Airflow deployment into the arguments of its component: every default, every size."""

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, field
from typing import Any

from components import airflow_versions, naming, owned_options, sizing
from components.args import (
    AirflowDeploymentArgs,
    ChartArgs,
    DatabaseArgs,
    EmbeddedDatabaseArgs,
    ImageArgs,
    WorkloadArgs,
)
from components.life_args import State
from components.registries import DEFAULT_AIRFLOW, from_registry, mirrored
from stacks.cloud_network_plan import cloud_problems
from stacks.deployment_settings import (
    ComponentSettings,
    DatabaseSettings,
    DeploymentSettings,
    EmbeddedDatabaseSettings,
    ImageSettings,
)
from stacks.environment_plan import environment_args, environment_problems, referenced_keys
from stacks.escape_plan import chart_value_problems
from stacks.executor_plan import chosen_kinds, executor_problems, plan_executor
from stacks.exposure_plan import exposure_problems, plan_ui_service
from stacks.floor_plan import floor_problems, task_problems
from stacks.git_plan import git_keys, git_sync
from stacks.life_plan import adopted_keys, hibernation_problems, key_problems, life_args
from stacks.log_plan import log_problems, remote_logs
from stacks.metric_plan import metric_problems, told_of_metrics
from stacks.network_plan import network_problems, with_isolation
from stacks.problems import Problem, nearest, one_of
from stacks.resource_plan import numbered, plan_volume, sized_resources
from stacks.secret_references import mixed_secrets, unknown_secret
from stacks.settings import ClusterSettings, IngressSettings, Stage
from stacks.sign_in_plan import plan_door, plan_sign_in
from stacks.sign_in_settings import SignInSettings
from stacks.site_plan import plan_site, site_problems
from stacks.support_plan import support_problems, with_support

_STAND_IN_DATABASE = DatabaseSettings(embedded=EmbeddedDatabaseSettings())


@dataclass(frozen=True, kw_only=True)
class DeploymentPlanner:
    """Plans the Airflow deployments of one environment."""

    environment: str
    clusters: Mapping[str, ClusterSettings]
    chart: ChartArgs
    sign_in: SignInSettings
    stage: Stage
    secret_keys: Set[str] | None
    """Keys of the secrets in the stack's configuration; None where these are not known."""
    problems: list[Problem] = field(default_factory=list)
    """What stands in the way, collected over all calls."""
    stood_in: set[tuple[str, ...]] = field(default_factory=set)
    """Deployments that could be planned with stand-ins only, so that their size is not known."""

    def plan(
        self, workspace: str, name: str, settings: DeploymentSettings, path: tuple[str, ...]
    ) -> AirflowDeploymentArgs | None:
        """Plan one deployment; None where its cluster is not known. Access is filled in by the caller.

        With problems it is still planned, as far as it can be, because more of them are found in the plan.
        """
        found = [*self._cluster_problems(workspace, name, settings, path), *self._version_problems(settings, path)]
        namespace = settings.namespace or naming.deployment_namespace(workspace, name)
        found += [*_name_problems(namespace, path), *self._config_problems(settings, namespace, path)]
        found += executor_problems(namespace, settings, self.clusters, self.secret_keys, path)
        found += floor_problems(settings, path)
        found += [*support_problems(settings, path), *log_problems(settings, path), *key_problems(settings, path)]
        found += [*hibernation_problems(settings, path), *metric_problems(settings, namespace, path)]
        if settings.database is None:
            message = (
                "is missing. Write `embedded` for development, or name the Secret or configuration key with the URL"
            )
            found.append(Problem((*path, "database"), message))
        self.problems.extend(found)
        if not self.clusters:
            return None
        feasible = self._feasible(settings, path)
        planned = self._args(workspace, name, feasible)
        where = self.clusters[planned.cluster]
        # What holds on another cluster says nothing of this deployment.
        is_placed = len(self.clusters) == 1 or settings.cluster in self.clusters
        planned = with_isolation(planned, feasible, where)
        if is_placed:
            self.problems.extend(network_problems(settings.network, where, path))
            self.problems.extend(cloud_problems(planned, settings, where, path))
            if planned.state is not State.RETIRED:
                self.problems.extend(exposure_problems(settings.ui_service, where, path))
        found = [*chart_value_problems(planned, path), *task_problems(planned, feasible, path)]
        self.problems.extend([*found, *mixed_secrets(planned, path)])
        return planned if is_placed else None

    def _feasible(self, settings: DeploymentSettings, path: tuple[str, ...]) -> DeploymentSettings:
        """Put stand-ins where a problem leaves nothing to build on."""
        update: dict[str, Any] = {}
        if settings.database is None:
            update["database"] = _STAND_IN_DATABASE
        if airflow_versions.refuse_version(settings.airflow_version or airflow_versions.DEFAULT_VERSION):
            update["airflow_version"] = airflow_versions.DEFAULT_VERSION
        if update:
            self.stood_in.add(path)
        if settings.cluster not in self.clusters:
            update["cluster"] = next(iter(self.clusters))
        return settings.model_copy(update=update)

    def _args(self, workspace: str, name: str, settings: DeploymentSettings) -> AirflowDeploymentArgs:
        cluster = settings.cluster or next(iter(self.clusters))
        where = self.clusters[cluster]
        version = settings.airflow_version or airflow_versions.DEFAULT_VERSION
        namespace = settings.namespace or naming.deployment_namespace(workspace, name)
        metrics = told_of_metrics(settings, self.environment, workspace, namespace)
        planned = AirflowDeploymentArgs(
            environment=self.environment,
            workspace=workspace,
            name=name,
            cluster=cluster,
            namespace=namespace,
            airflow_version=version,
            image=_image(settings.image, version, where.registries.mirror),
            chart=self.chart,
            executor=plan_executor(settings, where, self.stage),
            scheduler=_workload(sizing.Sized.SCHEDULER, settings.scheduler),
            api_server=_workload(sizing.Sized.API_SERVER, settings.api_server),
            dag_processor=_dag_processor(settings.dag_processor, version),
            triggerer=None
            if settings.triggerer.enabled is False
            else _workload(sizing.Sized.TRIGGERER, settings.triggerer),
            statsd=None if settings.metrics.opentelemetry else sized_resources(sizing.Sized.STATSD, settings.statsd),
            log_groomer=sized_resources(sizing.Sized.LOG_GROOMER, settings.log_groomer),
            job=sized_resources(sizing.Sized.JOB, settings.jobs),
            database=_database(namespace, settings.database or _STAND_IN_DATABASE, where),
            git_sync=git_sync(namespace, settings.dags.git, settings.git_sync) if settings.dags.git else None,
            log_volume=plan_volume(settings.logs.volume, where),
            **environment_args(settings, remote_logs(settings.logs), metrics),
            chart_values=settings.chart_values,
            sign_in=plan_sign_in(where.sign_in or self.sign_in, namespace),
            **_door(namespace, where.ingress),
            ui_service=plan_ui_service(settings.ui_service),
            is_protected=settings.protect or False,
            is_protection_open=settings.protect is None and self.stage is Stage.PRODUCTION,
            **life_args(settings),
            site=plan_site(settings, where),
        )
        return with_support(planned, settings)

    def _cluster_problems(
        self, workspace: str, name: str, settings: DeploymentSettings, path: tuple[str, ...]
    ) -> Iterable[Problem]:
        if settings.cluster is None and len(self.clusters) > 1:
            message = f"is missing, and there are several: {one_of(self.clusters)}. Name one here or under defaults"
            yield Problem((*path, "cluster"), message)
        elif settings.cluster is not None and settings.cluster not in self.clusters:
            message = f"there is no cluster {settings.cluster}{nearest(settings.cluster, self.clusters)}"
            yield Problem(
                (*path, "cluster"), f"{message}. Choose from {one_of(self.clusters)}, or add it under clusters"
            )
        elif self.clusters:
            namespace = settings.namespace or naming.deployment_namespace(workspace, name)
            where = self.clusters[settings.cluster or next(iter(self.clusters))]
            yield from site_problems(settings, where, namespace, path)

    def _version_problems(self, settings: DeploymentSettings, path: tuple[str, ...]) -> Iterable[Problem]:
        version = settings.airflow_version or airflow_versions.DEFAULT_VERSION
        if reason := airflow_versions.refuse_version(version):
            yield Problem((*path, "airflow_version"), reason)
            version = airflow_versions.DEFAULT_VERSION
        kinds = chosen_kinds(settings)
        if kinds and (reason := airflow_versions.refuse_executors(version, kinds)):
            yield Problem((*path, "executor"), reason)

    def _config_problems(
        self, settings: DeploymentSettings, namespace: str, path: tuple[str, ...]
    ) -> Iterable[Problem]:
        for section, options in settings.config.items():
            for option in options:
                if reason := owned_options.refuse_option(section, option):
                    yield Problem((*path, "config", section, option), reason)
        yield from environment_problems(settings, namespace, path)
        keys = {(*path, *where): key for where, key in referenced_keys(settings).items()}
        if settings.database and settings.database.config:
            keys[(*path, "database", "config")] = settings.database.config
        keys |= {(*path, *where): key for where, key in git_keys(settings.dags.git).items()}
        keys |= {(*path, *where): key for where, key in adopted_keys(settings.keys).items()}
        for where, key in keys.items():
            yield from unknown_secret(where, key, self.secret_keys)


def _name_problems(namespace: str, path: tuple[str, ...]) -> Iterable[Problem]:
    if len(namespace) > naming.MAX_RELEASE_NAME:
        remedy = "Shorten the workspace's or the deployment's name, or set a shorter namespace"
        yield Problem(
            path,
            f"the namespace {namespace} has {len(namespace)} characters, the chart's own names leave room for "
            f"{naming.MAX_RELEASE_NAME}. {remedy}",
        )


def _image(settings: ImageSettings, version: str, mirror: str | None) -> ImageArgs:
    repository = from_registry(settings.repository or DEFAULT_AIRFLOW, mirror)
    return ImageArgs(repository=repository, tag=settings.tag or version)


def _workload(part: sizing.Sized, settings: ComponentSettings) -> WorkloadArgs:
    return WorkloadArgs(replicas=settings.replicas or 1, resources=sized_resources(part, settings))


def _dag_processor(settings: ComponentSettings, version: str) -> WorkloadArgs | None:
    """Airflow 2 parses DAGs in the scheduler until somebody sizes a DAG processor."""
    is_apart = airflow_versions.needs_dag_processor(version) or bool(settings.model_fields_set)
    return _workload(sizing.Sized.DAG_PROCESSOR, settings) if is_apart else None


def _door(namespace: str, ingress: IngressSettings | None) -> dict[str, Any]:
    """Say where the UI is reached from outside."""
    if ingress is None:
        return {}
    host = f"{namespace}.{ingress.domain}"
    return {
        "host": host,
        "ingress_class": ingress.class_name,
        "tls_issuer": ingress.tls_issuer,
        "tls_secret": ingress.tls_secret,
        "door": plan_door(ingress.auth_proxy),
    }


def _database(namespace: str, settings: DatabaseSettings, cluster: ClusterSettings) -> DatabaseArgs:
    return DatabaseArgs(
        secret_name=settings.secret or naming.secret_name(namespace, "metadata"),
        config_key=settings.config,
        embedded=_embedded(settings.embedded, cluster) if settings.embedded else None,
    )


def _embedded(settings: EmbeddedDatabaseSettings, cluster: ClusterSettings) -> EmbeddedDatabaseArgs:
    return EmbeddedDatabaseArgs(
        image=mirrored(sizing.EMBEDDED_DATABASE_IMAGE, cluster.registries.mirror),
        resources=numbered(sizing.EMBEDDED_DATABASE, settings),
        volume=plan_volume(settings.volume, cluster),
    )
