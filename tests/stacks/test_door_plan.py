"""What an auth proxy before a cluster's UIs makes of an environment."""

from typing import Any

import pytest

from components import door
from stacks.recording import Recorded
from tests.environments import ADA, embedded, small_environment
from tests.recorded_rules import deploy_plan
from tests.stacks.environments import planned, refusals

PROXY = {"url": "https://auth.example.com", "controller": "traefik"}
OF_NGINX = {**PROXY, "controller": "nginx"}
OIDC = {"issuer": "https://id.example.com", "client_id": "airflow", "client_secret": "client"}
BOT = "ci@bots.example.com"
WITH_COMMA = "cn=data,ou=groups"


def environment(proxy: Any = PROXY, identity_group: str = "idp-data", **members: str) -> dict[str, Any]:
    ingress = {"domain": "airflow.example.com", **({"auth_proxy": proxy} if proxy else {})}
    return small_environment(
        clusters={"main": {"hosting": "enterprise", "context": "somewhere", "ingress": ingress}},
        accounts={ADA: {}, "grace,h@example.com": {}, BOT: {"kind": "bot", "expires": "2099-01-01", "client_id": "ci"}},
        teams={"data": {"identity_group": identity_group}},
        workspaces={"analytics": {"members": members, "deployments": {"orders": embedded()}}},
        sign_in={"oidc": OIDC},
    )


def ways_past(**settings: Any) -> list[Recorded]:
    resources = deploy_plan(planned(**environment(**settings))).resources
    return [one for one in resources if one.inputs.get("metadata", {}).get("name") == door.BOTS]


def test_a_bot_brings_its_way_past_the_door_along_and_takes_it_away():
    members = {"data": "admin", BOT: "editor"}
    [way] = ways_past(**members)
    assert (way.inputs["kind"], way.inputs["metadata"]["namespace"]) == ("Ingress", "analytics-orders")
    assert ways_past(data="admin") == []
    assert ways_past(proxy=None, **members) == []


def test_names_that_the_proxy_would_split_are_refused():
    where = "workspaces.analytics.deployments.orders: "
    [line] = refusals(**environment(identity_group=WITH_COMMA, data="admin"))
    assert line.startswith(f"{where}its door would ask for {WITH_COMMA}, and an auth proxy takes a comma for the end")
    [line] = refusals(**environment(**{"grace,h@example.com": "admin"}))
    assert line.startswith(f"{where}its door would ask for grace,h@example.com, ")


@pytest.mark.parametrize("more", [{"proxy": None}, {"proxy": OF_NGINX}, {"members": {ADA: "admin"}}])
def test_a_comma_is_nothing_to_whoever_is_not_asked_for_it(more: dict[str, Any]):
    """With people beside groups the door asks for neither, and nginx takes no escaped comma."""
    proxy = more.get("proxy", PROXY)
    assert planned(**environment(proxy, identity_group=WITH_COMMA, data="admin", **more.get("members", {})))
