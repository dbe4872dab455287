"""Who the pods of the genuine chart are to Kubernetes: which of them carry a token, and what it is good for."""

from dataclasses import replace

import pytest

from components.service_accounts import ROLES, SCHEDULER, accounts, holders
from tests.components.chart_rendering import of_kind, pods, rendered
from tests.components.scenarios import SCENARIOS
from tests.factories import airflow_deployment_args, celery, executor, worker_queue

LAUNCHING = ("Local-3.2.2-git_sync", "Celery2Queues-3.2.2-git_sync", "Celery+Kubernetes-2.11.2-git_sync")
CASES = {**SCENARIOS, **{f"{name}-launching": replace(SCENARIOS[name], pod_launching=True) for name in LAUNCHING}}
every_case = pytest.mark.parametrize("case", CASES)
KUBERNETES_API = {"executor", "pod-launcher", "pod-log-reader", "pod-cleaner"}


def tokens(args) -> dict[str, bool]:
    """Tell of each pod by component whether Kubernetes mounts a token into it: the pod's word wins."""
    objects = rendered(args)
    of_account = {one["metadata"]["name"]: one["automountServiceAccountToken"] for one in _accounts(objects)}
    of_account[SCHEDULER] = next(one.has_token for one in accounts(args) if one.is_ours)
    found = {}
    for owner, pod in pods(objects).items():
        assert not [one for one in pod["spec"].get("volumes", []) if "serviceAccountToken" in str(one)]
        name = "task-pod" if owner == "TaskPod" else pod["metadata"]["labels"]["component"]
        mounted = pod["spec"].get("automountServiceAccountToken", of_account[pod["spec"]["serviceAccountName"]])
        assert found.setdefault(name, mounted) == mounted
    return found


def _accounts(objects):
    return of_kind(objects, "ServiceAccount")


@pytest.mark.chart
@every_case
def test_only_pods_that_ask_the_kubernetes_api_have_a_token(case):
    args = CASES[case]
    wanted = set()
    if args.executor.kubernetes:
        wanted |= {"scheduler", "api-server", "webserver", "airflow-cleanup-pods"}
    if args.pod_launching:
        wanted |= {"triggerer", "worker", "task-pod", *(["scheduler"] if args.executor.local else [])}
    found = tokens(args)
    assert {name for name, mounted in found.items() if mounted} == wanted & set(found)


@pytest.mark.chart
@every_case
def test_no_two_parts_share_an_account(case):
    users: dict[str, set[str]] = {}
    for owner, pod in pods(rendered(CASES[case])).items():
        users.setdefault(pod["spec"]["serviceAccountName"], set()).add(owner)
    assert [owners for owners in users.values() if len(owners) > 1] == []
    assert "default" not in users


@pytest.mark.chart
@every_case
def test_each_account_is_the_one_that_the_chart_gives_to_the_part(case):
    args = CASES[case]
    used: dict[str, set[str]] = {}
    for owner, pod in pods(rendered(args)).items():
        part = "task-pod" if owner == "TaskPod" else pod["metadata"]["labels"]["component"]
        used.setdefault(part, set()).add(pod["spec"]["serviceAccountName"])
    known = {one.part: set(one.names) for one in accounts(args)}
    assert used == {part: names for part, names in known.items() if part in used}


@pytest.mark.chart
@every_case
def test_the_chart_makes_no_role_and_binds_nobody(case):
    kinds = ("Role", "RoleBinding", "ClusterRole", "ClusterRoleBinding")
    assert of_kind(rendered(CASES[case]), *kinds) == []


@pytest.mark.parametrize(
    ("names", "launching", "expected"),
    [
        (["local"], False, {}),
        (["celery"], False, {}),
        (["kubernetes"], False, {"executor": ["scheduler"], "pod-log-reader": ["api-server"]}),
        (["local"], True, {"pod-launcher": ["scheduler", "triggerer"]}),
        (["celery"], True, {"pod-launcher": ["triggerer", "worker"]}),
        (
            ["kubernetes"],
            True,
            {
                "executor": ["scheduler"],
                "pod-launcher": ["triggerer", "worker-kubernetes"],
                "pod-log-reader": ["api-server"],
            },
        ),
    ],
)
def test_each_role_is_held_by_those_who_need_it(names, launching, expected):
    args = airflow_deployment_args(executor=executor(*names), pod_launching=launching)
    said = {
        role: [name.removeprefix(f"{args.namespace}-airflow-").removeprefix("airspace-") for name in held]
        for role, held in holders(args).items()
    }
    assert said == expected


def test_workers_of_every_queue_may_start_pods_where_tasks_may():
    queues = celery(worker_queue(), worker_queue("heavy"))
    args = airflow_deployment_args(executor=executor("celery", celery=queues), pod_launching=True)
    [_, *workers] = holders(args)["pod-launcher"]
    assert workers == ["analytics-orders-airflow-worker", "analytics-orders-airflow-worker-heavy"]


def test_only_tasks_that_start_pods_may_run_commands_in_them_and_no_role_reads_secrets():
    def can(role, resource):
        return any(resource in rule.resources for rule in ROLES[role])

    assert {role for role in ROLES if can(role, "pods/exec")} == {"pod-launcher"}
    assert {role for role in ROLES if can(role, "secrets")} == set()
    writers = {role for role, rules in ROLES.items() if any({"create", "delete"} & set(rule.verbs) for rule in rules)}
    assert writers == {"executor", "pod-launcher", "pod-cleaner"}
    assert set(ROLES) == KUBERNETES_API


@pytest.mark.chart
def test_annotations_reach_the_account_of_their_part_and_no_other():
    said = {"iam.example.com/role": "{{ .Values.fernetKey }}"}
    annotated = {"worker": said, "dag-processor": said, "scheduler": said, "task-pod": said}
    args = airflow_deployment_args(executor=executor("celery", "kubernetes"), service_accounts=annotated)
    found = {
        one["metadata"]["name"].removeprefix(f"{args.namespace}-airflow-")
        for one in _accounts(rendered(args))
        if one["metadata"].get("annotations") == said
    }
    assert found == {"worker", "dag-processor", "worker-kubernetes"}
    [ours] = [one for one in accounts(args) if one.is_ours]
    assert ours.annotations == said
