"""Labels that a part's pods get with their account, on the pods of the genuine chart."""

from dataclasses import replace

import pytest

from components.service_accounts import accounts
from components.values import build_values
from tests.components.chart_rendering import of_kind, pods, rendered
from tests.components.scenarios import SCENARIOS, SUPPORT
from tests.stacks.environments import deployment

AZURE = "azure.workload.identity/use"


@pytest.mark.chart
@pytest.mark.parametrize("scenario", ["Celery+Kubernetes-3.2.2-volumes", "Celery+Kubernetes-2.11.2-placed"])
def test_each_part_has_its_own_labels_and_no_others(scenario):
    plain = replace(SCENARIOS[scenario], **SUPPORT)
    parts = [account.part for account in accounts(plain)]
    args = replace(plain, pod_labels={part: {AZURE: "true", "part": part} for part in parts})
    seen = set()
    for owner, pod in pods(rendered(args)).items():
        labels = pod["metadata"]["labels"]
        part = "task-pod" if owner == "TaskPod" else labels["component"]
        assert (labels[AZURE], labels["part"]) == ("true", part), owner
        seen.add(part)
    assert seen == set(parts)


@pytest.mark.chart
def test_no_selector_and_no_claim_bears_them():
    plain = SCENARIOS["Celery+Kubernetes-3.2.2-volumes"]
    args = replace(plain, pod_labels={"worker": {AZURE: "true"}, "redis": {AZURE: "true"}})
    for owner in of_kind(rendered(args), "StatefulSet"):
        assert AZURE not in str(owner["spec"]["selector"])
        assert AZURE not in str(owner["spec"]["volumeClaimTemplates"])


def test_labels_of_task_pods_are_beside_those_that_the_executor_says():
    said = {"service_accounts": {"task_pod": {"pod_labels": {AZURE: "true"}}}}
    executor = {"type": "KubernetesExecutor", "task_pod": {"labels": {"example.com/cost": "42"}}}
    labels = build_values(deployment(executor=executor, **said))["workers"]["kubernetes"]["labels"]
    assert labels == {"example.com/cost": "42", AZURE: "true", "airspace.dev/part": "task-pod"}


@pytest.mark.parametrize(("version", "web"), [("3.2.2", "apiServer"), ("2.11.2", "webserver")])
def test_settings_name_the_part(version, web):
    said = {"api_server": {"pod_labels": {AZURE: "true"}}, "migration": {"annotations": {"a": "b"}}}
    values = build_values(deployment(airflow_version=version, service_accounts=said))
    assert values[web]["labels"] == {AZURE: "true"}
    assert "labels" not in values["migrateDatabaseJob"]
