"""What users add to the pods of the KubernetesExecutor, from the stack file to the chart's template of a pod."""

from typing import Any

import pytest

from components.kept_secrets import secrets_of_tasks
from components.quantities import parse_bytes
from components.quota import compute_quota, quota_lines
from tests.components.chart_rendering import rendered, task_pod_template
from tests.stacks.environments import deployment, planned, refusals, shared

ORDERS = "workspaces.analytics.deployments.orders"
ADDED: dict[str, Any] = {
    "env": {"OMP_NUM_THREADS": "1"},
    "secret_env": {"TOKEN": {"secret": "vault", "key": "token"}},
    "volumes": {
        "models": {"path": "/models", "claim": "models", "size": "20Gi", "read_only": True},
        "rules": {"path": "/etc/rules", "config_map": "rules"},
        "scratch": {"path": "/scratch", "size": "3Gi"},
        "keys": {"path": "/etc/keys", "secret": "team-keys"},
    },
    "grace_seconds": 90,
}


def orders(**task_pod: Any) -> Any:
    return deployment(executor={"type": "KubernetesExecutor", "max_task_pods": 5, "task_pod": task_pod})


def refused(**task_pod: Any) -> list[str]:
    written = {"executor": {"type": "KubernetesExecutor", "task_pod": task_pod}}
    lines = refusals(workspaces={"analytics": shared(deployments={"orders": written})})
    return [line.removeprefix(f"{ORDERS}.executor.task_pod.") for line in lines]


@pytest.mark.chart
def test_what_is_added_is_in_the_template_of_a_tasks_pod_and_nowhere_else():
    plain, args = rendered(orders()), orders(**ADDED)
    before, pod = task_pod_template(plain)["spec"], task_pod_template(rendered(args))["spec"]
    (old,), (new,) = before["containers"], pod["containers"]

    def more(key: str, one: dict[str, Any], other: dict[str, Any]) -> list[Any]:
        return [entry for entry in other[key] if entry not in one[key]]

    assert more("env", old, new) == [
        {"name": "OMP_NUM_THREADS", "value": "1"},
        {"name": "TOKEN", "valueFrom": {"secretKeyRef": {"name": "vault", "key": "token"}}},
    ]
    assert more("volumeMounts", old, new) == [
        {"name": "task-keys", "mountPath": "/etc/keys"},
        {"name": "task-models", "mountPath": "/models", "readOnly": True},
        {"name": "task-rules", "mountPath": "/etc/rules"},
        {"name": "task-scratch", "mountPath": "/scratch"},
    ]
    assert more("volumes", before, pod) == [
        {"name": "task-keys", "secret": {"secretName": "team-keys"}},
        {"name": "task-models", "persistentVolumeClaim": {"claimName": "models"}},
        {"name": "task-rules", "configMap": {"name": "rules"}},
        {"name": "task-scratch", "emptyDir": {"sizeLimit": "3Gi"}},
    ]
    assert (before["terminationGracePeriodSeconds"], pod["terminationGracePeriodSeconds"]) == (600, 90)
    others = [one for one in rendered(args) if one["kind"] != "ConfigMap"]
    assert "OMP_NUM_THREADS" not in str(others)
    assert "task-models" not in str(others)


def test_local_disk_of_a_volume_counts_for_each_pod_and_a_claim_once():
    before, after = compute_quota(orders()), compute_quota(orders(**ADDED))

    def more(name: str) -> int:
        one, other = (parse_bytes(plan.specs["objects"]["hard"][name]) for plan in (before, after))
        return other - one

    assert more("requests.ephemeral-storage") == more("limits.ephemeral-storage") == 5 * 3 * 1024**3
    assert more("requests.storage") == 20 * 1024**3
    assert after.specs["objects"]["hard"]["persistentvolumeclaims"] == "1"
    assert after.total.pods == before.total.pods


def test_a_claim_is_counted_while_everything_sleeps_and_once_for_two_folders():
    twice = {
        "raw": {"path": "/raw", "claim": "lake", "size": "20Gi"},
        "clean": {"path": "/clean", "claim": "lake", "size": "20Gi"},
    }
    executor = {"type": "KubernetesExecutor", "task_pod": {"volumes": twice}}
    for state in ("active", "hibernated", "retired"):
        lines = quota_lines(deployment(executor=executor, state=state))
        assert [(line.name, line.claims, line.pods) for line in lines if line.claims] == [("lake", 1, 0)]


def test_secrets_that_are_added_are_known_as_such_that_tasks_get():
    assert {"vault", "team-keys"} <= secrets_of_tasks(orders(**ADDED))
    keys = {"keys": {"jwt": {"secret": "team-keys"}}}
    written = {"executor": {"type": "KubernetesExecutor", "task_pod": ADDED}, **keys}
    [line] = refusals(workspaces={"analytics": shared(deployments={"orders": written})})
    assert line.startswith(f"{ORDERS}: the Secret team-keys holds what no task may know")


@pytest.mark.parametrize(
    "path",
    ["/", "/opt/airflow", "/opt/airflow/dags", "/opt/airflow/logs/x", "/etc", "/etc/airspace/ca", "/var/run/secrets/k"],
)
def test_nothing_is_mounted_over_what_airflow_or_the_platform_keeps(path):
    [line] = refused(volumes={"data": {"path": path, "size": "1Gi"}})
    assert line.startswith("volumes.data.path: ")


def test_a_folder_beside_those_of_airflow_may_be_mounted():
    assert orders(volumes={"plugins": {"path": "/opt/airflow/plugins", "config_map": "plugins"}})


def test_budgets_count_the_claim():
    workspace = shared(
        budget={"storage": "10Gi"},
        deployments={"orders": {"executor": {"type": "KubernetesExecutor", "task_pod": ADDED}}},
    )
    assert "models 1 x 20Gi = 20Gi" in "".join(refusals(workspaces={"analytics": workspace}))
    assert planned(workspaces={"analytics": {**workspace, "budget": {"storage": "20Gi"}}})
