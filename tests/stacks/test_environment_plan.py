"""What containers find in their environment, over all layers of settings."""

import pytest

from components.secret_args import SecretKeyArgs
from components.values import build_values
from stacks.recording import RELEASE, reveal
from tests.environments import embedded, plan_of, small_environment
from tests.recorded_rules import SECRET, deploy_plan
from tests.stacks.environments import planned, refusals, shared

ORDERS = "workspaces.analytics.deployments.orders"


def orders(defaults, secrets=(), **settings):
    workspace = shared(defaults=defaults, deployments={"orders": settings})
    return planned(secrets, workspaces={"analytics": workspace}).workspaces["analytics"].deployments[0]


def refused(secrets=(), **settings):
    return refusals(secrets, workspaces={"analytics": shared(deployments={"orders": settings})})


def test_a_deployment_overrides_adds_and_excludes_variables_of_its_workspace():
    args = orders({"env": {"ONE": "1", "TWO": "2", "THREE": "3"}}, env={"TWO": "two", "THREE": None, "FOUR": "4"})
    assert args.env == {"ONE": "1", "TWO": "two", "FOUR": "4"}


def test_secret_variables_are_excluded_alike_and_need_no_secret_then():
    defaults = {"secret_env": {"TOKEN": "token"}, "connections": {"warehouse": "url"}, "variables": {"limit": "limit"}}
    args = orders(defaults, ["url"], secret_env={"TOKEN": None}, variables={"limit": None})
    assert args.secret_env == {"AIRFLOW_CONN_WAREHOUSE": "url"}


def test_a_plain_variable_takes_the_place_of_an_excluded_secret_one():
    args = orders({"secret_env": {"STAGE": "stage"}}, env={"STAGE": "dev"}, secret_env={"STAGE": None})
    assert (args.env, args.secret_env) == ({"STAGE": "dev"}, {})


def test_connections_and_variables_reach_airflow_by_secret_only():
    settings = {"connections": {"warehouse": "url"}, "variables": {"daily_limit": "limit"}}
    analytics = {"members": {"crew": "admin"}, "deployments": {"orders": embedded(**settings)}}
    recording = deploy_plan(plan_of(small_environment(workspaces={"analytics": analytics}), secrets=["url", "limit"]))
    data = reveal(recording.one(SECRET, "analytics-orders-env").inputs)["stringData"]
    assert sorted(data) == ["AIRFLOW_CONN_WAREHOUSE", "AIRFLOW_VAR_DAILY_LIMIT"]
    assert recording.one(RELEASE).inputs["values"]["secret"] == [
        {"envName": name, "secretName": "analytics-orders-env", "secretKey": name} for name in sorted(data)
    ]


def test_a_connection_whose_secret_is_not_stored_is_refused_where_it_is_written():
    (line,) = refused(connections={"warehouse": "url"})
    assert line.startswith(f"{ORDERS}.connections.warehouse: there is no secret with this key")


def test_a_variable_that_is_set_twice_is_refused():
    (line,) = refused(["a", "b"], secret_env={"AIRFLOW_CONN_WAREHOUSE": "a"}, connections={"warehouse": "b"})
    assert line.startswith(f"{ORDERS}.connections.warehouse: sets AIRFLOW_CONN_WAREHOUSE, as secret_env.AIRFLOW_CONN_")
    (line,) = refused(["a"], env={"STAGE": "dev"}, secret_env={"STAGE": "a"})
    assert line.startswith(f"{ORDERS}.secret_env.STAGE: sets STAGE, as env.STAGE does already. Remove one")


def test_the_database_of_the_platform_is_no_connection_of_a_users():
    (line,) = refused(["a"], connections={"airflow_db": "a"})
    assert "AIRFLOW_CONN_AIRFLOW_DB is set by the platform" in line


VAULT = {"secret": "vault", "key": "token.txt"}


def test_a_secret_of_somebody_else_is_referred_to_where_the_value_is_used():
    settings = {"secret_env": {"TOKEN": VAULT}, "connections": {"lake": VAULT}, "variables": {"limit": VAULT}}
    args = orders({}, **settings)
    there = SecretKeyArgs(secret_name="vault", key="token.txt")
    assert args.referenced_env == {"TOKEN": there, "AIRFLOW_CONN_LAKE": there, "AIRFLOW_VAR_LIMIT": there}
    assert (args.secret_env, args.secret_keys) == ({}, set())
    assert build_values(args)["secret"] == [
        {"envName": name, "secretName": "vault", "secretKey": "token.txt"} for name in sorted(args.referenced_env)
    ]


def test_a_reference_takes_the_place_of_a_configuration_key_and_the_other_way_round():
    args = orders({"secret_env": {"ONE": "key", "TWO": VAULT}}, ["key"], secret_env={"ONE": VAULT, "TWO": "key"})
    assert (args.secret_env, set(args.referenced_env)) == ({"TWO": "key"}, {"ONE"})
    linked = {"vault": {"connections": {"lake": VAULT}, "secret_env": {"TOKEN": "key"}}}
    workspaces = {"analytics": shared(shared=linked, deployments={"orders": {"secret_env": {"TOKEN": None}}})}
    [shares] = planned(["key"], workspaces=workspaces).workspaces["analytics"].deployments
    assert (shares.secret_env, set(shares.referenced_env)) == ({}, {"AIRFLOW_CONN_LAKE"})


@pytest.mark.parametrize(
    "name", ["orders-jwt", "orders-metadata", "orders-registry", "orders-tls-7x", "sh.helm.release.v1.x.v1"]
)
def test_the_platforms_own_secrets_are_for_no_variable_of_a_users(name):
    name = name if name.startswith("sh.") else f"analytics-{name}"
    (line,) = refused(variables={"key": {"secret": name, "key": "any"}})
    assert line.startswith(f"{ORDERS}.variables.key.secret: is a Secret that the platform keeps")
