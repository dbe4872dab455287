"""Labels on everything that Airspace makes: who owns it, and which part of the platform it is."""

from components.args import AirflowDeploymentArgs

PREFIX = "airspace.dev"
"""Domain of the project's own label keys."""
ENVIRONMENT = f"{PREFIX}/environment"
WORKSPACE = f"{PREFIX}/workspace"
DEPLOYMENT = f"{PREFIX}/deployment"
PART = f"{PREFIX}/part"
"""Tells apart pods that Airflow gives the same label `component`."""
TASK_POD = "task-pod"
"""The part that the KubernetesExecutor's pods are; Celery workers are also called `worker`."""
AIRFLOW_VERSION = f"{PREFIX}/airflow-version"
"""Annotation of what is made before the release: the Airflow whose migration the run was going to start."""
FERNET_KEY = f"{PREFIX}/fernet-key"
"""Annotation of the Secret with the list of keys: the number of the newest one."""
MANAGED_BY = "app.kubernetes.io/managed-by"
PART_OF = "app.kubernetes.io/part-of"

_TAKEN = frozenset(
    {
        *("tier", "component", "release", "chart", "heritage", "worker-set", "airflow-worker", "airflow_version"),
        *("dag_id", "task_id", "run_id", "try_number", "map_index", "kubernetes_executor"),
    }
)
_TAKEN_DOMAINS = (PREFIX, "kubernetes.io", "k8s.io")


def is_reserved_label(key: str) -> bool:
    """Tell whether the platform, the chart, Airflow or Kubernetes sets a pod's label: selectors rely on it."""
    domain, slash, _ = key.rpartition("/")
    if not slash:
        return key in _TAKEN
    return any(domain == taken or domain.endswith(f".{taken}") for taken in _TAKEN_DOMAINS)


def platform_labels(environment: str) -> dict[str, str]:
    """Label what belongs to the environment as a whole."""
    return {MANAGED_BY: "airspace", PART_OF: "airspace", ENVIRONMENT: environment}


def workspace_labels(environment: str, workspace: str) -> dict[str, str]:
    """Label what belongs to one workspace."""
    return {**platform_labels(environment), WORKSPACE: workspace}


def deployment_labels(args: AirflowDeploymentArgs) -> dict[str, str]:
    """Label what belongs to one Airflow deployment."""
    return {**workspace_labels(args.environment, args.workspace), DEPLOYMENT: args.name}
