"""What the chart makes, by kind, is what the genuine chart renders."""

import pytest

from components.chart_objects import chart_kinds
from tests.components.chart_rendering import rendered
from tests.components.scenarios import SCENARIOS

pytestmark = pytest.mark.chart


@pytest.mark.parametrize("name", SCENARIOS)
def test_kinds_of_a_release_are_the_ones_that_the_chart_renders(name):
    objects = rendered(SCENARIOS[name])
    assert chart_kinds(SCENARIOS[name]) == {(one["apiVersion"], one["kind"]) for one in objects}


def test_a_release_makes_nothing_that_belongs_to_no_namespace():
    kinds = {kind for args in SCENARIOS.values() for _, kind in chart_kinds(args)}
    assert not {kind for kind in kinds if kind.startswith("Cluster")} | kinds & {"Namespace", "PriorityClass"}
    assert all(
        one["metadata"].get("namespace") in {None, args.namespace}
        for args in [SCENARIOS["Celery+Kubernetes-3.2.2-host"]]
        for one in rendered(args)
    )
