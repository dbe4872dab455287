"""Values of what runs more than once: replicas on different nodes where there are such, and not drained together."""

from typing import Any

from components.args import AirflowDeploymentArgs

_COMPONENTS = {
    "scheduler": "scheduler",
    "apiServer": "api-server",
    "webserver": "webserver",
    "dagProcessor": "dag-processor",
    "triggerer": "triggerer",
}
"""The pods' label `component` by part of the values."""


def spread(values: dict[str, Any], args: AirflowDeploymentArgs) -> dict[str, Any]:
    """Return the values with a disruption budget and a spread over nodes for each part with several replicas."""
    several = {
        part: {**values[part], **_spread(args, component)}
        for part, component in _COMPONENTS.items()
        if values.get(part, {}).get("replicas", 0) > 1
    }
    return {**values, **several}


def _spread(args: AirflowDeploymentArgs, component: str) -> dict[str, Any]:
    constraint = {
        "maxSkew": 1,
        "topologyKey": "kubernetes.io/hostname",
        # On a cluster of one node, or a full one, replicas beside each other are better than none.
        "whenUnsatisfiable": "ScheduleAnyway",
        "labelSelector": {"matchLabels": {"component": component, "release": args.namespace}},
    }
    return {
        "podDisruptionBudget": {"enabled": True, "config": {"maxUnavailable": 1}},
        "topologySpreadConstraints": [constraint],
    }
