"""What runs more than once is spread over nodes and not drained together, in what the genuine chart renders."""

import pytest

from tests.components.chart_rendering import of_kind, rendered
from tests.components.scenarios import SCENARIOS

SEVERAL = [name for name in SCENARIOS if name.endswith("-replicas")]


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
    assert found == set(budgets)
    assert len(found) == 3


@pytest.mark.chart
def test_what_runs_once_may_be_drained():
    assert of_kind(rendered(SCENARIOS["Celery-3.2.2-plain"]), "PodDisruptionBudget") == []
