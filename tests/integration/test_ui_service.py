"""A way in from outside, and several PgBouncers, on the real engine and the real API server, under rules and quota."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from kubernetes import client

from stacks.embedding import Environment, RunResult
from tests.integration.engine_runs import sections, small
from tools.control_plane import ControlPlane
from tools.engine import Engine

pytestmark = [pytest.mark.engine, pytest.mark.chart]

NAMESPACE = "outside-orders"
OPEN = {"type": "LoadBalancer", "source_ranges": ["10.0.0.0/8"], "tls": True}
POOL = {"pgbouncer": {"enabled": True, "replicas": 2}}
STEPS: dict[str, dict[str, Any]] = {
    "closed": {},
    "balanced": {"ui_service": OPEN, **POOL},
    "the same": {"ui_service": OPEN, **POOL},
    "by a port": {"ui_service": {"type": "NodePort", "source_ranges": ["192.0.2.0/24"]}},
    "closed again": {},
}


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What stands after each step, and what the runs said."""

    services: dict[str, dict[str, Any]]
    budgets: dict[str, set[str]]
    hard: dict[str, tuple[str, str]]
    """NodePorts and LoadBalancers in the quota."""
    runs: dict[str, RunResult]


@pytest.fixture(scope="module")
def seen(
    api: client.ApiClient, engine: Engine, control_plane: ControlPlane, chart_archive: Any, tmp_path_factory: Any
) -> Iterator[Seen]:
    home = tmp_path_factory.mktemp("outside")
    core, policy = client.CoreV1Api(api), client.PolicyV1Api(api)
    found = Seen(services={}, budgets={}, hard={}, runs={})

    def environment(deployments: dict[str, Any]) -> Environment:
        content = sections(control_plane, {"outside": deployments})
        return Environment.of("outside", content, home=home, command=engine.command)

    try:
        for step, settings in STEPS.items():
            found.runs[step] = environment({"orders": small(**settings)}).up()
            services = core.list_namespaced_service(NAMESPACE).items
            found.services[step] = {one.metadata.name: one.spec for one in services if one.spec.type != "ClusterIP"}
            budgets = policy.list_namespaced_pod_disruption_budget(NAMESPACE).items
            found.budgets[step] = {one.metadata.name for one in budgets}
            hard = core.read_namespaced_resource_quota("airspace-objects", NAMESPACE).spec.hard
            found.hard[step] = (hard["services.nodeports"], hard["services.loadbalancers"])
        yield found
    finally:
        environment({"orders": small(state="retired", may_lose=["database"])}).up()
        environment({}).destroy()


def test_nothing_leads_in_until_it_is_asked_for_and_once_it_is_taken_back(seen: Seen):
    assert [sorted(seen.services[step]) for step in STEPS] == [
        [],
        ["airspace-ui"],
        ["airspace-ui"],
        ["airspace-ui"],
        [],
    ]
    assert [seen.hard[step] for step in STEPS] == [("0", "0"), ("1", "1"), ("1", "1"), ("1", "0"), ("0", "0")]


def test_what_stands_is_what_was_asked_for(seen: Seen):
    balanced, by_a_port = seen.services["balanced"]["airspace-ui"], seen.services["by a port"]["airspace-ui"]
    assert (balanced.type, balanced.load_balancer_source_ranges) == ("LoadBalancer", ["10.0.0.0/8"])
    assert (by_a_port.type, by_a_port.load_balancer_source_ranges) == ("NodePort", None)
    assert {one.external_traffic_policy for one in (balanced, by_a_port)} == {"Local"}
    assert all(one.ports[0].node_port for one in (balanced, by_a_port))


def test_a_second_run_changes_nothing(seen: Seen):
    assert seen.runs["the same"].is_unchanged


def test_several_pools_are_drained_one_at_a_time(seen: Seen):
    assert [sorted(seen.budgets[step]) for step in ("balanced", "by a port")] == [[f"{NAMESPACE}-pgbouncer-pdb"], []]
