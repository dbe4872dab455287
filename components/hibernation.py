"""Sleep by the clock: which workloads sleep, and what whoever puts them to sleep may do.

The release, its objects and its quota stay as they are: what is given back is what pods reserve on nodes. A roll-out in
the night wakes what sleeps, because Helm sets all replicas that the release states. The embedded database and PgBouncer
run on, since the migration of that roll-out needs them, and Redis does: the release states no replicas of it.
"""

from collections.abc import Sequence

from components.args import AirflowDeploymentArgs
from components.pods import Workload, WorkloadKind
from components.rbac import Rule
from components.support_workloads import HIBERNATION
from components.workloads import workloads

_AWAKE = ("pgbouncer", "postgresql", "redis")
_RESOURCE = {WorkloadKind.DEPLOYMENT: "deployments", WorkloadKind.STATEFUL_SET: "statefulsets"}


def account_name(args: AirflowDeploymentArgs) -> str:
    """Name the account of the pods in the way of the chart's own accounts, which no task's pod may have."""
    return f"{args.namespace}-airflow-{HIBERNATION}"


def role_rules(args: AirflowDeploymentArgs) -> tuple[Rule, ...]:
    """Return the right to change the scale of what sleeps, and no other right."""
    named: dict[str, list[str]] = {}
    for one in _sleepers(args):
        named.setdefault(_RESOURCE[one.kind], []).append(one.name)
    return tuple(
        Rule(groups=("apps",), resources=(f"{resource}/scale",), verbs=("patch",), names=tuple(names))
        for resource, names in named.items()
    )


def replicas_by_step(args: AirflowDeploymentArgs) -> dict[str, Sequence[str]]:
    """Return the replicas that each of the two CronJobs sets, such as `deployments/sales-leads-scheduler=2`."""
    asleep = _sleepers(args)
    return {
        # Workers first: what they need to end in order should still be there.
        "hibernate": [f"{_address(one)}=0" for one in asleep],
        "wake": [f"{_address(one)}={one.replicas}" for one in reversed(asleep)],
    }


def _sleepers(args: AirflowDeploymentArgs) -> list[Workload]:
    found = [one for one in workloads(args) if one.kind in _RESOURCE and one.component not in _AWAKE]
    return sorted(found, key=lambda one: one.component != "worker")


def _address(one: Workload) -> str:
    return f"{_RESOURCE[one.kind]}/{one.name}"
