"""The executors that Airflow's provider packages bring, and with which Airflow each of them runs.

Data from the change logs of the packages. Owns no sizes: the tasks of such an executor run elsewhere. An executor that
is not in the table may be somebody's own, and is let through.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from components.airflow_versions import major


@dataclass(frozen=True, kw_only=True)
class ProvidedExecutor:
    """One executor of a provider package."""

    paths: tuple[str, ...]
    """Class paths by which it is known, the shortest first."""
    package: str
    """Name on the package index."""
    releases: Mapping[int, str] = field(default_factory=dict)
    """Releases of the package that have it, by the major version of Airflow that they run with; none where it is gone.
    A package may ask for a newer minor version of Airflow: its constraints file knows."""
    instead: str = ""
    """What to choose where there is none."""


_AMAZON = "apache-airflow-providers-amazon"
_AWS = "airflow.providers.amazon.aws.executors"

PROVIDED: tuple[ProvidedExecutor, ...] = (
    ProvidedExecutor(
        paths=(f"{_AWS}.ecs.AwsEcsExecutor", f"{_AWS}.ecs.ecs_executor.AwsEcsExecutor"),
        package=_AMAZON,
        releases={2: "8.21.0 or later", 3: "8.21.0 or later"},
    ),
    ProvidedExecutor(
        paths=(f"{_AWS}.batch.AwsBatchExecutor", f"{_AWS}.batch.batch_executor.AwsBatchExecutor"),
        package=_AMAZON,
        releases={2: "8.21.0 or later", 3: "8.21.0 or later"},
    ),
    ProvidedExecutor(
        paths=(f"{_AWS}.aws_lambda.lambda_executor.AwsLambdaExecutor",),
        package=_AMAZON,
        releases={2: "9.9.0 or later", 3: "9.9.0 or later"},
    ),
    ProvidedExecutor(
        paths=(
            "airflow.providers.edge3.executors.EdgeExecutor",
            "airflow.providers.edge3.executors.edge_executor.EdgeExecutor",
        ),
        package="apache-airflow-providers-edge3",
        # For Airflow 2 it was an experiment, and is given up.
        releases={2: "1.0.0 to 1.6.0", 3: "1.0.0 or later"},
    ),
    ProvidedExecutor(
        paths=(
            "airflow.providers.edge.executors.EdgeExecutor",
            "airflow.providers.edge.executors.edge_executor.EdgeExecutor",
        ),
        package="apache-airflow-providers-edge",
        instead="airflow.providers.edge3.executors.EdgeExecutor",
    ),
    ProvidedExecutor(
        paths=("airflow.providers.daskexecutor.executors.dask_executor.DaskExecutor",),
        package="apache-airflow-providers-daskexecutor",
        releases={2: "1.0.0 to 1.1.1"},
        instead="CeleryExecutor or KubernetesExecutor",
    ),
)
"""Celery and Kubernetes are not in the table: the platform sizes them, and has names for them."""


def provided(path: str) -> ProvidedExecutor | None:
    """Return what the table says of a class path; None where it is not in the table."""
    return next((one for one in PROVIDED if path in one.paths), None)


def refuse_path(path: str, airflow_version: str) -> str | None:
    """Tell why a release of Airflow cannot run an executor; None where it can, or nobody knows."""
    found = provided(path)
    if found is None or major(airflow_version) in found.releases:
        return None
    others = ", ".join(f"Airflow {number} has it with {which}" for number, which in found.releases.items())
    message = f"{path} is in no release of {found.package} for Airflow {airflow_version}"
    return f"{message}{f' ({others})' if others else ''}. Choose {found.instead}"
