"""The one Service that may reach out, on the real API server: who makes it, who changes it, and what it counts for."""

import uuid
from dataclasses import replace
from typing import Any

import pytest
from kubernetes import client

from components.exposure import NAME, ui_service
from components.quota import OBJECTS, compute_quota
from tests import factories
from tests.components.guarded_cluster import DEPLOYER, MEMBER, guarded, wait
from tests.components.guarded_requests import DRY, refused
from tests.factories import airflow_deployment_args

pytestmark = pytest.mark.cluster
OPERATOR = "system:serviceaccount:spark:spark-operator"
"""Stands for what makes load balancers, and runs under an account of another namespace."""
NOTE = {"metadata": {"annotations": {"example.com/address": "192.0.2.1"}}}


@pytest.fixture(scope="module")
def place(api):
    with guarded(api, ui_service=factories.ui_service()) as found:
        wait(lambda: refused(lambda: create(found, MEMBER), "services"))
        create(found, DEPLOYER, **{"dry_run": None})
        yield found


def create(place: Any, user: str, name: str = NAME, type_: str = "LoadBalancer", **options: Any) -> None:
    body = ui_service(place.deployment)
    body = {**body, "metadata": {**body["metadata"], "name": name}, "spec": {**body["spec"], "type": type_}}
    if type_ != "LoadBalancer":
        del body["spec"]["loadBalancerSourceRanges"]
    with place.as_user(user) as api:
        client.CoreV1Api(api).create_namespaced_service(
            place.namespace, body, **{key: value for key, value in {**DRY, **options}.items() if value}
        )


def change(place: Any, user: str, body: Any) -> None:
    with place.as_user(user) as api:
        client.CoreV1Api(api).patch_namespaced_service(NAME, place.namespace, body, **DRY)


@pytest.mark.parametrize("name", ["other", f"{NAME}-2"])
@pytest.mark.parametrize("user", [MEMBER, OPERATOR, DEPLOYER])
def test_no_other_service_reaches_out(place, name, user):
    assert refused(lambda: create(place, user, name=name), "services")


def test_it_is_of_the_type_that_was_asked_for(place):
    narrower = {"spec": {"type": "NodePort", "loadBalancerSourceRanges": None}}
    assert refused(lambda: change(place, DEPLOYER, narrower), "services")
    assert refused(lambda: change(place, DEPLOYER, {"spec": {"externalIPs": ["203.0.113.9"]}}), "services")


WIDENED = {
    "ranges": {"spec": {"loadBalancerSourceRanges": ["0.0.0.0/0"]}},
    "traffic": {"spec": {"externalTrafficPolicy": "Cluster"}},
    "selector": {"spec": {"selector": {"component": "redis"}}},
}


@pytest.mark.parametrize("what", WIDENED)
def test_only_the_platform_says_where_it_leads_and_from_where(place, what):
    for user in (MEMBER, OPERATOR):
        assert refused(lambda user=user: change(place, user, WIDENED[what]), "services")
    change(place, DEPLOYER, WIDENED[what])


def test_what_makes_load_balancers_notes_down_what_it_has_made_and_members_do_not(place):
    for user in (OPERATOR, place.account("namespace-controller", "kube-system"), DEPLOYER):
        change(place, user, NOTE)
    for user in (MEMBER, place.account("dag")):
        assert refused(lambda user=user: change(place, user, NOTE), "services")


def test_it_can_be_taken_away_once_it_is_no_longer_asked_for(place):
    """Whoever made a load balancer says so on the Service before it goes."""
    core, annotation = client.CoreV1Api(place.api), "airspace.dev/ui-service"
    core.patch_namespace(place.namespace, {"metadata": {"annotations": {annotation: None}}})
    try:
        wait(lambda: refused(lambda: change(place, DEPLOYER, WIDENED["ranges"]), "services"))
        change(place, OPERATOR, {"metadata": {"finalizers": ["example.com/load-balancer"]}})
        with place.as_user(DEPLOYER) as api:
            client.CoreV1Api(api).delete_namespaced_service(NAME, place.namespace, **DRY)
    finally:
        core.patch_namespace(place.namespace, {"metadata": {"annotations": {annotation: "LoadBalancer"}}})


@pytest.mark.parametrize("kind", ["NodePort", "LoadBalancer"])
def test_the_computed_quota_holds_it_and_no_other(api, kind):
    """In a namespace that no rule looks at: what refuses here is the quota."""
    core, name = client.CoreV1Api(api), f"exposed-{uuid.uuid4().hex[:8]}"
    args = replace(airflow_deployment_args(namespace=name), ui_service=factories.ui_service(kind))
    hard = compute_quota(args).specs[OBJECTS]["hard"]
    core.create_namespace({"metadata": {"name": name}})
    try:
        core.create_namespaced_resource_quota(name, {"metadata": {"name": "objects"}, "spec": {"hard": hard}})
        wait(lambda: core.read_namespaced_resource_quota("objects", name).status.hard)
        service = ui_service(args)
        core.create_namespaced_service(name, service)
        wait(lambda: core.read_namespaced_resource_quota("objects", name).status.used["services.nodeports"] == "1")
        for more in ("NodePort", "LoadBalancer"):
            body = {"metadata": {"name": "more"}, "spec": {"type": more, "ports": [{"port": 80}]}}
            with pytest.raises(client.ApiException, match="exceeded quota: objects"):
                core.create_namespaced_service(name, body)
    finally:
        core.delete_namespace(name)
