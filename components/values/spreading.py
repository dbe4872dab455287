"""Values of what runs more than once: replicas on different nodes where there are such, and not drained together."""

from collections.abc import Mapping
from typing import Any

from components.args import AirflowDeploymentArgs
from components.tuning import DEFAULT_QUEUE

_COMPONENTS = {
    "scheduler": "scheduler",
    "apiServer": "api-server",
    "webserver": "webserver",
    "dagProcessor": "dag-processor",
    "triggerer": "triggerer",
    "pgbouncer": "pgbouncer",
}
"""The pods' label `component` by part of the values."""
_BUDGET = {"enabled": True, "config": {"maxUnavailable": 1}}
_SET_LABEL = "worker-set"
"""Label of a queue's workers; those of the default queue have none."""


def spread(values: dict[str, Any], args: AirflowDeploymentArgs) -> dict[str, Any]:
    """Return the values with a disruption budget and a spread over nodes for each part with several replicas."""
    several = {
        part: {**values[part], **_spread(args, component)}
        for part, component in _COMPONENTS.items()
        if values.get(part, {}).get("replicas", 0) > 1
    }
    return {**values, **several, "workers": _workers(values["workers"], args)}


def has_worker_budget(args: AirflowDeploymentArgs) -> bool:
    """Tell whether workers are drained one at a time: where one of them is left to go on."""
    queues = args.executor.celery.queues if args.executor.celery else ()
    return sum(queue.max_workers for queue in queues) > 1


def _workers(workers: dict[str, Any], args: AirflowDeploymentArgs) -> dict[str, Any]:
    """Spread each queue's workers; drain one worker of all queues at a time, so that each may finish its tasks.

    The chart's budget of the default queue selects the workers of all queues. Another one beside it would select some
    of them twice, and Kubernetes evicts no pod that has two budgets.
    """
    celery = workers["celery"]
    if args.executor.celery is None:
        return workers
    several = {queue.name for queue in args.executor.celery.queues if queue.max_workers > 1}
    sets = []
    for one in celery["sets"]:
        spread_out = {"topologySpreadConstraints": [_constraint(_of_queue(args, one["name"]))]}
        budget = {"podDisruptionBudget": _BUDGET} if one["name"] == DEFAULT_QUEUE and has_worker_budget(args) else {}
        sets.append({**one, **(spread_out if one["name"] in several else {}), **budget})
    return {**workers, "celery": {**celery, "sets": sets}}


def _of_queue(args: AirflowDeploymentArgs, queue: str) -> dict[str, Any]:
    labels = {"component": "worker", "release": args.namespace}
    if queue == DEFAULT_QUEUE:
        return {"matchLabels": labels, "matchExpressions": [{"key": _SET_LABEL, "operator": "DoesNotExist"}]}
    return {"matchLabels": {**labels, _SET_LABEL: queue}}


def _spread(args: AirflowDeploymentArgs, component: str) -> dict[str, Any]:
    labels = {"matchLabels": {"component": component, "release": args.namespace}}
    return {"podDisruptionBudget": _BUDGET, "topologySpreadConstraints": [_constraint(labels)]}


def _constraint(selector: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "maxSkew": 1,
        "topologyKey": "kubernetes.io/hostname",
        # On a cluster of one node, or a full one, replicas beside each other are better than none.
        "whenUnsatisfiable": "ScheduleAnyway",
        "labelSelector": dict(selector),
    }
