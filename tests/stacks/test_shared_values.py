"""Values that a workspace keeps once and links to all or some of its deployments."""

from tests.stacks.environments import ADA, planned, refusals, shared

KEYS = ["warehouse-url", "other-url", "token"]
WAREHOUSE = {"connections": {"warehouse": "warehouse-url"}, "secret_env": {"TOKEN": "token"}, "env": {"PLACE": "east"}}


def deployments(links=None, defaults=None, **each):
    one = {**WAREHOUSE, **({"deployments": links} if links else {})}
    workspace = shared(shared={"warehouse": one}, defaults=defaults or {}, deployments=each)
    return {one.name: one for one in planned(KEYS, workspaces={"analytics": workspace}).deployments}


def test_what_is_linked_to_nobody_in_particular_is_linked_to_all():
    for one in deployments(orders={}, reports={}).values():
        assert one.env["PLACE"] == "east"
        assert one.secret_env == {"AIRFLOW_CONN_WAREHOUSE": "warehouse-url", "TOKEN": "token"}


def test_what_is_linked_to_some_is_not_in_the_others():
    found = deployments(links=["orders"], orders={}, reports={})
    assert found["orders"].secret_env
    assert (found["reports"].secret_env, "PLACE" in found["reports"].env) == ({}, False)


def test_a_deployment_is_nearer_than_what_is_linked_and_that_nearer_than_defaults():
    own = {"connections": {"warehouse": "other-url"}, "env": {"PLACE": None}, "secret_env": {"TOKEN": None}}
    found = deployments(defaults={"env": {"PLACE": "nowhere"}}, orders=own, reports={})
    assert found["reports"].env["PLACE"] == "east"
    assert "PLACE" not in found["orders"].env
    assert found["orders"].secret_env == {"AIRFLOW_CONN_WAREHOUSE": "other-url"}


def test_several_may_be_linked_to_one_deployment():
    both = {"warehouse": WAREHOUSE, "office": {"env": {"OFFICE": "west"}, "deployments": ["orders"]}}
    workspace = shared(shared=both, deployments={"orders": {}, "reports": {}})
    env = {one.name: one.env for one in planned(KEYS, workspaces={"analytics": workspace}).deployments}
    assert (env["orders"]["OFFICE"], "OFFICE" in env["reports"]) == ("west", False)


def test_two_values_of_one_name_may_go_to_different_deployments():
    apart = {name: {"env": {"PLACE": name}, "deployments": [name]} for name in ("orders", "reports")}
    workspace = shared(shared=apart, deployments={"orders": {}, "reports": {}})
    found = {one.name: one.env["PLACE"] for one in planned(workspaces={"analytics": workspace}).deployments}
    assert found == {"orders": "orders", "reports": "reports"}


def test_a_secret_that_is_not_stored_is_named():
    workspace = shared(shared={"warehouse": WAREHOUSE}, deployments={"orders": {}})
    (line,) = refusals(["token"], workspaces={"analytics": workspace})
    assert line.startswith("workspaces.analytics.deployments.orders.connections.warehouse: ")


def test_a_personal_workspace_shares_values_too():
    own = {"name": "ada", "shared": {"warehouse": {**WAREHOUSE, "deployments": ["lab"]}}}
    accounts = {ADA: {"personal_workspace": {**own, "deployments": {"lab": {}, "other": {}}}}}
    found = {one.name: one.secret_env for one in planned(KEYS, accounts=accounts).deployments}
    assert found == {"lab": {"AIRFLOW_CONN_WAREHOUSE": "warehouse-url", "TOKEN": "token"}, "other": {}}


def test_a_link_to_nothing_in_a_personal_workspace_is_refused_there():
    own = {"shared": {"warehouse": {"env": {"PLACE": "east"}, "deployments": ["lab"]}}, "deployments": {"labs": {}}}
    (line,) = refusals(accounts={ADA: {"personal_workspace": own}})
    assert line.startswith(
        f"accounts.{ADA}.personal_workspace.shared.warehouse.deployments: there is no deployment lab"
    )
