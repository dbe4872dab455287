"""Values of the official Airflow Helm chart: one deployment's arguments, written in the chart's terms.

Owns every value that the platform depends on; what the chart does by itself is left to the chart. Nothing secret
passes through here: Helm stores values in clear, so they name Secrets and never hold what is in them.
"""

from typing import Any

from components.args import AirflowDeploymentArgs
from components.values.accounts import account_values
from components.values.airflow import airflow_values
from components.values.core import core_values
from components.values.escape import merged
from components.values.extras import git_sync_values, ingress_values
from components.values.launched_pods import launched_pod_values
from components.values.site import with_site
from components.values.sleeping import asleep
from components.values.spreading import spread
from components.values.support import support_values
from components.values.workers import worker_values


def build_values(args: AirflowDeploymentArgs) -> dict[str, Any]:
    """Return the chart's values; equal arguments give equal values.

    What is left to the caller is a digest of Secrets on each part's pods; see `components.secret_use`.
    """
    values = {
        **airflow_values(args),
        **core_values(args),
        **worker_values(args),
        **support_values(args),
        **git_sync_values(args),
        **ingress_values(args),
        **launched_pod_values(args),
    }
    values = merged(values, account_values(args))
    values = asleep(values) if args.is_asleep else spread(values, args)
    # The place has the last word: it is laid over whatever else says where pods run and images come from.
    values = with_site(merged(values, args.chart_values), args)
    return {key: _own(value) for key, value in values.items()}


def _own(value: object) -> object:
    """Copy what is shared, so that a change to one deployment's values cannot reach another's."""
    if isinstance(value, dict):
        return {key: _own(item) for key, item in value.items()}
    return [_own(item) for item in value] if isinstance(value, list) else value
