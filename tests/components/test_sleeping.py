"""A deployment that sleeps: the genuine chart renders nothing that runs, and only what is kept is reserved."""

import dataclasses

import pytest

from components.database import embedded_database_stateful_set
from components.life_args import State
from components.quantities import parse_bytes
from components.quota import compute_quota, reserved
from components.values import build_values
from components.workloads import workloads
from tests.components.chart_rendering import of_kind, rendered
from tests.components.scenarios import SCENARIOS, scenario
from tests.factories import airflow_deployment_args, embedded_database, volume

SLEEPING = {
    name: dataclasses.replace(SCENARIOS[name], state=State.HIBERNATED)
    for name in (
        *("Local-3.2.2-plain", "Local-2.11.2-no_dag_processor", "Celery2Queues-3.2.2-replicas"),
        *("Celery-2.11.2-volumes", "Celery+Kubernetes-3.2.2-git_sync", "Celery-3.2.2-no_triggerer"),
        *("Celery+Kubernetes-3.2.2-support", "Celery-3.2.2-keda"),
    )
}


@pytest.mark.chart
@pytest.mark.parametrize("args", SLEEPING.values(), ids=SLEEPING.keys())
def test_nothing_runs_and_nothing_wakes_it(args):
    objects = rendered(args)
    running = {
        one["metadata"]["name"]: one["spec"]["replicas"] for one in of_kind(objects, "Deployment", "StatefulSet")
    }
    assert running
    assert set(running.values()) == {0}
    assert of_kind(objects, "Job", "CronJob", "DaemonSet", "Pod", "HorizontalPodAutoscaler", "ScaledObject") == []


@pytest.mark.chart
def test_volumes_of_workers_are_kept_and_nothing_else_about_them_changes():
    """What Kubernetes cannot change of a StatefulSet must be the same asleep and awake."""
    awake = scenario("Celery", "3.2.2", "volumes")
    pair = [rendered(one) for one in (awake, dataclasses.replace(awake, state=State.HIBERNATED))]
    before, after = (
        next(one["spec"] for one in of_kind(objects, "StatefulSet") if one["metadata"]["name"].endswith("worker"))
        for objects in pair
    )
    assert after["volumeClaimTemplates"] == before["volumeClaimTemplates"]
    assert after["selector"] == before["selector"]
    assert before["persistentVolumeClaimRetentionPolicy"] == {"whenDeleted": "Delete", "whenScaled": "Delete"}
    assert after["persistentVolumeClaimRetentionPolicy"] == {"whenDeleted": "Retain", "whenScaled": "Retain"}


@pytest.mark.parametrize("state", [State.HIBERNATED, State.RETIRED])
def test_only_kept_volumes_are_reserved(state):
    awake = scenario("Celery", "3.2.2", "volumes")
    args = dataclasses.replace(awake, state=state, database=embedded_database(volume=volume("3Gi")))
    total = reserved(args)
    assert (total.pods, total.cpu, total.memory) == (0, 0, 0)
    # One worker with 7Gi and the database; what Redis holds is not worth keeping.
    assert (total.claims, total.storage) == (2, parse_bytes("10Gi"))
    specs = compute_quota(args).specs
    assert {specs[share]["hard"]["pods"] for share in ("core", "workers", "tasks", "other")} == {"0"}
    assert specs["objects"]["hard"]["requests.storage"] == "10Gi"


def test_a_database_without_a_volume_runs_on_because_its_data_would_go_with_its_pod():
    args = airflow_deployment_args(state=State.HIBERNATED, database=embedded_database())
    assert [(one.component, one.replicas) for one in workloads(args)] == [("postgresql", 1)]
    assert embedded_database_stateful_set(args, args.database.embedded)["spec"]["replicas"] == 1


@pytest.mark.parametrize(("state", "replicas"), [(State.ACTIVE, 1), (State.HIBERNATED, 0), (State.RETIRED, 0)])
def test_a_database_with_a_volume_sleeps_with_its_deployment(state, replicas):
    args = airflow_deployment_args(state=state, database=embedded_database(volume=volume("3Gi")))
    assert embedded_database_stateful_set(args, args.database.embedded)["spec"]["replicas"] == replicas


def test_waking_brings_back_the_same_values():
    args = SCENARIOS["Celery2Queues-3.2.2-replicas"]
    slept = dataclasses.replace(args, state=State.HIBERNATED)
    assert build_values(dataclasses.replace(slept, state=State.ACTIVE)) == build_values(args) != build_values(slept)
