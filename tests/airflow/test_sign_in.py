"""Who enters a real Airflow of each major, and as what: through a real identity provider, and by passwords."""

import json
from dataclasses import replace

import pytest

from components import sign_in
from tests.airflow.browser import Browser
from tests.airflow.conftest import SEED
from tests.airflow.people import ADA, EDDY, ENTERS_AS, GRANTS, OF_REMO, PASSWORD, REMO, SAM, VERA, WHO
from tests.airflow.servers import Airflow
from tests.airflow.visits import MAY, REFUSED, enter, enter_by_password, is_refused, may, note, until

pytestmark = pytest.mark.airflow


@pytest.mark.parametrize("email", ENTERS_AS)
def test_people_enter_with_the_role_that_the_roster_gives_them(by_provider, version, email):
    browser = Browser()
    page = enter(by_provider, browser, email)
    note(WHO[email], version, by_provider, browser)
    assert may(by_provider, browser) == MAY[ENTERS_AS[email]]
    assert is_refused(page) == (ENTERS_AS[email] is None)


def test_a_removed_member_loses_what_was_given_and_gets_it_back_when_asked_in_again(by_provider, version):
    with_remo = replace(by_provider.args, grants=(*GRANTS, OF_REMO))
    by_provider.let_in(with_remo)
    browser = Browser()
    enter(by_provider, browser, REMO)
    assert may(by_provider, browser) == MAY["User"]
    by_provider.let_in(by_provider.args)
    again = Browser()
    assert REFUSED in enter(by_provider, again, REMO).messages
    assert may(by_provider, again) == set()
    # What was given out before ends too: at once where requests bear a session, else when Airflow looks again.
    assert until(lambda: may(by_provider, browser) == set())
    note("removed member", version, by_provider, browser)
    by_provider.let_in(with_remo)
    third = Browser()
    enter(by_provider, third, REMO)
    assert until(lambda: may(by_provider, third) == MAY["User"])
    by_provider.let_in(by_provider.args)


def test_a_changed_role_holds_from_the_next_sign_in_without_a_restart(by_provider):
    raised = [replace(one, airflow_role=GRANTS[1].airflow_role) if one.subject == VERA else one for one in GRANTS]
    by_provider.let_in(replace(by_provider.args, grants=tuple(raised)))
    browser = Browser()
    enter(by_provider, browser, VERA)
    assert until(lambda: may(by_provider, browser) == MAY["Admin"])
    by_provider.let_in(by_provider.args)
    later = Browser()
    enter(by_provider, later, VERA)
    assert until(lambda: may(by_provider, later) == MAY["Viewer"])


@pytest.mark.parametrize("password", [PASSWORD, "", "admin"])
def test_no_password_opens_an_airflow_with_an_identity_provider(by_provider, password):
    enter(by_provider, Browser(), ADA)
    for user in (ADA, "admin"):
        assert is_refused_by_the_api(by_provider, user, password)


def is_refused_by_the_api(airflow: Airflow, user: str, password: str) -> bool:
    if airflow.is_old:
        return Browser().get(f"{airflow.api}/dags", Browser.basic(user, password)).status == 401
    return Browser().post_json(f"{airflow.forms}/token", {"username": user, "password": password}).status in {400, 401}


def test_each_person_enters_by_the_own_password_of_the_deployment(by_password):
    for email in (VERA, ADA):
        browser = Browser()
        enter_by_password(by_password, browser, email, sign_in.derived_password(SEED, email))
        assert may(by_password, browser) == MAY[ENTERS_AS[email]]
        assert not is_refused_by_the_api(by_password, email, sign_in.derived_password(SEED, email))


@pytest.mark.parametrize(
    ("email", "password"), [("admin", "admin"), (ADA, sign_in.derived_password(SEED, VERA)), (SAM, ""), (EDDY, "x")]
)
def test_nobody_enters_by_another_password(by_password, email, password):
    assert is_refused_by_the_api(by_password, email, password)


def test_who_is_removed_does_not_enter_by_the_password_of_before(by_password):
    browser = Browser()
    password = sign_in.derived_password(SEED, VERA)
    enter_by_password(by_password, browser, VERA, password)
    assert may(by_password, browser) == MAY["Viewer"]
    by_password.let_in(replace(by_password.args, grants=GRANTS[1:]))
    assert is_refused_by_the_api(by_password, VERA, password)
    assert until(lambda: may(by_password, browser) == set())
    by_password.let_in(by_password.args)


def test_a_forged_answer_of_the_provider_is_refused(by_provider):
    browser = Browser()
    forged = browser.get(f"{by_provider.forms}/oauth-authorized/sso?code=forged&state=forged")
    assert may(by_provider, browser) == set()
    assert "denied" in forged.messages or "Invalid" in forged.messages


def test_files_of_sign_in_hold_no_secret(by_provider):
    files = sign_in.config_map(by_provider.args)["data"]
    assert "client-secret-of-a-test" not in json.dumps(files)
