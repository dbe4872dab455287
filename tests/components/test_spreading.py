"""What runs more than once is spread over nodes and not drained together, in what the genuine chart renders."""

from dataclasses import replace

import pytest

from components.values import build_values
from tests.components.chart_rendering import of_kind, rendered
from tests.components.scenarios import SCENARIOS, SUPPORT
from tests.factories import airflow_deployment_args

SEVERAL = [name for name in SCENARIOS if name.endswith(("-replicas", "-support"))]


def several(args):
    """List the parts that run more than once, by what the deployment asks for."""
    web = "webserver" if args.airflow_version.startswith("2.") else "api-server"
    asked = {"scheduler": args.scheduler, web: args.api_server, "triggerer": args.triggerer}
    asked |= {"dag-processor": args.dag_processor, "pgbouncer": args.pgbouncer}
    return {part for part, one in asked.items() if one and one.replicas > 1}


@pytest.mark.chart
@pytest.mark.parametrize("name", SEVERAL)
def test_replicas_are_spread_and_drained_one_at_a_time(name):
    objects = rendered(SCENARIOS[name])
    budgets = {
        one["spec"]["selector"]["matchLabels"]["component"]: one["spec"]
        for one in of_kind(objects, "PodDisruptionBudget")
    }
    found = set()
    for owner in of_kind(objects, "Deployment", "StatefulSet"):
        pod, component = owner["spec"]["template"], owner["metadata"]["labels"]["component"]
        if owner["spec"].get("replicas", 1) < 2 or component == "worker":
            continue
        found.add(component)
        (constraint,) = pod["spec"]["topologySpreadConstraints"]
        assert constraint["labelSelector"]["matchLabels"].items() <= pod["metadata"]["labels"].items()
        assert budgets[component]["maxUnavailable"] == 1
        assert budgets[component]["selector"]["matchLabels"].items() <= pod["metadata"]["labels"].items()
    assert found == set(budgets) - {"worker"}
    assert found == several(SCENARIOS[name])


WORKERS = [name for name in SCENARIOS if "2Queues" in name] + ["Celery-3.2.2-keda", "Celery-2.11.2-volumes"]


def owners(objects):
    return [
        one
        for one in of_kind(objects, "Deployment", "StatefulSet")
        if one["metadata"]["labels"]["component"] == "worker"
    ]


def selects(selector, labels):
    absent = [one["key"] for one in selector.get("matchExpressions", []) if one["operator"] == "DoesNotExist"]
    return selector["matchLabels"].items() <= labels.items() and not set(absent) & labels.keys()


@pytest.mark.chart
@pytest.mark.parametrize("name", WORKERS)
def test_workers_of_a_queue_are_spread_among_themselves(name):
    objects = rendered(SCENARIOS[name])
    queues = {one.name: one.max_workers for one in SCENARIOS[name].executor.celery.queues}
    found = {one["spec"]["template"]["metadata"]["labels"].get("worker-set", "default"): one for one in owners(objects)}
    assert found.keys() == queues.keys()
    for queue, owner in found.items():
        constraints = owner["spec"]["template"]["spec"].get("topologySpreadConstraints", [])
        assert len(constraints) == (queues[queue] > 1), queue
        for constraint in constraints:
            spread = {
                other
                for other, one in found.items()
                if selects(constraint["labelSelector"], one["spec"]["template"]["metadata"]["labels"])
            }
            assert spread == {queue}


@pytest.mark.chart
@pytest.mark.parametrize("name", WORKERS)
def test_no_worker_has_two_budgets_because_kubernetes_would_evict_it_no_more(name):
    objects = rendered(SCENARIOS[name])
    budgets = [one["spec"] for one in of_kind(objects, "PodDisruptionBudget")]
    several = sum(one.max_workers for one in SCENARIOS[name].executor.celery.queues) > 1
    for owner in owners(objects):
        labels = owner["spec"]["template"]["metadata"]["labels"]
        mine = [one for one in budgets if selects(one["selector"], labels)]
        assert [one["maxUnavailable"] for one in mine] == [1] * several


def test_a_single_pool_may_be_drained():
    alone = replace(SUPPORT["pgbouncer"], replicas=1)
    written = build_values(airflow_deployment_args(pgbouncer=alone))["pgbouncer"]
    assert not {"podDisruptionBudget", "topologySpreadConstraints"} & set(written)


@pytest.mark.chart
def test_what_runs_once_may_be_drained():
    assert of_kind(rendered(SCENARIOS["Celery-3.2.2-plain"]), "PodDisruptionBudget") == []
