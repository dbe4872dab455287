"""Who enters a running Airflow through a real identity provider, as what, and what the same may in Kubernetes."""

import urllib.request
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from tests.airflow.browser import Browser
from tests.airflow.people import ADA, CLIENT, EDDY, ENTERS_AS, GROUP, REMO, RITA, SAM, UMA, VERA
from tests.airflow.visits import MAY, enter, is_refused, may, until
from tests.conftest import MISSING
from tests.e2e import declared
from tests.e2e.identity import Answer, Way, Ways, headers_of, published
from tests.e2e.platform import Platform
from tests.integration.cluster import Cluster
from tools.errors import ComponentUnavailable
from tools.identity_provider import find_identity_provider

pytestmark = pytest.mark.e2e
AREA = "access"
TURN = 2.2
NAME = "pods"
HOST = "localhost:8080"
PORT = 8080
MOUNT_SECONDS = 180
"""Until a kubelet has brought a mounted ConfigMap up to date, at the most."""
KUBERNETES = {
    VERA: {"list pods"},
    EDDY: {"list pods", "delete pods"},
    ADA: {"list pods", "delete pods", "create pods/portforward"},
    SAM: set(),
    # Nobody can be taken out of a group in Kubernetes; where the platform knows who is in it, the plan refuses to try.
    RITA: {"list pods", "delete pods"},
}
GROUPS = {EDDY: [GROUP], RITA: [GROUP]}


class Visited:
    """The Airflow as a browser on this machine sees it, through a tunnel to its pod."""

    is_old = False
    forms = f"http://{HOST}/auth"
    api = f"http://{HOST}/api/v2"

    def __init__(self, platform: Platform, ways: Mapping[str, Way]) -> None:
        self._platform = platform
        self._ways = {**ways, HOST: self._tunnel}

    def browser(self) -> Browser:
        return Browser(Ways(self._ways))

    def _tunnel(self, request: urllib.request.Request) -> Answer:
        cluster, namespace = self._platform.cluster, declared.namespace(NAME)
        pod = cluster.pod(namespace, "api-server")["metadata"]["name"]
        data = request.data if isinstance(request.data, bytes) else None
        method, path = request.get_method(), request.selector
        return cluster.exchange(namespace, pod, PORT, method=method, path=path, data=data, headers=headers_of(request))


def roster(issuer: str, *, with_remo: bool) -> dict[str, Any]:
    """Return the company: members by name and by group, one who is shut out, one whose address nobody has verified."""
    members = {
        VERA: "viewer",
        ADA: "admin",
        UMA: "admin",
        "company": "editor",
        **({REMO: "editor"} if with_remo else {}),
    }
    oidc = {"issuer": issuer, "client_id": CLIENT, "client_secret_config": "client-secret"}
    return {
        "sign_in": {"oidc": oidc},
        "accounts": {one: {"personal_workspace": False} for one in (VERA, UMA, RITA, REMO)},
        "teams": {"company": {"identity_group": GROUP}},
        "workspaces": {"finance": {"members": members, "deployments": {NAME: {"access": {RITA: "none"}}}}},
    }


@pytest.fixture(scope="module")
def issuer_and_ways(
    platform: Platform, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, Mapping[str, Way]]]:
    try:
        provider = find_identity_provider()
    except ComponentUnavailable as error:
        pytest.skip(f"{MISSING}{error.component} ({'; '.join(error.tried)}). {error.remedy}")
    with published(provider, platform.cluster, tmp_path_factory.mktemp("identity")) as found:
        yield found
    # The next `up` goes back to passwords.
    platform.overlay = {}


@pytest.fixture(scope="module")
def airflow(platform: Platform, issuer_and_ways: tuple[str, Mapping[str, Way]]) -> Visited:
    issuer, ways = issuer_and_ways
    platform.overlay = roster(issuer, with_remo=True)
    platform.ensure(NAME)
    return Visited(platform, ways)


@pytest.fixture
def kubernetes(platform: Platform, tmp_path: Any) -> Cluster:
    return Cluster(platform.cluster.api, tmp_path / "resources.json")


def rights(kubernetes: Cluster, email: str) -> set[str]:
    found = set()
    for what in KUBERNETES[ADA]:
        verb, _, resource = what.partition(" ")
        kind, _, part = resource.partition("/")
        options = {"subresource": part} if part else {}
        if kubernetes.may(email, verb, kind, declared.namespace(NAME), groups=GROUPS.get(email, []), **options):
            found.add(what)
    return found


@pytest.mark.parametrize("email", list(ENTERS_AS))
def test_people_enter_with_the_role_that_the_roster_gives_them(airflow: Visited, email: str):
    browser = airflow.browser()
    page = enter(airflow, browser, email)
    assert may(airflow, browser) == MAY[ENTERS_AS[email]], page.messages[:300]
    assert is_refused(page) == (ENTERS_AS[email] is None)


@pytest.mark.parametrize("email", list(KUBERNETES))
def test_kubernetes_grants_what_the_role_says(airflow: Visited, kubernetes: Cluster, email: str):
    assert rights(kubernetes, email) == KUBERNETES[email]


def test_a_removed_member_is_refused_at_the_next_sign_in_and_in_kubernetes(
    airflow: Visited, platform: Platform, kubernetes: Cluster, issuer_and_ways: tuple[str, Mapping[str, Way]]
):
    browser = airflow.browser()
    enter(airflow, browser, REMO)
    assert may(airflow, browser) == MAY["User"]
    assert rights(kubernetes, REMO) == KUBERNETES[EDDY]
    before = api_server(platform)
    platform.overlay = roster(issuer_and_ways[0], with_remo=False)
    platform.ensure(NAME)
    assert rights(kubernetes, REMO) == set()
    assert until(lambda: is_refused(enter(airflow, airflow.browser(), REMO)), MOUNT_SECONDS)
    assert until(lambda: may(airflow, browser) == set())
    assert api_server(platform) == before


def api_server(platform: Platform) -> str:
    return str(platform.cluster.pod(declared.namespace(NAME), "api-server")["metadata"]["uid"])
