"""What a deployment consists of in each state of its life."""

from typing import Any

import pytest

from stacks.recording import RELEASE, STASH, Recording, redacted, reveal
from tests.environments import embedded, plan_of, small_environment, workspace
from tests.recorded_rules import SECRET, deploy_plan

BINDING = "kubernetes:rbac.authorization.k8s.io/v1:RoleBinding"
POLICY = "kubernetes:networking.k8s.io/v1:NetworkPolicy"
ACCOUNT = "kubernetes:core/v1:ServiceAccount"
QUOTA = "kubernetes:core/v1:ResourceQuota"
STATEFUL_SET = "kubernetes:apps/v1:StatefulSet"


def recorded(state: str) -> Recording:
    orders = embedded(state=state, executor="CeleryExecutor", database={"embedded": {"volume": {"size": "2Gi"}}})
    analytics = {**workspace(), "deployments": {"orders": orders}}
    return deploy_plan(plan_of(small_environment(workspaces={"analytics": analytics})))


def below_the_deployment(recording: Recording) -> dict[str, Any]:
    return {one.urn: one for one in recording.resources if "AirflowDeploymentComponent$" in one.urn}


def described(recording: Recording) -> dict[str, Any]:
    entry: dict[str, Any] = recording.stack_outputs["workspaces"]["analytics"]["deployments"]["orders"]
    return entry


def test_a_sleeping_deployment_consists_of_the_same_resources():
    awake, asleep = below_the_deployment(recorded("active")), below_the_deployment(recorded("hibernated"))
    assert set(asleep) == set(awake)
    same = {urn for urn in awake if redacted(asleep[urn].inputs) == redacted(awake[urn].inputs)}
    assert {asleep[urn].type for urn in set(awake) - same} == {QUOTA, STATEFUL_SET, RELEASE}


def test_a_retired_deployment_has_neither_release_nor_access_and_all_else():
    awake, retired = below_the_deployment(recorded("active")), below_the_deployment(recorded("retired"))
    gone = {urn: awake[urn].type for urn in set(awake) - set(retired)}
    assert set(gone.values()) == {RELEASE, BINDING, POLICY, ACCOUNT, "kubernetes:core/v1:ConfigMap"}
    assert set(retired) <= set(awake)
    # What is left stays closed.
    assert [urn for urn in retired if urn.endswith("::analytics-orders-default-deny")]
    for kept in (STASH, SECRET, STATEFUL_SET):
        assert {urn for urn in awake if awake[urn].type == kept} == {
            urn for urn in retired if retired[urn].type == kept
        }


@pytest.mark.parametrize(
    ("state", "helm", "access"),
    [("active", "planned", True), ("hibernated", "planned", True), ("retired", "removed", False)],
)
def test_the_inventory_tells_the_state(state, helm, access):
    entry = described(recorded(state))
    assert (entry["state"], entry["helm_status"], bool(entry["access"])) == (state, helm, access)


@pytest.mark.parametrize("state", ["hibernated", "retired"])
def test_a_deployment_that_does_not_run_takes_only_storage_out_of_the_budget(state):
    assert described(recorded(state))["reserved"] == {"cpu": "0", "memory": "0", "storage": "2Gi", "pods": "0"}


@pytest.mark.parametrize("state", ["hibernated", "retired"])
def test_no_pod_fits_the_quota_of_a_deployment_that_does_not_run(state):
    recording = recorded(state)
    pods = [one.inputs["spec"]["hard"].get("pods") for one in recording.of_type(QUOTA)]
    assert sorted(pods, key=str) == ["0", "0", "0", "0", None]
    assert reveal(recording.one(STATEFUL_SET).inputs)["spec"]["replicas"] == 0
