"""A UI that is reached from outside without an ingress: what is planned, layered, made and said of it."""

from datetime import date

import pytest

from components.args import AirflowDeploymentArgs
from components.exposure_args import ServiceType
from stacks.notices import notices
from tests.environments import plan_of, small_environment
from tests.recorded_rules import deploy_plan
from tests.stacks.environments import deployment, planned, shared

OPEN = {"type": "LoadBalancer", "source_ranges": ["10.0.0.0/8", "192.0.2.0/24", "10.0.0.0/8"]}
SERVICE = "kubernetes:core/v1:Service"


def told(**settings: object) -> list[str]:
    plan = planned(workspaces={"analytics": shared(deployments={"orders": settings})})
    return [line for line in notices(plan, date(2025, 6, 1)) if "leads in" in line]


@pytest.mark.parametrize("settings", [{}, {"ui_service": {}}, {"ui_service": {"type": "ClusterIP"}}])
def test_by_default_nothing_leads_in(settings):
    assert deployment(**settings).ui_service is None


def test_what_is_asked_for_is_planned():
    service = deployment(
        ui_service={**OPEN, "port": 443, "tls": True, "annotations": {"example.com/a": "b"}}
    ).ui_service
    assert (service.type, service.port, service.has_tls) == (ServiceType.LOAD_BALANCER, 443, True)
    assert service.source_ranges == ("10.0.0.0/8", "192.0.2.0/24")
    assert service.annotations == {"example.com/a": "b"}


def layered(own: object) -> AirflowDeploymentArgs:
    workspaces = {"analytics": shared(defaults={"ui_service": OPEN}, deployments={"orders": {"ui_service": own}})}
    return planned(workspaces=workspaces).workspaces["analytics"].deployments[0]


def test_a_deployment_closes_what_its_workspace_opens_and_names_its_own_ranges():
    assert layered({}).ui_service is None
    own = {"type": "NodePort", "source_ranges": ["172.16.0.0/12"]}
    assert layered(own).ui_service.source_ranges == ("172.16.0.0/12",)


def test_what_is_retired_leads_past_nothing():
    door = {"auth_proxy": {"url": "https://auth.example.com", "controller": "traefik"}}
    ingress = {"domain": "airflow.example.com", **door}
    clusters = {"main": {"hosting": "enterprise", "context": "somewhere", "ingress": ingress}}
    workspaces = {"analytics": shared(deployments={"orders": {"ui_service": OPEN, "state": "retired"}})}
    assert planned(clusters=clusters, workspaces=workspaces)


def test_a_way_in_without_tls_is_spoken_of():
    assert told() == []
    assert told(ui_service={**OPEN, "tls": True}) == []
    assert told(ui_service=OPEN, state="retired") == []
    [line] = told(ui_service=OPEN)
    assert line.startswith("analytics.orders: its Service of type LoadBalancer leads in without TLS")


def test_the_service_is_made_after_the_release_and_goes_with_it():
    def recorded(**settings: object):
        deployments = {"orders": {"database": "embedded", **settings}}
        members = {"ada@example.com": "admin"}
        return deploy_plan(
            plan_of(small_environment(workspaces={"analytics": {"members": members, "deployments": deployments}}))
        )

    made = recorded(ui_service=OPEN)
    service = made.one(SERVICE, "analytics-orders-ui")
    assert service.inputs["spec"]["type"] == "LoadBalancer"
    [namespace] = made.of_type("kubernetes:core/v1:Namespace")
    assert namespace.inputs["metadata"]["annotations"]["airspace.dev/ui-service"] == "LoadBalancer"
    quota = made.one("kubernetes:core/v1:ResourceQuota", "analytics-orders-objects").inputs["spec"]["hard"]
    assert (quota["services.nodeports"], quota["services.loadbalancers"]) == ("1", "1")
    for without in (recorded(), recorded(ui_service=OPEN, state="retired")):
        assert [one.name for one in without.of_type(SERVICE) if one.name.endswith("-ui")] == []
