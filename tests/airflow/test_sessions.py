"""How long a sign-in counts on a real Airflow of each major, and that its database makes nobody somebody else."""

import time
from collections.abc import Callable
from dataclasses import replace

import pytest

from components.access_args import AirflowRole
from tests.airflow.administrator import Administrator
from tests.airflow.browser import Browser
from tests.airflow.conftest import SESSION_SECONDS
from tests.airflow.people import DIRK, EDDY, GINA, GRANTS, NINA, OF_REMO, REMO, VERA
from tests.airflow.visits import MAY, come_back, enter, give_address, may, note, until

pytestmark = pytest.mark.airflow
LEAVES: dict[str, tuple[str, Callable[[Administrator, bool], None]]] = {
    "out of the group": (GINA, lambda administrator, is_in: administrator.set_member(GINA, is_in)),
    "disabled by the provider": (DIRK, lambda administrator, is_in: administrator.set_enabled(DIRK, is_in)),
}


@pytest.mark.parametrize("way", LEAVES)
def test_who_is_gone_at_the_provider_loses_the_role_when_the_session_ends(changed, version, administrator, way):
    email, change = LEAVES[way]
    browser = Browser()
    begin = time.monotonic()
    enter(changed, browser, email)
    assert may(changed, browser) == MAY["User"]
    change(administrator, False)
    try:
        come_back(changed, browser)
        assert may(changed, browser) == MAY["User"] or time.monotonic() - begin > SESSION_SECONDS / 2

        def is_out() -> bool:
            # As somebody does who goes on working: the session never rests.
            come_back(changed, browser)
            return may(changed, browser) == set()

        assert until(is_out, 3 * SESSION_SECONDS)
        assert time.monotonic() - begin >= SESSION_SECONDS
        enter(changed, browser, email)
        note(way, version, changed, browser)
        assert may(changed, browser) == set()
    finally:
        change(administrator, True)
    enter(changed, browser, email)
    assert may(changed, browser) == MAY["User"]


def test_who_still_has_access_signs_in_again_when_the_session_ends(changed):
    browser = Browser()
    enter(changed, browser, EDDY)
    assert may(changed, browser) == MAY["User"]
    time.sleep(SESSION_SECONDS)
    come_back(changed, browser)
    assert until(lambda: may(changed, browser) == set())
    enter(changed, browser, EDDY)
    assert may(changed, browser) == MAY["User"]


def test_what_an_admin_adds_to_airflows_own_roles_is_gone_when_the_server_starts(changed):
    browser = Browser()
    enter(changed, browser, VERA)
    assert may(changed, browser) == MAY["Viewer"]


def test_a_removed_admin_is_nobody_else_by_an_address_in_airflows_database(by_provider, version):
    as_admin = replace(OF_REMO, airflow_role=AirflowRole.ADMIN)
    by_provider.let_in(replace(by_provider.args, grants=(*GRANTS, as_admin)))
    browser = Browser()
    enter(by_provider, browser, REMO)
    assert until(lambda: may(by_provider, browser) == MAY["Admin"])
    assert give_address(by_provider, browser, REMO, NINA) == 200
    by_provider.let_in(by_provider.args)

    def is_out() -> bool:
        come_back(by_provider, browser)
        return may(by_provider, browser) == set()

    assert until(is_out)
    note("removed admin with another's address", version, by_provider, browser)


def test_whose_address_somebody_else_was_given_enters_all_the_same(by_provider, version):
    as_admin = replace(OF_REMO, airflow_role=AirflowRole.ADMIN)
    by_provider.let_in(replace(by_provider.args, grants=(*GRANTS, as_admin)))
    admin = Browser()
    enter(by_provider, admin, REMO)
    assert until(lambda: may(by_provider, admin) == MAY["Admin"])
    assert give_address(by_provider, admin, REMO, NINA) == 200
    browser = Browser()
    enter(by_provider, browser, NINA)
    assert may(by_provider, browser) == MAY["Viewer"]
    assert until(lambda: may(by_provider, admin) == MAY["Admin"])
    by_provider.let_in(by_provider.args)
