"""The pods of one Airflow deployment: what runs, how often, how large, and how many more during a roll-out.

Owns the model that quota, budget and reports share. It states what the chart renders from `components.values` and
what `components.database` adds; tests hold it against the genuine chart. It knows nothing of Kubernetes objects
other than workloads.
"""

from components import naming
from components.args import AirflowDeploymentArgs, WorkloadArgs
from components.executor_args import ExecutorKind, WorkerQueueArgs
from components.log_volume import log_claims
from components.pods import CORE_SURGE, Container, Share, Workload, WorkloadKind
from components.quantities import Resources
from components.sleeping import asleep
from components.support_workloads import support_workloads
from components.task_volumes import claims

__all__ = ["CORE_SURGE", "Container", "Share", "Workload", "WorkloadKind", "runs_tasks_in_scheduler", "workloads"]


def workloads(args: AirflowDeploymentArgs) -> tuple[Workload, ...]:
    """List everything that runs in the deployment's namespace, in the order in which reports show it."""
    parts = [
        _scheduler(args),
        _web(args),
        _dag_processor(args),
        _triggerer(args),
        *_workers(args),
        _redis(args),
        _statsd(args),
        _embedded_database(args),
        _migration(args),
        *support_workloads(args),
        _task_pods(args),
        *claims(args),
        *log_claims(args),
    ]
    awake = [part for part in parts if part is not None]
    return tuple(asleep(awake, kept="postgresql") if args.is_asleep else awake)


def runs_tasks_in_scheduler(args: AirflowDeploymentArgs) -> bool:
    """Tell whether the scheduler itself runs tasks, and so needs the DAGs."""
    return ExecutorKind.LOCAL in args.executor.kinds


def _scheduler(args: AirflowDeploymentArgs) -> Workload:
    if runs_tasks_in_scheduler(args):
        # Like workers, old schedulers stay until their tasks are done.
        return _airflow(args, "scheduler", args.scheduler, surge=args.scheduler.replicas)
    return _airflow(args, "scheduler", args.scheduler, needs_dags=args.dag_processor is None)


def _web(args: AirflowDeploymentArgs) -> Workload:
    name = "webserver" if args.airflow_major == 2 else "api-server"  # noqa: PLR2004
    return _airflow(args, name, args.api_server, needs_dags=False, has_groomer=False)


def _dag_processor(args: AirflowDeploymentArgs) -> Workload | None:
    return _airflow(args, "dag-processor", args.dag_processor) if args.dag_processor else None


def _triggerer(args: AirflowDeploymentArgs) -> Workload | None:
    return _airflow(args, "triggerer", args.triggerer) if args.triggerer else None


def _airflow(
    args: AirflowDeploymentArgs,
    component: str,
    workload: WorkloadArgs,
    *,
    surge: int = CORE_SURGE,
    needs_dags: bool = True,
    has_groomer: bool = True,
) -> Workload:
    return Workload(
        name=f"{args.namespace}-{component}",
        component=component,
        kind=WorkloadKind.DEPLOYMENT,
        share=Share.CORE,
        replicas=workload.replicas,
        surge=surge,
        containers=_main_and_sidecars(args, component, workload.resources, needs_dags, has_groomer),
        init_containers=_init_containers(args, workload.resources, needs_dags),
    )


def _main_and_sidecars(
    args: AirflowDeploymentArgs, name: str, resources: Resources, needs_dags: bool, has_groomer: bool
) -> tuple[Container, ...]:
    containers = [Container(name=name, resources=resources)]
    if needs_dags and args.git_sync:
        containers.append(Container(name="git-sync", resources=args.git_sync.resources))
    if has_groomer:
        containers.append(Container(name=f"{name}-log-groomer", resources=args.log_groomer))
    return tuple(containers)


def _init_containers(args: AirflowDeploymentArgs, resources: Resources, needs_dags: bool) -> tuple[Container, ...]:
    # The chart gives this one the resources of the container that it precedes.
    waiting = Container(name="wait-for-airflow-migrations", resources=resources)
    return (waiting, *_first_sync(args)) if needs_dags else (waiting,)


def _first_sync(args: AirflowDeploymentArgs) -> tuple[Container, ...]:
    return (Container(name="git-sync-init", resources=args.git_sync.resources),) if args.git_sync else ()


def _workers(args: AirflowDeploymentArgs) -> tuple[Workload, ...]:
    return tuple(_worker(args, queue) for queue in args.executor.celery.queues) if args.executor.celery else ()


def _worker(args: AirflowDeploymentArgs, queue: WorkerQueueArgs) -> Workload:
    """Describe one queue's workers.

    A worker that is told to stop keeps its reservation until its tasks are done, up to its grace period, and a
    Deployment does not wait for that: through a roll-out the old workers finish beside a whole set of new ones. A
    StatefulSet, which workers with a volume are, takes an old worker away before it makes the new one.
    """
    return Workload(
        name=naming.worker_set_name(args.namespace, queue.name),
        component="worker",
        kind=WorkloadKind.STATEFUL_SET if queue.volume else WorkloadKind.DEPLOYMENT,
        share=Share.WORKERS,
        replicas=queue.max_workers,
        surge=0 if queue.volume else queue.max_workers,
        containers=_main_and_sidecars(args, "worker", queue.resources, needs_dags=True, has_groomer=True),
        init_containers=_init_containers(args, queue.resources, needs_dags=True),
        volume=queue.volume,
    )


def _redis(args: AirflowDeploymentArgs) -> Workload | None:
    celery = args.executor.celery
    if celery is None or celery.redis is None:
        return None
    return Workload(
        name=f"{args.namespace}-redis",
        component="redis",
        kind=WorkloadKind.STATEFUL_SET,
        share=Share.CORE,
        replicas=1,
        containers=(Container(name="redis", resources=celery.redis),),
        volume=celery.redis_volume,
    )


def _statsd(args: AirflowDeploymentArgs) -> Workload | None:
    if args.statsd is None:
        return None
    return Workload(
        name=f"{args.namespace}-statsd",
        component="statsd",
        kind=WorkloadKind.DEPLOYMENT,
        share=Share.CORE,
        replicas=1,
        surge=CORE_SURGE,
        containers=(Container(name="statsd", resources=args.statsd),),
    )


def _embedded_database(args: AirflowDeploymentArgs) -> Workload | None:
    embedded = args.database.embedded
    if embedded is None:
        return None
    return Workload(
        name=naming.embedded_database_name(args.namespace),
        component="postgresql",
        kind=WorkloadKind.STATEFUL_SET,
        share=Share.CORE,
        replicas=1,
        containers=(Container(name="postgresql", resources=embedded.resources),),
        volume=embedded.volume,
    )


def _migration(args: AirflowDeploymentArgs) -> Workload:
    return Workload(
        name=f"{args.namespace}-run-airflow-migrations",
        component="run-airflow-migrations",
        kind=WorkloadKind.JOB,
        share=Share.CORE,
        replicas=1,
        containers=(Container(name="run-airflow-migrations", resources=args.job),),
    )


def _task_pods(args: AirflowDeploymentArgs) -> Workload | None:
    kubernetes = args.executor.kubernetes
    if kubernetes is None:
        return None
    return Workload(
        name=f"{args.namespace}-task",
        component="worker",
        kind=WorkloadKind.TASK_POD,
        share=Share.TASKS,
        replicas=kubernetes.max_task_pods,
        containers=(Container(name="base", resources=kubernetes.task_pod),),
        init_containers=_first_sync(args),
    )
