"""Turns what was said of pooling, clean-up jobs and extra pods into arguments."""

import hashlib
from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal

from components import sizing
from components.args import AirflowDeploymentArgs
from components.bursting import bursting
from components.executor_args import ExecutorKind
from components.support_args import CleanupArgs, DatabaseCleanupArgs, ExtraTaskPodsArgs, PgbouncerArgs
from stacks.deployment_settings import DeploymentSettings
from stacks.executor_plan import chosen_kinds
from stacks.problems import Problem
from stacks.resource_plan import sized_resources


def support_problems(settings: DeploymentSettings, path: tuple[str, ...]) -> Iterable[Problem]:
    """Refuse what cannot be made."""
    if settings.pgbouncer.enabled and settings.database and settings.database.secret:
        message = (
            "needs the parts of the database's URL, and the content of a Secret of somebody else is not known here"
        )
        yield Problem((*path, "pgbouncer"), f"{message}. Use `database.config`, or leave pgbouncer to that somebody")


def void_problems(own: DeploymentSettings, settings: DeploymentSettings, path: tuple[str, ...]) -> Iterable[Problem]:
    """Refuse what a deployment says itself and could not use. Defaults are for several, and are left out there.

    Args:
        own: What it says itself.
        settings: The same, with what it gets from farther away.
        path: Where it stands.
    """
    if own.cleanup.enabled and ExecutorKind.KUBERNETES not in chosen_kinds(settings):
        message = "deletes pods of the KubernetesExecutor, which does not run here. Remove it, or add that executor"
        yield Problem((*path, "cleanup"), message)
    if own.extra_task_pods and settings.pod_launching is False:
        message = "reserves room for pods that tasks may not start here. Remove it, or `pod_launching: false`"
        yield Problem((*path, "extra_task_pods"), message)


def with_support(args: AirflowDeploymentArgs, settings: DeploymentSettings) -> AirflowDeploymentArgs:
    """Complete the arguments of a deployment, CPU limits of all its containers last."""
    complete = replace(
        args,
        pgbouncer=_pgbouncer(settings),
        cleanup=_cleanup(settings, args.namespace),
        database_cleanup=_database_cleanup(settings, args.namespace),
        extra_task_pods=_extra_task_pods(settings),
    )
    return bursting(complete, settings.cpu_limit_ratio or Decimal(1))


def _pgbouncer(settings: DeploymentSettings) -> PgbouncerArgs | None:
    """Return the connection pool where there is one."""
    pgbouncer = settings.pgbouncer
    if not pgbouncer.enabled:
        return None
    return PgbouncerArgs(
        replicas=pgbouncer.replicas,
        resources=sized_resources(sizing.Sized.PGBOUNCER, pgbouncer),
        exporter=sizing.PGBOUNCER_EXPORTER,
        connections=pgbouncer.connections,
    )


def _cleanup(settings: DeploymentSettings, namespace: str) -> CleanupArgs | None:
    """Return the job that deletes pods of finished tasks, every quarter of an hour by default."""
    if not settings.cleanup.enabled:
        return None
    return CleanupArgs(schedule=settings.cleanup.schedule or f"{_spread(namespace, 15)}-59/15 * * * *")


def _database_cleanup(settings: DeploymentSettings, namespace: str) -> DatabaseCleanupArgs | None:
    """Return the job that deletes old history, by default in the night to Sunday."""
    cleanup = settings.database_cleanup
    if not cleanup.enabled:
        return None
    default = f"{_spread(namespace, 60)} {_spread(f'{namespace}/hour', 6)} * * 0"
    return DatabaseCleanupArgs(schedule=cleanup.schedule or default, retention_days=cleanup.retention_days)


def _extra_task_pods(settings: DeploymentSettings) -> ExtraTaskPodsArgs | None:
    """Return the room for pods that tasks start themselves."""
    extra = settings.extra_task_pods
    if extra is None or settings.pod_launching is False:
        return None
    return ExtraTaskPodsArgs(max_pods=extra.max_pods, resources=sized_resources(sizing.Sized.TASK_POD, extra))


def _spread(name: str, steps: int) -> int:
    """Choose a step by name, so that a fleet's jobs do not start in the same minute, and each always in its own."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:4]) % steps
