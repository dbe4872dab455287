"""How many objects of each kind a deployment needs: what is made for it, and some room for its users."""

from collections.abc import Mapping

from components import exposure
from components.args import AirflowDeploymentArgs
from components.generated_secrets import secret_purposes
from components.pods import Workload, WorkloadKind
from components.workloads import runs_tasks_in_scheduler

MAX_HISTORY = 5
"""Helm keeps a Secret of half a megabyte for each revision; without a bound it keeps all of them."""

ROOM: Mapping[str, int] = {"services": 6, "secrets": 20, "configmaps": 20, "count/jobs.batch": 10}
"""For what users and operators bring along: pull secrets, mounted files, pods with a name."""
_JOBS_OF_A_CRON_JOB = 5
"""Kubernetes keeps the last three that succeeded and the last that failed, beside the one that runs."""


def object_counts(args: AirflowDeploymentArgs, workloads: tuple[Workload, ...]) -> dict[str, int]:
    """Return the most objects of each kind that there may be."""
    made = made_objects(args, workloads)
    return {
        # Not from inside a deployment: ways in are the platform's, and those that were asked for.
        "services.nodeports": exposure.node_ports(args),
        "services.loadbalancers": exposure.load_balancers(args),
        **{name: count + ROOM.get(name, 0) for name, count in made.items()},
    }


def made_objects(args: AirflowDeploymentArgs, workloads: tuple[Workload, ...]) -> dict[str, int]:
    """Count what the platform, the chart, Helm and Kubernetes make."""
    cron_jobs = sum(one.kind is WorkloadKind.CRON_JOB for one in workloads)
    jobs = sum(one.kind is WorkloadKind.JOB for one in workloads)
    return {
        "services": _services(args, workloads),
        # While it upgrades, Helm has one revision more. cert-manager keeps a certificate, and a new one beside it.
        "secrets": len(secret_purposes(args)) + MAX_HISTORY + 1 + (2 if args.tls_issuer else 0),
        # airflow.cfg, the mapping of metrics, who has access, how they sign in with another one beside it while that
        # changes, and the cluster's own certificates, of which OpenShift has three.
        # What puts to sleep has a script, with another one beside it while that changes.
        "configmaps": 4 + (1 if args.statsd else 0) + 3 + (2 if args.hibernation else 0),
        "count/jobs.batch": jobs + cron_jobs * _JOBS_OF_A_CRON_JOB,
        "count/cronjobs.batch": cron_jobs,
    }


def _services(args: AirflowDeploymentArgs, workloads: tuple[Workload, ...]) -> int:
    served = {"api-server", "webserver", "statsd", "redis", "pgbouncer", "postgresql", "triggerer"}
    by_component = sum(one.component in served for one in workloads)
    workers = sum(one.component == "worker" and one.kind is not WorkloadKind.TASK_POD for one in workloads)
    return by_component + workers + runs_tasks_in_scheduler(args) + (exposure.asked(args) is not None)
