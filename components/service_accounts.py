"""Who each pod of a deployment is to Kubernetes: accounts apart, a token only where it is used, and its rights.

Owns the Roles too: the chart's would let every worker, triggerer and scheduler start pods, whatever the executor.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from components import hibernation, naming
from components.args import AirflowDeploymentArgs
from components.labels import TASK_POD
from components.rbac import Rule
from components.support_workloads import HIBERNATION, runs_pod_cleanup
from components.workloads import runs_tasks_in_scheduler

SCHEDULER = "airspace-scheduler"
"""Account of the scheduler."""
TASK_POD_ACCOUNT = "worker-kubernetes"
"""End of the name of the account of task pods, as the chart has it; that of a queue's workers ends in `worker-<queue>`.
"""
GKE_IDENTITY = "iam.gke.io/gcp-service-account"
"""Annotation by which Google Cloud gives an account an identity of its own."""

EXECUTOR = "executor"
POD_LAUNCHER = "pod-launcher"
POD_LOG_READER = "pod-log-reader"
POD_CLEANER = "pod-cleaner"
SCALER = "scaler"
"""Its rules differ by deployment: they name what sleeps."""

_LOGS = Rule(groups=("",), resources=("pods/log",), verbs=("get",))
_PODS = Rule(groups=("",), resources=("pods",), verbs=("create", "delete", "get", "list", "patch", "watch"))
_EVENTS = Rule(groups=("",), resources=("events",), verbs=("list", "watch"))
ROLES: Mapping[str, Sequence[Rule]] = {
    EXECUTOR: (_PODS, _LOGS, _EVENTS),
    # A KubernetesPodOperator reads a result by running a command in the pod's sidecar.
    POD_LAUNCHER: (
        _PODS,
        _LOGS,
        _EVENTS,
        Rule(groups=("",), resources=("pods/exec",), verbs=("create", "get")),
    ),
    POD_LOG_READER: (Rule(groups=("",), resources=("pods",), verbs=("get", "list", "watch")), _LOGS),
    POD_CLEANER: (Rule(groups=("",), resources=("pods",), verbs=("delete", "list")),),
}
"""Rules by role, in the deployment's own namespace."""


@dataclass(frozen=True, kw_only=True)
class Account:
    """The ServiceAccount of one part."""

    part: str
    """As in `components.network`."""
    path: tuple[str, ...]
    """Where the chart's values speak of the part; empty where the chart does not know it."""
    names: tuple[str, ...]
    """One name, but for workers: the chart makes an account of each queue."""
    roles: tuple[str, ...] = ()
    """What it does with the Kubernetes API; without any it gets no token."""
    annotations: Mapping[str, str] = field(default_factory=dict)
    pod_labels: Mapping[str, str] = field(default_factory=dict)
    is_ours: bool = False
    """Made by the platform, because the chart cannot withhold the token."""

    @property
    def has_token(self) -> bool:
        """Tell whether the pods carry credentials for the Kubernetes API."""
        return bool(self.roles)


def accounts(args: AirflowDeploymentArgs) -> tuple[Account, ...]:
    """List the accounts of the parts that the deployment may have."""
    is_kubernetes = args.executor.kubernetes is not None
    runs_tasks = (POD_LAUNCHER,) if args.pod_launching else ()
    scheduler = (EXECUTOR,) if is_kubernetes else ()
    if args.pod_launching and runs_tasks_in_scheduler(args):
        scheduler = (POD_LAUNCHER,)
    # Logs of a task pod that still runs are nowhere else.
    web = (POD_LOG_READER,) if is_kubernetes else ()
    is_two = args.airflow_major == 2  # noqa: PLR2004
    found = [
        _account(args, "scheduler", ("scheduler",), "scheduler", scheduler),
        _account(args, "webserver" if is_two else "api-server", ("webserver" if is_two else "apiServer",), None, web),
        _account(args, "dag-processor", ("dagProcessor",)),
        _account(args, "triggerer", ("triggerer",), None, runs_tasks if args.triggerer else ()),
        _account(args, "run-airflow-migrations", ("migrateDatabaseJob",), "migrate-database-job"),
    ]
    if args.executor.celery:
        found.append(_account(args, "worker", ("workers", "celery"), None, runs_tasks))
    if is_kubernetes:
        found.append(_account(args, TASK_POD, ("workers", "kubernetes"), TASK_POD_ACCOUNT, runs_tasks))
    return (*found, *_support_accounts(args))


def _support_accounts(args: AirflowDeploymentArgs) -> Iterator[Account]:
    if args.statsd:
        yield _account(args, "statsd", ("statsd",))
    if args.executor.celery and args.executor.celery.redis:
        yield _account(args, "redis", ("redis",))
    if args.pgbouncer:
        yield _account(args, "pgbouncer", ("pgbouncer",))
    if runs_pod_cleanup(args):
        yield _account(args, "airflow-cleanup-pods", ("cleanup",), "cleanup", (POD_CLEANER,))
    if args.database_cleanup:
        yield _account(args, "database-cleanup", ("databaseCleanup",))
    if args.hibernation:
        yield Account(part=HIBERNATION, path=(), names=(hibernation.account_name(args),), roles=(SCALER,), is_ours=True)


def _account(
    args: AirflowDeploymentArgs,
    part: str,
    path: tuple[str, ...],
    suffix: str | None = None,
    roles: tuple[str, ...] = (),
) -> Account:
    is_ours = part == "scheduler"
    chart_names = [suffix or part]
    if part == "worker" and args.executor.celery:
        chart_names = [naming.worker_set_name("", queue.name).lstrip("-") for queue in args.executor.celery.queues]
    return Account(
        part=part,
        path=path,
        names=(SCHEDULER,) if is_ours else tuple(f"{args.namespace}-airflow-{name}" for name in chart_names),
        roles=roles,
        annotations=args.service_accounts.get(part, {}),
        pod_labels=args.pod_labels.get(part, {}),
        is_ours=is_ours,
    )


def holders(args: AirflowDeploymentArgs) -> dict[str, list[str]]:
    """Return the names of the accounts that hold each role; roles without a holder are left out."""
    return {
        role: [name for account in accounts(args) if role in account.roles for name in account.names]
        for role in (*ROLES, SCALER)
        if any(role in account.roles for account in accounts(args))
    }


def rules(args: AirflowDeploymentArgs, role: str) -> Sequence[Rule]:
    """Return what a role allows in one deployment."""
    return hibernation.role_rules(args) if role == SCALER else ROLES[role]
