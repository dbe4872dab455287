"""A Service that leads to the UI from outside: what it says, and where it leads in the genuine chart's release."""

from dataclasses import replace

import pytest

from components.exposure import NAME, ui_service
from components.life_args import State
from components.network import WEB_PORT, edges
from components.sign_in import config_map
from tests import factories
from tests.components.chart_rendering import of_kind, rendered
from tests.components.reachability import selects
from tests.factories import airflow_deployment_args

ASKED = airflow_deployment_args(ui_service=factories.ui_service(annotations={"example.com/internal": "true"}))


def test_without_a_word_there_is_none():
    assert ui_service(airflow_deployment_args()) is None
    assert ui_service(replace(ASKED, state=State.RETIRED)) is None


def test_a_load_balancer_keeps_addresses_and_lets_in_the_named_ones_only():
    service = ui_service(ASKED)
    assert service["metadata"]["name"] == NAME
    assert service["metadata"]["annotations"]["example.com/internal"] == "true"
    spec = service["spec"]
    assert (spec["type"], spec["externalTrafficPolicy"]) == ("LoadBalancer", "Local")
    assert spec["loadBalancerSourceRanges"] == ["192.0.2.0/24"]
    assert spec["ports"] == [{"name": "ui", "protocol": "TCP", "port": 8080, "targetPort": WEB_PORT}]


def test_a_port_of_the_nodes_is_guarded_by_network_policies_alone():
    spec = ui_service(replace(ASKED, ui_service=factories.ui_service("NodePort", port=443)))["spec"]
    assert "loadBalancerSourceRanges" not in spec
    assert (spec["type"], spec["externalTrafficPolicy"], spec["ports"][0]["port"]) == ("NodePort", "Local", 443)


def test_each_named_range_is_an_edge_of_its_own():
    service = factories.ui_service(source_ranges=("10.0.0.0/8", "2001:db8::/32"))
    closed = edges(replace(ASKED, ui_service=None))
    new = [one for one in edges(replace(ASKED, ui_service=service)) if one not in closed]
    assert {(one.source, one.target, one.ports, one.outside.cidr) for one in new} == {
        (None, "api-server", (WEB_PORT,), "10.0.0.0/8"),
        (None, "api-server", (WEB_PORT,), "2001:db8::/32"),
    }


@pytest.mark.parametrize(
    ("host", "issuer", "has_tls", "is_secure"),
    [
        (None, None, False, False),
        (None, None, True, True),
        ("orders.example.com", "letsencrypt", False, True),
        ("orders.example.com", None, False, False),
    ],
)
def test_sessions_are_for_ways_with_tls_where_there_is_one(host, issuer, has_tls, is_secure):
    service = factories.ui_service(has_tls=has_tls)
    args = replace(ASKED, host=host, tls_issuer=issuer, ui_service=service)
    assert f'"is_secure": {str(is_secure).lower()}' in config_map(args)["data"]["settings.json"]


@pytest.mark.chart
@pytest.mark.parametrize("version", ["3.2.2", "2.11.2"])
def test_it_leads_to_the_pods_of_the_ui_and_to_the_port_that_they_serve(version):
    args = airflow_deployment_args(airflow_version=version, ui_service=factories.ui_service())
    spec = ui_service(args)["spec"]
    pods = [one["spec"]["template"] for one in of_kind(rendered(args), "Deployment", "StatefulSet")]
    chosen = [one for one in pods if selects({"matchLabels": spec["selector"]}, one["metadata"]["labels"])]
    assert [one["metadata"]["labels"]["component"] for one in chosen] == [spec["selector"]["component"]]
    ports = [port["containerPort"] for one in chosen[0]["spec"]["containers"] for port in one.get("ports", [])]
    assert spec["ports"][0]["targetPort"] in ports


@pytest.mark.chart
def test_the_charts_own_services_stay_within_the_cluster():
    types = {one["spec"].get("type", "ClusterIP") for one in of_kind(rendered(ASKED), "Service")}
    assert types == {"ClusterIP"}
