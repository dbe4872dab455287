"""Who may do what, answered by the authorizer of a real API server: the whole of production, member by member."""

from typing import Any

import pytest

from components.access_args import Role
from components.args import AirflowDeploymentArgs
from tests.integration.applied import Applied
from tests.integration.cluster import Cluster

pytestmark = pytest.mark.cluster

EVERYBODY = {
    "pods": ("get", "list", "watch"),
    "configmaps": ("get",),
    "resourcequotas": ("get",),
    "deployments": ("get",),
}
GROUPS = {"deployments": "apps", "statefulsets": "apps", "jobs": "batch", "rolebindings": "rbac.authorization.k8s.io"}
ABOVE_ALL_ROLES = (
    *(("get", "secrets"), ("list", "secrets"), ("create", "pods"), ("update", "deployments"), ("delete", "services")),
    *(("update", "resourcequotas"), ("delete", "resourcequotas"), ("patch", "limitranges"), ("create", "rolebindings")),
    *(("delete", "namespaces"), ("update", "namespaces"), ("create", "serviceaccounts")),
)
"""Changes are made by the stack, and what Airflow encrypts with is nobody's to read."""


def roles_by_account(args: AirflowDeploymentArgs) -> dict[str, Role]:
    return {user: entry.role for entry in args.access for user in entry.users}


@pytest.fixture(scope="module")
def accounts(prod: Applied) -> list[str]:
    found = {user for workspace in prod.plan.workspaces.values() for entry in workspace.members for user in entry.users}
    return sorted(found | {"stranger@example.com"})


def may(cluster: Cluster, user: str, verb: str, resource: str, namespace: str, **options: Any) -> bool:
    return cluster.may(user, verb, resource, namespace, group=GROUPS.get(resource, ""), **options)


def test_each_account_may_what_its_role_in_each_deployment_says(cluster: Cluster, prod: Applied, accounts: list[str]):
    wrong = []
    for args in prod.plan.deployments:
        namespace, roles = prod.namespace(args), roles_by_account(args)
        for user in accounts:
            role = roles.get(user)
            expected = {
                ("get", "pods", ""): role is not None,
                ("get", "pods", "log"): role is not None,
                ("delete", "pods", ""): role in (Role.EDITOR, Role.ADMIN),
                ("create", "pods", "portforward"): role is Role.ADMIN,
                ("get", "secrets", ""): False,
                ("create", "pods", "exec"): False,
            }
            wrong += [
                f"{user} ({role}) {verb} {resource}/{part} in {namespace}: {not answer}"
                for (verb, resource, part), answer in expected.items()
                if may(cluster, user, verb, resource, namespace, subresource=part) is not answer
            ]
    assert wrong == []
    assert {role for args in prod.plan.deployments for role in roles_by_account(args).values()} == set(Role)


def test_nobody_may_what_is_above_all_roles(cluster: Cluster, prod: Applied, accounts: list[str]):
    args = prod.deployment("analytics-orders")
    found = [
        f"{user} may {verb} {resource}"
        for user in accounts
        for verb, resource in ABOVE_ALL_ROLES
        if may(cluster, user, verb, resource, prod.namespace(args))
    ]
    assert found == []


def test_a_viewer_sees_everything_but_secrets(cluster: Cluster, prod: Applied):
    args = prod.deployment("finance-ledger")
    assert roles_by_account(args)["auditor@partner.example.com"] is Role.VIEWER
    for resource, verbs in EVERYBODY.items():
        for verb in verbs:
            assert may(cluster, "auditor@partner.example.com", verb, resource, prod.namespace(args)), (verb, resource)


def test_members_see_the_namespaces_that_they_have_a_role_in_and_no_others(cluster: Cluster, prod: Applied):
    orders, ledger = (prod.namespace(prod.deployment(name)) for name in ("analytics-orders", "finance-ledger"))
    assert cluster.may("nadia@example.com", "get", "namespaces", orders, name=orders)
    assert not cluster.may("nadia@example.com", "get", "namespaces", ledger, name=ledger)
    assert not cluster.may("nadia@example.com", "list", "namespaces")


def test_whom_a_deployment_shuts_out_is_out(cluster: Cluster, prod: Applied):
    orders, customers = (prod.deployment(name) for name in ("analytics-orders", "analytics-customers"))
    assert may(cluster, "nadia@example.com", "get", "pods", prod.namespace(orders))
    assert not may(cluster, "nadia@example.com", "get", "pods", prod.namespace(customers))


def test_the_identity_providers_groups_count(cluster: Cluster, prod: Applied):
    orders, ledger = (prod.namespace(prod.deployment(name)) for name in ("analytics-orders", "finance-ledger"))
    newcomer = {"user": "newcomer@example.com", "groups": ["idp-data-platform"]}
    assert may(cluster, verb="delete", resource="pods", namespace=orders, **newcomer)
    assert not may(cluster, verb="get", resource="pods", namespace=ledger, **newcomer)


def test_nobody_has_a_right_on_the_cluster_itself(cluster: Cluster, prod: Applied, accounts: list[str]):
    questions = (("list", "nodes", ""), ("get", "pods", ""), ("get", "secrets", ""), ("create", "namespaces", ""))
    questions += (("bind", "clusterroles", "rbac.authorization.k8s.io"), ("impersonate", "users", ""))
    found = [
        f"{user} may {verb} {resource}"
        for user in accounts
        for verb, resource, group in questions
        if cluster.may(user, verb, resource, group=group)
    ]
    assert found == []
