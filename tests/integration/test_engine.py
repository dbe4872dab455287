"""One environment's life on the real engine, the real API server and the genuine chart.

Everything is done once, in the fixture at the top; each test is a question to what was seen then.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from stacks.embedding import Environment, RunResult
from stacks.offline import record_plan
from stacks.problems import SettingsError
from tests.integration.cluster import Cluster, wait_for
from tests.integration.engine_runs import (
    in_clear,
    remains,
    resources_in,
    secret_data,
    sections,
    small,
    state_of,
)
from tools.control_plane import ControlPlane
from tools.engine import Engine

pytestmark = [pytest.mark.engine, pytest.mark.chart]

NAME = "lab"
THE_STACK_ITSELF = 1
"""The engine counts it among the resources."""
SUPPLIED = "a-value-that-only-the-partner-knows"
ORDERS = small(secret_env={"PARTNER_KEY": "partner"})
REPORTS = small(executor="KubernetesExecutor")


@dataclass(kw_only=True)
class Life:
    """What was seen of the environment."""

    home: Path
    environment: Environment
    wider: Environment
    first: RunResult
    second: RunResult
    foreseen: dict[str, int]
    grown: RunResult
    grown_events: list[Any] = field(default_factory=list)
    state: str
    state_grown: str
    secrets: dict[str, Any]
    secrets_grown: dict[str, Any]
    pods: dict[str, str]
    pods_grown: dict[str, str]
    quotas: list[Any]
    leaks: list[str]


@pytest.fixture(scope="module")
def life(
    engine: Engine, control_plane: ControlPlane, cluster: Cluster, chart_archive: Path, tmp_path_factory: Any
) -> Iterator[Life]:
    home = tmp_path_factory.mktemp("lab")

    def environment(**deployments: Any) -> Environment:
        content = sections(control_plane, {"lab": deployments})
        return Environment.of(NAME, content, secrets={"partner": SUPPLIED}, home=home, command=engine.command)

    small_one, wider = environment(orders=ORDERS), environment(orders=ORDERS, reports=REPORTS)
    events: list[Any] = []
    try:
        first = small_one.up()
        seen = {
            "state": state_of(small_one, engine),
            "secrets": secret_data(cluster, "lab-orders"),
            "pods": pods(cluster),
            "second": small_one.up(),
            "foreseen": dict(small_one.preview()),
            "quotas": cluster.items("v1", "ResourceQuota", "lab-orders"),
        }
        grown = wider.up(on_event=events.append)
        values = {value for data in secret_data(cluster, "lab-orders").values() for value in data.values()}
        yield Life(
            home=home, environment=small_one, wider=wider, first=first, grown=grown, grown_events=events,
            state_grown=state_of(wider, engine), secrets_grown=secret_data(cluster, "lab-orders"),
            pods_grown=pods(cluster), leaks=list(in_clear(values, home)), **seen,
        )  # fmt: skip
    finally:
        if wider.exists():
            wider.destroy()


def pods(cluster: Cluster) -> dict[str, str]:
    """Return the running pods of the first deployment by name; a restarted one has another id."""
    return {
        one["metadata"]["name"]: one["metadata"]["uid"]
        for one in cluster.items("v1", "Pod", "lab-orders")
        if one["status"]["phase"] == "Running"
    }


def test_everything_that_was_recorded_offline_is_made_and_nothing_else(life: Life):
    """The recorder that all other tests rely on sees what the engine sees."""
    planned = {one.urn for one in record_plan(life.environment.plan).resources}
    assert set(resources_in(life.state)) == planned
    assert life.first.changes == {"create": len(planned) + THE_STACK_ITSELF}


def test_airflow_is_deployed_and_its_pods_run_within_the_quota(life: Life):
    orders = life.first.workspaces["lab"]["deployments"]["orders"]
    assert orders["helm_status"] == "deployed"
    assert {name.rsplit("-", 2)[0] for name in life.pods} >= {"lab-orders-scheduler", "lab-orders-api-server"}
    core = next(one for one in life.quotas if one["metadata"]["name"] == "airspace-core")
    assert int(core["status"]["used"]["pods"]) == len(life.pods) < int(core["status"]["hard"]["pods"])


def test_the_inventory_is_the_one_that_was_planned(life: Life):
    planned = record_plan(life.environment.plan).stack_outputs["workspaces"]
    orders = planned["lab"]["deployments"]["orders"]
    orders["helm_status"] = "deployed"
    # A plan knows no state; a first run changes sizes for the first time.
    orders["kept"]["size_change"] = 1
    assert life.first.workspaces == planned


def test_a_second_up_changes_nothing_and_says_so(life: Life):
    assert life.second.is_unchanged
    assert not life.first.is_unchanged
    assert life.second.changes == {"same": life.first.changes["create"]}


def test_a_preview_expects_no_change(life: Life):
    assert life.foreseen == life.second.changes


def test_generated_secrets_stay_and_differ_from_each_other(life: Life):
    assert life.secrets_grown == life.secrets
    generated = [
        *life.secrets["lab-orders-fernet-key"].values(),
        *life.secrets["lab-orders-jwt"].values(),
        *life.secrets["lab-orders-api-secret-key"].values(),
        *life.secrets["lab-orders-postgresql"].values(),
    ]
    assert len(set(generated)) == len(generated) == 4


def test_a_supplied_secret_reaches_its_kubernetes_secret(life: Life):
    assert life.secrets["lab-orders-env"] == {"PARTNER_KEY": SUPPLIED}


def test_no_secret_value_is_in_clear_in_anything_that_a_run_leaves(life: Life):
    """State, its backups and history, and the files that the engine worked on."""
    assert [path.name for path in life.home.rglob("*.json") if "stacks" in path.parts], "the state was looked at"
    assert life.leaks == []


def test_no_secret_value_is_in_an_output(life: Life):
    values = [value for data in life.secrets.values() for value in data.values()]
    outputs = json.dumps([life.first.workspaces, life.grown.workspaces])
    assert [value for value in values if value in outputs] == []


def test_one_deployment_more_touches_no_resource_of_another(life: Life):
    before, after = resources_in(life.state), resources_in(life.state_grown)
    changed = {urn for urn in before if before[urn] != after.get(urn)}
    new = set(after) - set(before)
    assert new
    assert [urn for urn in new if "lab-reports" not in urn] == []
    # The workspace itself lists one namespace more.
    assert {urn.rpartition("::")[2] for urn in changed} == {"lab"}


def test_one_deployment_more_restarts_no_pod_of_another(life: Life):
    assert life.pods_grown == life.pods


def test_the_engine_reports_each_step_as_it_goes(life: Life):
    finished = [event.res_outputs_event.metadata for event in life.grown_events if event.res_outputs_event]
    created = [step.urn for step in finished if str(getattr(step.op, "value", step.op)) == "create"]
    assert len(created) == life.grown.changes["create"]


def test_wrong_input_applies_nothing(engine: Engine, control_plane: ControlPlane, cluster: Cluster, tmp_path: Path):
    content = sections(control_plane, {"lab": {"orders": {"database": "embedded", "colour": "blue"}}})
    environment = Environment.of("wrong", content, home=tmp_path, command=engine.command)
    with pytest.raises(SettingsError, match="colour: unknown key"):
        environment.up()
    assert remains(cluster, "wrong") == []
    assert list(tmp_path.iterdir()) == []


def test_destroy_leaves_nothing_behind(life: Life, cluster: Cluster):
    """Last: the others have looked by now."""
    assert remains(cluster, NAME)
    result = life.wider.destroy()
    assert result.changes == {"delete": len(resources_in(life.state_grown)) + THE_STACK_ITSELF}
    assert result.workspaces == {}
    assert remains(cluster, NAME) == []
    for kind in ("Pod", "PersistentVolumeClaim", "Secret"):
        for namespace in ("lab-orders", "lab-reports"):
            wait_for(
                lambda kind=kind, namespace=namespace: not cluster.items("v1", kind, namespace), "an empty namespace"
            )
    assert not life.wider.exists()
