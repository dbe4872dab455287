"""The pods beside Airflow's own parts: PgBouncer, clean-up jobs, and room for pods that tasks start."""

from components.args import AirflowDeploymentArgs
from components.pods import CORE_SURGE, Container, Share, Workload, WorkloadKind
from components.quantities import Resources

HIBERNATION = "hibernation"
"""Component of the pods that put a deployment to sleep and wake it."""


def support_workloads(args: AirflowDeploymentArgs) -> tuple[Workload, ...]:
    """List what a deployment has asked for of these."""
    found = [_pgbouncer(args), _pod_cleanup(args), _database_cleanup(args), *_hibernation(args), _extra_task_pods(args)]
    return tuple(one for one in found if one is not None)


def runs_pod_cleanup(args: AirflowDeploymentArgs) -> bool:
    """Tell whether pods of tasks are cleaned up; the chart does so only where an executor starts pods."""
    return args.cleanup is not None and args.executor.kubernetes is not None


def _pgbouncer(args: AirflowDeploymentArgs) -> Workload | None:
    pgbouncer = args.pgbouncer
    if pgbouncer is None:
        return None
    return Workload(
        name=f"{args.namespace}-pgbouncer",
        component="pgbouncer",
        kind=WorkloadKind.DEPLOYMENT,
        share=Share.CORE,
        replicas=pgbouncer.replicas,
        surge=CORE_SURGE,
        containers=(
            Container(name="pgbouncer", resources=pgbouncer.resources),
            Container(name="metrics-exporter", resources=pgbouncer.exporter),
        ),
    )


def _pod_cleanup(args: AirflowDeploymentArgs) -> Workload | None:
    return _cron_job(args, "cleanup", "airflow-cleanup-pods", args.job) if runs_pod_cleanup(args) else None


def _database_cleanup(args: AirflowDeploymentArgs) -> Workload | None:
    return _cron_job(args, "database-cleanup", "database-cleanup", args.job) if args.database_cleanup else None


def _hibernation(args: AirflowDeploymentArgs) -> list[Workload]:
    schedule = args.hibernation
    steps = ("hibernate", "wake") if schedule else ()
    return [_cron_job(args, step, HIBERNATION, schedule.resources) for step in steps if schedule]


def _cron_job(args: AirflowDeploymentArgs, name: str, component: str, resources: Resources) -> Workload:
    """Describe a CronJob: it forbids a second run beside the first, and a failed pod reserves nothing."""
    return Workload(
        name=f"{args.namespace}-{name}",
        component=component,
        kind=WorkloadKind.CRON_JOB,
        share=Share.CORE,
        replicas=1,
        containers=(Container(name=component, resources=resources),),
    )


def _extra_task_pods(args: AirflowDeploymentArgs) -> Workload | None:
    extra = args.extra_task_pods
    if extra is None:
        return None
    return Workload(
        name=f"{args.namespace}-extra-task",
        component="extra-task",
        kind=WorkloadKind.POD,
        share=Share.TASKS,
        replicas=extra.max_pods,
        containers=(Container(name="base", resources=extra.resources),),
    )
