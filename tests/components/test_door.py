"""What the ingress controller asks an auth proxy, for nginx and for Traefik."""

import re
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kubernetes import client

from components import door
from components.access_args import SubjectKind
from components.sign_in_args import Controller, DoorArgs, SignInArgs
from components.values import build_values
from tests.components.chart_rendering import of_kind, rendered
from tests.components.guarded_cluster import DEPLOYER, MEMBER, guarded, wait
from tests.components.guarded_requests import DRY, refused
from tests.components.test_sign_in import OIDC, grant
from tests.factories import airflow_deployment_args

PEOPLE = (grant("ada@example.com"), grant("o'hara+a@example.com"))
GROUPS = (grant("idp-data"), grant("Ops & Co"))
BOT = grant("ci@bots.example.com", kind=SubjectKind.BOT, client_id="ci-pipeline")
AUTH_URL = "nginx.ingress.kubernetes.io/auth-url"
# URLWithNginxVariableRegex of ingress-nginx 1.15.0, by which it judges both annotations.
TAKEN_BY_NGINX = re.compile(r"[\-._~a-zA-Z0-9/:, ?&=$]*")
MIDDLEWARES = "traefik.ingress.kubernetes.io/router.middlewares"


def args(controller: Controller = Controller.NGINX, **overrides):
    own = DoorArgs(
        controller=controller, url="https://auth.example.com", sign_in_middleware="auth-errors@kubernetescrd"
    )
    return airflow_deployment_args(**{"grants": GROUPS, "door": own, "host": "orders.example.com", **overrides})


def asked(address: str) -> dict[str, list[str]]:
    parts = urlsplit(address)
    assert (parts.scheme, parts.netloc, parts.path) == ("https", "auth.example.com", "/oauth2/auth")
    return {key: values[0].split(",") for key, values in parse_qs(parts.query).items()}


@pytest.mark.parametrize(
    ("grants", "expected"),
    [
        (GROUPS, {"allowed_groups": ["Ops & Co", "idp-data"]}),
        (PEOPLE, {"allowed_emails": ["ada@example.com", "o'hara+a@example.com"]}),
        ((), {"allowed_emails": ["nobody.invalid"]}),
        ((*GROUPS, *PEOPLE), {}),
        # It compares letter by letter, and accounts are the same in either case.
        ((grant("Ada@Example.com"),), {"allowed_emails": ["Ada@Example.com", "ada@example.com"]}),
        # A bot never comes this way.
        ((*GROUPS, BOT), {"allowed_groups": ["Ops & Co", "idp-data"]}),
        ((BOT,), {"allowed_emails": ["nobody.invalid"]}),
    ],
)
def test_the_proxy_is_asked_for_the_same_groups_or_people(grants, expected):
    one = args(Controller.TRAEFIK, grants=grants)
    assert asked(door.middleware(one)["spec"]["forwardAuth"]["address"]) == expected
    assert door.is_open_to_all_who_sign_in(one) == (not expected)


@pytest.mark.parametrize(
    ("grants", "expected"),
    [
        ((grant("idp-data"), grant("/data/urn:x_1~")), {"allowed_groups": ["/data/urn:x_1~", "idp-data"]}),
        ((grant("idp-data"), BOT), {"allowed_groups": ["idp-data"]}),
        ((), {"allowed_emails": ["nobody.invalid"]}),
        (GROUPS, {}),
        (PEOPLE, {}),
        ((grant("idp-data"), *PEOPLE), {}),
    ],
)
def test_nginx_asks_for_no_more_than_it_takes_in_an_annotation(grants, expected):
    one = args(grants=grants)
    assert asked(door.annotations(one)[AUTH_URL]) == expected
    assert door.is_open_to_all_who_sign_in(one) == (not expected)
    assert set(door.asked(one)) == set(expected.get("allowed_groups", []))


@given(st.lists(st.tuples(st.text(min_size=1), st.sampled_from([SubjectKind.GROUP, SubjectKind.PERSON]))))
def test_no_annotation_is_denied_by_ingress_nginx(subjects):
    written = door.annotations(args(grants=tuple(grant(name, kind=kind) for name, kind in subjects)))
    assert {key: value for key, value in written.items() if not TAKEN_BY_NGINX.fullmatch(value)} == {}
    assert {key.partition("/")[2] for key in written} == {"auth-url", "auth-signin"}


def test_without_a_door_or_a_host_nothing_is_asked():
    for one in (args(door=None, grants=(BOT,)), args(host=None, grants=(BOT,))):
        assert (door.annotations(one), door.middleware(one), door.bots_ingress(one)) == ({}, None, None)
        assert not door.is_open_to_all_who_sign_in(one)


def test_traefik_asks_by_an_object_beside_the_ingress():
    one = args(Controller.TRAEFIK)
    own = door.middleware(one)["metadata"]
    assert door.annotations(one) == {
        MIDDLEWARES: f"auth-errors@kubernetescrd,{own['namespace']}-{own['name']}@kubernetescrd"
    }
    assert door.middleware(args()) is None


def test_traefik_tells_the_proxy_what_was_asked_and_not_what_the_client_says_of_it():
    """With `trustForwardHeader` a client's own X-Forwarded-Uri would reach the proxy in place of the path."""
    assert set(door.middleware(args(Controller.TRAEFIK))["spec"]["forwardAuth"]) == {"address"}


@pytest.mark.parametrize(
    ("grants", "sign_in", "is_open"),
    [
        (GROUPS, OIDC, False),
        ((*GROUPS, BOT), OIDC, True),
        ((*GROUPS, replace(BOT, client_id=None)), OIDC, False),
        ((*PEOPLE, replace(BOT, client_id=None)), None, True),
    ],
)
def test_the_api_is_reached_past_the_door_where_a_bot_has_access(grants, sign_in, is_open):
    one = args(grants=grants, sign_in=SignInArgs(oidc=sign_in))
    assert (door.bots_ingress(one) is not None) == is_open


@pytest.mark.chart
@pytest.mark.parametrize(
    ("version", "paths"),
    [
        ("3.2.2", {"/api/v2": "Prefix", "/auth/token": "Exact"}),
        ("2.11.2", {"/api/v1": "Prefix"}),
    ],
)
@pytest.mark.parametrize("certificate", [{"tls_issuer": "letsencrypt"}, {"tls_secret": "wildcard"}], ids=str)
@pytest.mark.parametrize("controller", Controller)
def test_the_way_of_bots_leads_where_the_charts_own_does_and_to_the_api_alone(version, paths, controller, certificate):
    one = args(controller, grants=(BOT,), airflow_version=version, ingress_class="public", **certificate)
    [ingress] = of_kind(rendered(one), "Ingress")
    own = door.bots_ingress(one)
    [rule], [charts] = own["spec"].pop("rules"), ingress["spec"].pop("rules")
    assert own["spec"] == ingress["spec"]
    assert rule["host"] == charts["host"]
    assert {path["path"]: path["pathType"] for path in rule["http"]["paths"]} == paths
    [backend] = [path["backend"] for path in charts["http"]["paths"]]
    assert [path["backend"] for path in rule["http"]["paths"]] == [backend] * len(paths)
    assert [key for key in own["metadata"]["annotations"] if "auth" in key or "middlewares" in key] == []
    assert own["metadata"]["name"] != ingress["metadata"]["name"]


@pytest.mark.chart
@pytest.mark.parametrize("version", ["3.2.2", "2.11.2"])
@pytest.mark.parametrize("controller", Controller)
def test_the_ingress_bears_the_annotations_beside_those_of_its_certificate(version, controller):
    one = args(controller, airflow_version=version, tls_issuer="letsencrypt")
    [ingress] = of_kind(rendered(one), "Ingress")
    wanted = {**door.annotations(one), "cert-manager.io/cluster-issuer": "letsencrypt"}
    assert wanted.items() <= ingress["metadata"]["annotations"].items()
    assert "annotations" not in str(build_values(args(door=None))["ingress"])


@pytest.mark.cluster
def test_the_way_of_bots_is_the_platforms_to_make(api):
    with guarded(api, grants=(BOT,), door=args().door) as place:

        def make(user: str) -> None:
            with place.as_user(user) as client_of_user:
                made = client.NetworkingV1Api(client_of_user).create_namespaced_ingress
                made(place.namespace, door.bots_ingress(place.deployment), **DRY)

        wait(lambda: refused(lambda: make(MEMBER), "hosts"))
        make(DEPLOYER)
