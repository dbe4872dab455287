"""What containers find in their environment, over all layers of settings."""

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
