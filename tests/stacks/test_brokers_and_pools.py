"""Which Secrets a deployment gets for its broker and its database, and that its release names the same ones."""

from typing import Any

import pytest

from components.generated_secrets import secret_purposes
from stacks.recording import RELEASE, STASH, Recording, reveal
from tests.environments import plan_of, small_environment, workspace
from tests.recorded_rules import SECRET, deploy_plan

POOLED = {"pgbouncer": {"enabled": True}}
SCALED = {
    "type": "CeleryExecutor",
    "queues": {"default": {"workers": {"min": 0, "max": 2}, "scaling": "keda"}},
}
DEPLOYMENTS: dict[str, dict[str, Any]] = {
    "own": {"executor": "CeleryExecutor"},
    "supplied": {"executor": {"type": "CeleryExecutor", "broker": {"config": "broker"}}},
    "referred": {"executor": {"type": "CeleryExecutor", "broker": {"secret": "messages"}}},
    "pooled": POOLED,
    "pooled-supplied": {"database": {"config": "url"}, **POOLED},
    "scaled": {"database": {"config": "url"}, "executor": SCALED},
    "scaled-pooled": {"database": {"config": "url"}, "executor": SCALED, **POOLED},
    "outside": {"database": {"secret": "metadata"}, "secret_env": {"TOKEN": "token"}, "airflow_version": "2.11.2"},
}


@pytest.fixture(scope="module")
def plan() -> Any:
    analytics = workspace()
    analytics["deployments"] = {name: {"database": "embedded", **one} for name, one in DEPLOYMENTS.items()}
    sections = small_environment(workspaces={"analytics": analytics})
    return plan_of(sections, secrets=["broker", "url", "token"])


@pytest.fixture(scope="module")
def recording(plan) -> Recording:
    return deploy_plan(plan)


def secrets(recording: Recording, name: str) -> dict[str, dict[str, str]]:
    start = f"analytics-{name}-"
    namespace = start.removesuffix("-")
    return {
        one.inputs["metadata"]["name"].removeprefix(start): reveal(one.inputs["stringData"])
        for one in recording.of_type(SECRET)
        if one.inputs["metadata"]["namespace"] == namespace
    }


def values(recording: Recording, name: str) -> dict[str, Any]:
    return reveal(recording.one(RELEASE, f"analytics-{name}").inputs["values"])


def test_secrets_that_are_counted_are_those_that_are_made(plan, recording):
    for deployment in plan.deployments:
        purposes = secret_purposes(deployment)
        assert len(purposes) == len(set(purposes))
        assert set(purposes) == set(secrets(recording, deployment.name)), deployment.name


def test_a_supplied_broker_has_a_secret_and_no_redis(recording):
    assert "supplied.invalid" in secrets(recording, "supplied")["broker-url"]["connection"]
    written = values(recording, "supplied")
    assert written["data"]["brokerUrlSecretName"] == "analytics-supplied-broker-url"
    assert written["redis"] == {"enabled": False}
    assert not [one for one in recording.of_type(STASH) if one.name == "analytics-supplied-redis-password"]


def test_a_broker_that_is_referred_to_has_no_secret_of_ours(recording):
    assert "broker-url" not in secrets(recording, "referred")
    assert values(recording, "referred")["data"]["brokerUrlSecretName"] == "messages"


def test_a_redis_of_ones_own_has_a_password_that_the_broker_url_holds(recording):
    made = secrets(recording, "own")
    assert made["redis-password"]["password"] in made["broker-url"]["connection"]


@pytest.mark.parametrize("name", ["pooled", "pooled-supplied"])
def test_airflow_reaches_its_database_through_the_pool_only(recording, name):
    made = secrets(recording, name)
    assert f"@analytics-{name}-pgbouncer.analytics-{name}:6543/" in made["metadata"]["connection"]
    assert set(made["pgbouncer-config"]) == {"pgbouncer.ini", "users.txt"}
    host = "analytics-pooled-postgresql.analytics-pooled" if name == "pooled" else "supplied.invalid"
    assert f"host='{host}'" in made["pgbouncer-config"]["pgbouncer.ini"]
    assert "@127.0.0.1:6543/" in made["pgbouncer-stats"]["connection"]


def test_keda_has_an_address_of_its_own_beside_the_one_of_airflow(recording, monkeypatch):
    url = "postgresql+psycopg2://airflow:hunter2@db.example.com/airflow"
    monkeypatch.setattr("stacks.recording.PLACEHOLDER", url)
    analytics = {**workspace(), "deployments": {"scaled": DEPLOYMENTS["scaled"]}}
    plan = plan_of(small_environment(workspaces={"analytics": analytics}), secrets=["url"])
    made = secrets(deploy_plan(plan), "scaled")["metadata"]
    assert made == {"connection": url, "kedaConnection": url.replace("+psycopg2", "")}
    assert set(secrets(recording, "scaled-pooled")["metadata"]) == {"connection"}


def test_a_changed_login_restarts_the_pool_too(recording):
    written = values(recording, "pooled")
    (digest,) = written["pgbouncer"]["podAnnotations"].values()
    assert len(digest) == 16
    assert "podAnnotations" not in values(recording, "own")["pgbouncer"]
