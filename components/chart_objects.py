"""Which kinds of objects the chart makes from our values; Roles are none of them.

States what `components.values` leads to; tests hold it against the genuine chart, object by object.
"""

from components.args import AirflowDeploymentArgs
from components.executor_args import Scaling
from components.values.spreading import has_worker_budget
from components.workloads import WorkloadKind, workloads

_ALWAYS = (
    ("v1", "ConfigMap"),
    ("v1", "Service"),
    ("v1", "ServiceAccount"),
    ("apps/v1", "Deployment"),
    ("batch/v1", "Job"),
)
_SCALERS = {
    Scaling.HPA: ("autoscaling/v2", "HorizontalPodAutoscaler"),
    Scaling.KEDA: ("keda.sh/v1alpha1", "ScaledObject"),
}


def chart_kinds(args: AirflowDeploymentArgs) -> frozenset[tuple[str, str]]:
    """Return API version and kind of everything in the release."""
    kinds = set(_ALWAYS)
    database = args.database.embedded and f"{args.namespace}-postgresql"
    if any(one.kind is WorkloadKind.STATEFUL_SET and one.name != database for one in workloads(args)):
        kinds.add(("apps/v1", "StatefulSet"))
    scalings = {queue.scaled_by for queue in args.executor.celery.queues} if args.executor.celery else set()
    kinds |= {_SCALERS[scaling] for scaling in scalings if scaling in _SCALERS}
    if args.cleanup or args.database_cleanup:
        kinds.add(("batch/v1", "CronJob"))
    parts = (args.scheduler, args.api_server, args.dag_processor, args.triggerer, args.pgbouncer)
    if any(part and part.replicas > 1 for part in parts) or has_worker_budget(args):
        kinds.add(("policy/v1", "PodDisruptionBudget"))
    if args.host:
        kinds.add(("networking.k8s.io/v1", "Ingress"))
    return frozenset(kinds)
