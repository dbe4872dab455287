"""What the deployments of a workspace may choose."""

import pytest

from components.sizing import Size, Sized
from tests.stacks.environments import ADA, GRACE, planned, refusals, shared


def allowed(bounds, **orders):
    return {"workspaces": {"analytics": shared(allowed=bounds, deployments={"orders": orders})}}


@pytest.mark.parametrize(
    ("bounds", "orders"),
    [
        ({"executors": ["LocalExecutor"]}, {}),
        (
            {"executors": ["CeleryExecutor", "KubernetesExecutor"]},
            {"executor": ["CeleryExecutor", "KubernetesExecutor"]},
        ),
        ({"airflow_versions": ["3.2"]}, {"airflow_version": "3.2.2"}),
        ({"airflow_versions": ["3"]}, {"airflow_version": "3.1.8"}),
        ({"airflow_versions": ["3.1.8", "2.11.2"]}, {"airflow_version": "2.11.2"}),
        ({"largest_size": "medium"}, {"scheduler": {"size": "medium"}, "api_server": {"cpu": 1, "memory": "2Gi"}}),
        ({"largest_size": "medium"}, {"cpu_limit_ratio": 2}),
        ({"clusters": ["main"]}, {}),
        ({"hosts": ["finance.example.com"]}, {}),
    ],
)
def test_what_is_allowed_may_be_chosen(bounds, orders):
    assert planned(**allowed(bounds, **orders))


@pytest.mark.parametrize(
    ("bounds", "orders", "key"),
    [
        ({"executors": ["LocalExecutor"]}, {"executor": ["LocalExecutor", "KubernetesExecutor"]}, "executor"),
        (
            {"executors": ["LocalExecutor"]},
            {"executor": {"type": "class", "path": "example.executors.EdgeExecutor"}},
            "executor",
        ),
        ({"airflow_versions": ["3.2.1"]}, {"airflow_version": "3.2.2"}, "airflow_version"),
        ({"airflow_versions": ["3"]}, {"airflow_version": "2.11.2"}, "airflow_version"),
        ({"largest_size": "medium"}, {"scheduler": {"memory": "2049Mi"}}, "scheduler"),
        ({"largest_size": "medium"}, {"triggerer": {"size": "large"}}, "triggerer"),
        ({"largest_size": "medium"}, {"jobs": {"size": "large"}}, "jobs"),
        (
            {"largest_size": "medium"},
            {"executor": {"type": "KubernetesExecutor", "task_pod": {"size": "large"}}},
            "executor.task_pod",
        ),
        ({"largest_size": "medium"}, {"extra_task_pods": {"max_pods": 1, "size": "large"}}, "extra_task_pods"),
        (
            {"largest_size": "medium"},
            {"executor": {"type": "CeleryExecutor", "broker": {"redis": {"memory": "513Mi"}}}},
            "executor.broker.redis",
        ),
        ({"largest_size": "small"}, {"pgbouncer": {"enabled": True, "size": "medium"}}, "pgbouncer"),
        ({"largest_size": "small"}, {"database": {"embedded": {"memory": "1025Mi"}}}, "database.embedded"),
        ({"largest_size": "medium"}, {"cpu_limit_ratio": 3}, "cpu_limit_ratio"),
    ],
)
def test_what_is_not_allowed_is_refused_where_it_is_written(bounds, orders, key):
    (line,) = refusals(**allowed(bounds, **orders))
    assert line.startswith(f"workspaces.analytics.deployments.orders.{key}: ")
    assert f"widen workspaces.analytics.allowed.{next(iter(bounds))}" in line


@pytest.mark.parametrize("size", Size)
def test_each_size_is_within_itself(size):
    parts = {part: {"size": str(size)} for part in ("scheduler", "api_server", "dag_processor", "triggerer", "statsd")}
    parts |= {"extra_task_pods": {"max_pods": 1, "size": str(size)}, "pgbouncer": {"enabled": True, "size": str(size)}}
    broker = {"redis": {"size": str(size)}}
    executor = {"type": "CeleryExecutor", "queues": {"default": {"size": str(size)}}, "broker": broker}
    assert planned(**allowed({"largest_size": str(size)}, **parts, executor=executor))


def test_personal_workspaces_are_bounded_together():
    accounts = {ADA: {"personal_workspace": {"deployments": {"mine": {"executor": "CeleryExecutor"}}}}, GRACE: {}}
    (line,) = refusals(accounts=accounts, personal_workspaces={"allowed": {"executors": ["LocalExecutor"]}})
    assert line.startswith(
        f"accounts.{ADA}.personal_workspace.deployments.mine.executor: CeleryExecutor is not allowed"
    )


def test_what_is_sized_is_bounded():
    """Each part that the sizes know of, and each that has numbers of its own."""
    everything = {
        "git_sync": {"cpu": "8"},
        "dags": {"git": {"repo": "https://git.example.com/dags.git"}},
        **{part: {"cpu": "8"} for part in ("scheduler", "api_server", "dag_processor", "triggerer", "statsd")},
        **{part: {"cpu": "8"} for part in ("log_groomer", "jobs")},
        "pgbouncer": {"enabled": True, "cpu": "8"},
        "extra_task_pods": {"max_pods": 1, "cpu": "8"},
        "database": {"embedded": {"cpu": "8"}},
        "executor": [
            {"type": "CeleryExecutor", "queues": {"default": {"cpu": "8"}}, "broker": {"redis": {"cpu": "8"}}},
            {"type": "KubernetesExecutor", "task_pod": {"cpu": "8"}},
        ],
    }
    lines = refusals(**allowed({"largest_size": "small"}, **everything))
    assert len(lines) == len({*Sized, "extra_task_pods", "database.embedded"})


GROUPS = {"big": {"selector": {"pool": "big"}}, "small": {"selector": {"pool": "small"}}}


def pinned(bounds, **settings):
    cluster = {"hosting": "enterprise", "context": "somewhere", "node_groups": GROUPS}
    return {"clusters": {"main": cluster}, **allowed({"node_groups": bounds}, **settings)}


def test_a_workspace_may_be_pinned_to_some_groups_of_nodes():
    [orders] = planned(**pinned(["big"], node_group="big")).deployments
    assert orders.site.node_group.selector == {"pool": "big"}
    assert planned(**pinned(["small", "big"], node_group="big"))


def test_nodes_that_a_workspace_may_not_choose_are_refused_and_so_is_any_node():
    where = "workspaces.analytics.deployments.orders.node_group"
    (line,) = refusals(**pinned(["big"], node_group="small"))
    assert line.startswith(f"{where}: small is not allowed in this workspace. Choose from big, or let those who keep")
    (line,) = refusals(**pinned(["big"]))
    assert line.startswith(f"{where}: is missing: not every node is allowed in this workspace. Choose from big")


def test_a_default_of_the_workspace_pins_all_its_deployments():
    sections = pinned(["big"])
    sections["workspaces"]["analytics"]["defaults"] = {"node_group": "big"}
    assert planned(**sections).deployments[0].site.node_group.selector == {"pool": "big"}


def test_what_is_retired_needs_no_nodes():
    assert planned(**pinned(["big"], state="retired"))
