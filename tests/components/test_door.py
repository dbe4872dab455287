"""What the ingress controller asks an auth proxy, for nginx and for Traefik."""

from urllib.parse import parse_qs, urlsplit

import pytest

from components import door
from components.sign_in_args import Controller, DoorArgs
from components.values import build_values
from tests.components.chart_rendering import of_kind, rendered
from tests.components.test_sign_in import grant
from tests.factories import airflow_deployment_args

PEOPLE = (grant("ada@example.com"), grant("o'hara+a@example.com"))
GROUPS = (grant("idp-data"), grant("Ops & Co"))
AUTH_URL = "nginx.ingress.kubernetes.io/auth-url"
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
        ((), {"allowed_emails": ["nobody@invalid"]}),
        ((*GROUPS, *PEOPLE), {}),
    ],
)
def test_the_proxy_is_asked_for_the_same_groups_or_people(grants, expected):
    nginx = door.annotations(args(grants=grants))
    assert asked(nginx[AUTH_URL]) == expected
    traefik = door.middleware(args(Controller.TRAEFIK, grants=grants))
    assert asked(traefik["spec"]["forwardAuth"]["address"]) == expected
    assert door.is_open_to_all_who_sign_in(args(grants=grants)) == (not expected)


def test_without_a_door_or_a_host_nothing_is_asked():
    for one in (args(door=None), args(host=None)):
        assert (door.annotations(one), door.middleware(one)) == ({}, None)
        assert not door.is_open_to_all_who_sign_in(one)


def test_traefik_asks_by_an_object_beside_the_ingress():
    one = args(Controller.TRAEFIK)
    own = door.middleware(one)["metadata"]
    assert door.annotations(one) == {
        MIDDLEWARES: f"auth-errors@kubernetescrd,{own['namespace']}-{own['name']}@kubernetescrd"
    }
    assert door.middleware(args()) is None


@pytest.mark.chart
@pytest.mark.parametrize("version", ["3.2.2", "2.11.2"])
@pytest.mark.parametrize("controller", Controller)
def test_the_ingress_bears_the_annotations_beside_those_of_its_certificate(version, controller):
    one = args(controller, airflow_version=version, tls_issuer="letsencrypt")
    [ingress] = of_kind(rendered(one), "Ingress")
    wanted = {**door.annotations(one), "cert-manager.io/cluster-issuer": "letsencrypt"}
    assert wanted.items() <= ingress["metadata"]["annotations"].items()
    assert "annotations" not in str(build_values(args(door=None))["ingress"])
