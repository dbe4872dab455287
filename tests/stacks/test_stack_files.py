"""The committed environments: each valid, and what each of them is there to show."""

import pytest

from components.args import Hosting
from components.executor_args import ExecutorKind
from stacks.loader import read_stack_file, select_context
from stacks.plan import plan_stack
from stacks.project import STACKS

ENVIRONMENTS = ("local", "dev", "staging", "prod")


def plan_of(environment):
    return plan_stack(read_stack_file(STACKS / f"Pulumi.{environment}.yaml"))


@pytest.fixture(scope="module")
def plans():
    return {environment: plan_of(environment) for environment in ENVIRONMENTS}


def test_every_committed_stack_is_looked_at():
    assert {path.name for path in STACKS.glob("Pulumi.*.yaml")} == {f"Pulumi.{name}.yaml" for name in ENVIRONMENTS}


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_each_environment_has_all_executors_both_airflows_and_personal_workspaces(environment, plans):
    plan = plans[environment]
    assert {kind for one in plan.deployments for kind in one.executor.kinds} == set(ExecutorKind)
    assert {one.airflow_major for one in plan.deployments} == {2, 3}
    assert any(workspace.owner and workspace.deployments for workspace in plan.workspaces.values())
    assert any(not workspace.deployments for workspace in plan.workspaces.values())


@pytest.mark.parametrize("environment", ["local", "dev"])
def test_small_environments_need_nothing_that_others_make(environment, plans):
    for one in plans[environment].deployments:
        assert one.database.embedded
        assert (one.host, dict(one.secret_env), one.is_protected) == (None, {}, False)
        assert one.git_sync is None or one.git_sync.credentials_secret is one.git_sync.ssh_key_secret is None
    assert len(plans[environment].deployments) <= 5


def test_dev_comes_up_on_a_cluster_of_the_users():
    plan = plan_stack(select_context(read_stack_file(STACKS / "Pulumi.dev.yaml"), "my-cluster"))
    assert [cluster.context for cluster in plan.clusters.values()] == ["my-cluster"]


def test_only_local_runs_on_the_machine_itself(plans):
    local = {name for name, plan in plans.items() if any(cluster.is_local for cluster in plan.clusters.values())}
    assert local == {"local"}


def test_prod_is_protected_and_survives_a_node(plans):
    shared = [one for one in plans["prod"].deployments if not plans["prod"].workspaces[one.workspace].owner]
    assert 10 <= len(shared) <= 14
    assert all(one.is_protected and one.url.startswith("https://") for one in shared)
    assert not any(one.database.embedded for one in shared)
    single = {one.name for one in shared if one.scheduler.replicas < 2 or one.api_server.replicas < 2}
    assert single == {"surveys"}


def test_prod_has_groups_access_rules_and_a_second_cluster(plans):
    plan = plans["prod"]
    groups = {group for one in plan.workspaces.values() for role in one.members for group in role.groups}
    assert {"idp-data-platform", "idp-finance"} <= groups
    differing = [one.name for one in plan.deployments if one.access != plan.workspaces[one.workspace].members]
    assert differing == ["customers", "payouts", "edi"]
    assert {one.cluster for one in plan.deployments} == set(plan.clusters)
    assert {cluster.hosting for cluster in plan.clusters.values()} == {Hosting.ENTERPRISE}


def test_staging_rehearses_what_prod_runs(plans):
    staged, live = plans["staging"], plans["prod"]
    shared = {(one.workspace, one.name): one for one in live.deployments}
    rehearsed = [one for one in staged.deployments if not staged.workspaces[one.workspace].owner]
    for one in rehearsed:
        twin = shared[one.workspace, one.name]
        assert one.airflow_version == twin.airflow_version
    assert len(rehearsed) < len(shared)


def test_no_environment_is_planned_to_the_last_core(plans):
    for plan in plans.values():
        for workspace in plan.workspaces.values():
            assert workspace.budget.deployments is None or len(workspace.deployments) <= workspace.budget.deployments
