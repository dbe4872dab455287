"""What is left to check when something was refused: everything but its own consequences."""

import pytest

from stacks.plan import plan_stack
from stacks.problems import SettingsError
from stacks.validation import validate
from tests.environments import CLOUD
from tests.stacks.environments import ADA, GRACE, LABEL, environment, refusals, shared, source

BROKEN = {"members": {"nobody@example.com": "admin"}}
"""A workspace with a mistake that only planning finds."""
ITS_LINE = "workspaces.broken.members.nobody@example.com: has no account"


def refused(mistake, **sections):
    """Return the lines about a mistake, given that the other mistake is reported as well."""
    workspaces = {**sections.pop("workspaces", {}), "broken": BROKEN}
    lines = refusals(workspaces=workspaces, **sections)
    assert [line for line in lines if line.startswith(ITS_LINE)]
    (line,) = [line for line in lines if not line.startswith(ITS_LINE)]
    assert line.startswith(mistake)


def test_a_refused_cluster_is_still_there_for_its_deployments():
    workspaces = {"analytics": shared(deployments={"orders": {"cluster": "main"}})}
    for wrong in ({"hosting": "mine", "local": True}, {"hosting": "cloud"}, {"hosting": "cloud", "lokal": True}, None):
        refused("clusters.main", clusters={"main": wrong}, workspaces=workspaces)


def test_a_cluster_with_a_bad_name_leaves_others_to_be_checked():
    orders = {"analytics": shared(deployments={"orders": {}})}
    bad = {"Main": {**CLOUD, "local": True}}
    refused("clusters.Main", clusters=bad, workspaces=orders)
    refused("clusters.Main", clusters={**bad, "main": {**CLOUD, "local": True}}, workspaces=orders)


@pytest.mark.parametrize("clusters", [None, {}, [], "main"])
def test_without_any_cluster_people_are_checked_still(clusters):
    refused("clusters: ", clusters=clusters, workspaces={"analytics": shared(deployments={"orders": {}})})


def test_a_refused_account_is_still_an_account():
    refused(f"accounts.{ADA}: must be a map", accounts={ADA: "admin"}, workspaces={"analytics": shared()})


@pytest.mark.parametrize("team", [None, [ADA], {"people": [ADA]}, {"members": ["ada"]}, {"members": ADA}])
def test_a_refused_team_is_still_a_team(team):
    refused("teams.data", teams={"data": team}, workspaces={"analytics": {"members": {"data": "admin"}}})


def test_a_member_with_a_refused_role_may_have_been_the_admin():
    refused("workspaces.analytics.members", workspaces={"analytics": {"members": {ADA: "owner"}}})


def test_refused_members_are_not_missing_too():
    refused("workspaces.analytics.members: must be a map", workspaces={"analytics": {"members": [ADA]}})


def test_refused_defaults_are_no_missing_settings_of_deployments():
    wrong = {"database": "embeded"}
    orders = {"deployments": {"orders": {}}}
    refused("defaults.database", defaults=wrong, workspaces={"analytics": shared(**orders)})
    no_defaults = {"defaults": {}}
    refused("workspaces.analytics", **no_defaults, workspaces={"analytics": shared(defaults=wrong, **orders)})
    accounts = {ADA: {"personal_workspace": {"defaults": wrong, **orders}}, GRACE: {}}
    refused(f"accounts.{ADA}.personal_workspace.defaults", **no_defaults, accounts=accounts)


def test_two_mistakes_in_one_deployment_are_both_reported_and_its_neighbour_is_checked():
    deployments = {
        "orders": {"scheduler": {"replicas": "two"}, "protect": "yes", "executor": {"type": "Celery"}},
        "reports": {"airflow_version": "9.9.9"},
    }
    lines = refusals(workspaces={"analytics": shared(deployments=deployments)})
    assert [line.split(": ")[0].removeprefix("workspaces.analytics.deployments.") for line in lines] == [
        "orders.executor",
        "orders.protect",
        "orders.scheduler.replicas",
        "reports.airflow_version",
    ]


def test_a_workspace_may_be_called_deployments():
    workspaces = {"deployments": {"members": {ADA: "owner"}, "deployments": {"orders": {"airflow_version": "9.9.9"}}}}
    assert len(refusals(workspaces=workspaces)) == 2


@pytest.mark.parametrize(
    "executor", [{"type": "CeleryExecutor", "queue": {}}, [{"type": "CeleryExecutor", "queue": {}}]]
)
def test_paths_name_only_what_was_written(executor):
    (line,) = refusals(workspaces={"analytics": shared(deployments={"orders": {"executor": executor}})})
    place = "executor.0.queue" if isinstance(executor, list) else "executor.queue"
    assert line.startswith(f"workspaces.analytics.deployments.orders.{place}: unknown key (did you mean queues?).")


def test_validation_leaves_what_was_written_alone():
    wrong = source(
        clusters={"main": None}, workspaces={"analytics": shared(deployments={"orders": {"protect": "yes"}})}
    )
    before = repr(wrong)
    validate(wrong)
    assert repr(wrong) == before


def test_an_error_says_where_it_was_found_and_is_a_value_error():
    with pytest.raises(SettingsError) as error:
        plan_stack(source(workspaces={"broken": BROKEN}))
    assert isinstance(error.value, ValueError)
    assert error.value.label == LABEL
    assert [problem.path[0] for problem in error.value.problems] == ["workspaces"]


def test_the_environment_of_these_tests_is_right():
    settings, problems = validate(source())
    assert problems == []
    assert set(settings.accounts) == set(environment()["accounts"])


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("cluster", "My_Cluster"),
        ("database", {"secrt": "orders-metadata"}),
        ("database", "embeded"),
        ("namespace", "My_Namespace"),
        ("node_group", "Big"),
        ("state", "retird"),
        ("size", "small"),
        ("may_lose", ["database", "history"]),
        ("dags", {"git": {"branch": "main", "credentials": "orders-git", "ssh_key": "orders-git"}}),
        ("executor", ["CeleryExecutor", "DaskExecutor"]),
        ("executor", {"type": "CeleryExecutor", "queues": {"Default": {}, "heavy": {}}}),
        ("executor", {"type": "CeleryExecutor", "queues": {"default": {"workers": "2", "scaling": "keda"}}}),
        ("executor", [{"type": "CeleryExecutor", "queues": {"default": {"workers": {"min": 0, "max": "2"}}}}]),
    ],
    ids=str,
)
def test_one_mistake_of_a_deployment_brings_no_other_with_it(setting, value):
    clusters = {
        "main": {**CLOUD, "context": "main", "node_groups": {"big": {"selector": {"pool": "big"}}}},
        "other": {"hosting": "enterprise", "context": "other"},
    }
    good = {"cluster": "main", "node_group": "big"}
    workspaces = {"analytics": shared(budget={"cpu": "1"}, deployments={"orders": {**good, setting: value}})}
    refused(f"workspaces.analytics.deployments.orders.{setting}", clusters=clusters, workspaces=workspaces)


@pytest.mark.parametrize("setting", ["cluster", "node_group", "database"])
def test_one_mistake_of_defaults_is_none_of_each_deployment(setting):
    clusters = {
        "main": {**CLOUD, "context": "main", "node_groups": {"big": {"selector": {"pool": "big"}}}},
        "other": {"hosting": "enterprise", "context": "other"},
    }
    defaults = {"cluster": "main", "node_group": "big", "database": "embedded", setting: "Not_A_Name"}
    workspaces = {"analytics": shared(deployments={"orders": {}, "reports": {}})}
    refused(f"defaults.{setting}", clusters=clusters, defaults=defaults, workspaces=workspaces)


def test_a_refused_cluster_keeps_its_node_groups_for_its_deployments():
    clusters = {"main": {**CLOUD, "lokal": True, "node_groups": {"big": {"selector": {"pool": "big"}}}}}
    pinned = {"node_group": "big", "executor": {"type": "CeleryExecutor", "queues": {"default": {}}}}
    workspaces = {"analytics": shared(deployments={"orders": pinned})}
    refused("clusters.main.lokal", clusters=clusters, workspaces=workspaces)


def test_two_deployments_in_one_namespace_are_found_beside_another_mistake():
    deployments = {"orders": {"namespace": "same"}, "reports": {"namespace": "same", "airflow_version": "9.9.9"}}
    lines = refusals(workspaces={"analytics": shared(deployments=deployments)})
    said = [line.split(": ")[1] for line in lines]
    assert (
        said[0] == "and analytics.orders would share the namespace same. Rename one of them, or set another namespace"
    )
    assert said[1].startswith("Airflow 9.9.9 is not known")


def test_an_unknown_cluster_is_not_taken_for_another_one():
    clusters = {
        "main": {"hosting": "enterprise", "context": "main", "allowed_registries": ["registry.example.com"]},
        "other": {"hosting": "enterprise", "context": "other"},
    }
    workspaces = {"analytics": shared(deployments={"orders": {"cluster": "nope"}})}
    refused("workspaces.analytics.deployments.orders.cluster: there is no", clusters=clusters, workspaces=workspaces)
