"""Values of the official Airflow Helm chart: one deployment's arguments, written in the chart's terms.

Owns every value that the platform depends on; what the chart does by itself is left to the chart. Nothing secret
passes through here: Helm stores values in clear, so they name Secrets and never hold what is in them.
"""

from typing import Any

from components.args import AirflowDeploymentArgs
from components.values.accounts import account_values
from components.values.airflow import airflow_values
from components.values.core import core_values
from components.values.extras import git_sync_values, ingress_values
from components.values.workers import worker_values


def build_values(args: AirflowDeploymentArgs) -> dict[str, Any]:
    """Return the chart's values; equal arguments give equal values.

    The one thing left to the caller is `airflowPodAnnotations`: a digest of the Secrets' contents there makes pods
    restart when a Secret changes, which neither Kubernetes nor the chart does for Secrets that it does not make.
    """
    values = {
        **airflow_values(args),
        **core_values(args),
        **worker_values(args),
        **git_sync_values(args),
        **ingress_values(args),
    }
    own = {key: _own(value) for key, value in values.items()}
    for path, account in account_values(args):
        place: Any = own
        for key in path:
            place = place[key]
        place["serviceAccount"] = account
    return own


def _own(value: object) -> object:
    """Copy what is shared, so that a change to one deployment's values cannot reach another's."""
    if isinstance(value, dict):
        return {key: _own(item) for key, item in value.items()}
    return [_own(item) for item in value] if isinstance(value, list) else value
