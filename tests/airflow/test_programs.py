"""Which programs enter the API of a real Airflow of each major, by a token of a real identity provider."""

import base64
import json
import urllib.parse
import urllib.request
from collections.abc import Mapping
from dataclasses import replace

import pytest

from tests.airflow.browser import Browser
from tests.airflow.people import ASTRAY, CI, CLIENT_SECRET, GRANTS, LOST, PASSWORD, PAST, READER, VERA
from tests.airflow.servers import Airflow

pytestmark = pytest.mark.airflow

READS, STARTS, ADMINISTERS = "/dags", "/dags/none/dagRuns", "/connections"


def token_of(airflow: Airflow, client: str, **form: str) -> str:
    """Get a token as a program does, from the provider that its Airflow trusts."""
    address = f"{airflow.args.sign_in.oidc.issuer}/protocol/openid-connect/token"
    asked = {"grant_type": "client_credentials", "client_id": client, "client_secret": CLIENT_SECRET, **form}
    with urllib.request.urlopen(address, urllib.parse.urlencode(asked).encode(), timeout=60) as answer:  # noqa: S310
        return json.loads(answer.read())["access_token"]


def header(airflow: Airflow, email: str, token: str) -> dict[str, str] | None:
    """Return what requests to the API bear; None where Airflow 3 gives no token of its own for that of the provider."""
    if airflow.is_old:
        return {"Authorization": f"Bearer {token}"}
    page = Browser().post_json(f"{airflow.forms}/token", {"username": email, "password": token})
    assert page.status in {201, 400, 401}, page.text
    return {"Authorization": f"Bearer {json.loads(page.text)['access_token']}"} if page.status == 201 else None


def statuses(airflow: Airflow, headers: Mapping[str, str] | None) -> tuple[int, ...]:
    """Ask for what a viewer, an editor and an admin may."""
    if headers is None:
        return (401, 401, 401)
    browser = Browser()
    run = {} if airflow.is_old else {"logical_date": None}
    pages = [
        browser.get(f"{airflow.api}{READS}", headers),
        browser.post_json(f"{airflow.api}{STARTS}", run, headers),
        browser.get(f"{airflow.api}{ADMINISTERS}", headers),
    ]
    return tuple(page.status for page in pages)


def enters(airflow: Airflow, email: str, client: str) -> tuple[int, ...]:
    return statuses(airflow, header(airflow, email, token_of(airflow, client)))


OUT = (401, 401, 401)


def test_a_bot_enters_with_the_role_that_the_roster_gives_it(by_provider):
    # There is no such DAG: who may start runs is told so, all others are refused before.
    assert enters(by_provider, CI, "ci-pipeline") == (200, 404, 403)
    assert enters(by_provider, READER, "reader") == (200, 403, 403)


@pytest.mark.parametrize(
    ("email", "client", "reason"),
    [
        (PAST, "past", f"{PAST} has no access"),
        (LOST, ASTRAY, "InvalidAudienceError"),
        (CI, "stranger", "a token of a client that is no bot here"),
        ("stranger@bots.example.com", "stranger", "a token of a client that is no bot here"),
    ],
    ids=["past its last day", "meant for somebody else", "on no roster, as a bot", "on no roster, as itself"],
)
def test_other_tokens_of_the_provider_open_nothing(by_provider, email, client, reason):
    log = by_provider.server.log
    said = len(log.read_text())
    assert enters(by_provider, email, client) == OUT
    assert reason in log.read_text()[said:]


def test_a_removed_bot_gets_in_no_more(by_provider):
    assert enters(by_provider, CI, "ci-pipeline") != OUT
    by_provider.let_in(replace(by_provider.args, grants=tuple(one for one in GRANTS if one.subject != CI)))
    assert enters(by_provider, CI, "ci-pipeline") == OUT
    by_provider.let_in(by_provider.args)
    assert enters(by_provider, CI, "ci-pipeline") != OUT


def test_a_person_with_a_token_of_a_bots_client_is_not_the_bot(by_provider):
    form = {"grant_type": "password", "username": VERA.partition("@")[0], "password": PASSWORD, "scope": "openid"}
    token = token_of(by_provider, "ci-pipeline", **form)
    assert statuses(by_provider, header(by_provider, CI, token)) == OUT


def test_a_bot_is_nobody_else(by_provider):
    token = token_of(by_provider, "ci-pipeline")
    said = Browser.basic(VERA, token) if by_provider.is_old else header(by_provider, VERA, token)
    assert statuses(by_provider, said) == OUT


def test_a_forged_token_opens_nothing(by_provider):
    head, body, signature = token_of(by_provider, "reader").split(".")
    claims = json.loads(base64.urlsafe_b64decode(body + "=="))
    raised = base64.urlsafe_b64encode(json.dumps({**claims, "client_id": "ci-pipeline"}).encode()).decode().rstrip("=")
    unsigned = base64.urlsafe_b64encode(json.dumps({"alg": "none"}).encode()).decode().rstrip("=")
    for forged in (f"{head}.{raised}.{signature}", f"{unsigned}.{raised}.", "", "x.y.z"):
        assert statuses(by_provider, header(by_provider, CI, forged)) == OUT


def test_a_token_opens_the_api_only(by_provider):
    headers = {"Authorization": f"Bearer {token_of(by_provider, 'ci-pipeline')}"}
    page = Browser().get(f"{by_provider.forms}/users/userinfo/", headers)
    assert "/login" in page.url or page.status in {401, 403, 404}


def test_the_providers_tokens_open_no_airflow_with_passwords(by_provider, by_password):
    token = token_of(by_provider, "ci-pipeline")
    if not by_password.is_old:
        assert header(by_password, CI, token) is None
    assert statuses(by_password, {"Authorization": f"Bearer {token}"})[0] in {401, 403}
