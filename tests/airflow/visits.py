"""What people do at the door of an Airflow, as browsers: sign in, and try what tells the roles apart."""

import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import Protocol
from urllib.parse import urlsplit

from tests.airflow.browser import Browser, Page
from tests.airflow.people import PASSWORD


class Door(Protocol):
    """A running Airflow, as far as a browser sees it."""

    @property
    def is_old(self) -> bool:
        """Tell Airflow 2 from 3."""

    @property
    def forms(self) -> str:
        """Address below which pages of sign-in and of users are."""

    @property
    def api(self) -> str:
        """Address of the REST API."""


MAY: Mapping[str | None, set[str]] = {
    "Viewer": {"see DAGs"},
    "User": {"see DAGs", "start runs"},
    "Admin": {"see DAGs", "start runs", "see connections", "manage users"},
    None: set(),
}
PATHS = {
    "see DAGs": "/dags",
    "start runs": "/dags/none/dagRuns",
    "see connections": "/connections",
    "manage users": "/users/list/",
}
REFUSED = "You have no access to this Airflow"
ENTERED: defaultdict[str, dict[str, str]] = defaultdict(dict)
"""As what everybody entered who was noted, by person and by Airflow."""


def enter(airflow: Door, browser: Browser, email: str) -> Page:
    """Sign in as people do: press the button, and fill in the provider's form unless it still knows one."""
    page = browser.get(f"{airflow.forms}/login/sso")
    if "kc-form-login" not in page.text:
        return page
    return browser.submit(page, username=email.partition("@")[0], password=PASSWORD)


def enter_by_password(airflow: Door, browser: Browser, email: str, password: str) -> Page:
    return browser.submit(browser.get(f"{airflow.forms}/login/"), username=email, password=password)


def is_refused(page: Page) -> bool:
    """Tell whether a page says that somebody has no access, or that the provider vouches for nobody."""
    return REFUSED in page.messages or "Invalid login" in page.messages


def may(airflow: Door, browser: Browser) -> set[str]:
    """Try what tells the roles apart."""
    token = browser.cookie("_token")
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    run = {} if airflow.is_old else {"logical_date": None}
    asked = {what: browser.get(f"{airflow.api}{PATHS[what]}", headers) for what in ("see DAGs", "see connections")}
    # There is no such DAG: who may start runs is told so, all others are refused before.
    asked["start runs"] = browser.post_json(f"{airflow.api}{PATHS['start runs']}", run, headers)
    asked["manage users"] = browser.get(f"{airflow.forms}{PATHS['manage users']}")
    # Others are led away from what they may not see, to the first page or to that of sign-in.
    return {
        what
        for what, page in asked.items()
        if page.status in {200, 404} and urlsplit(page.url).path.endswith(PATHS[what])
    }


def note(person: str, version: str, airflow: Door, browser: Browser) -> None:
    """Note as what a person is in, or that they are not."""
    can = may(airflow, browser)
    [role] = [role for role, what in MAY.items() if what == can] or [f"one who may {', '.join(sorted(can))}"]
    ENTERED[person][version] = role or "refused"


def come_back(airflow: Door, browser: Browser) -> None:
    """Ask for the page of sign-in, which knows who has a session; Airflow 3 gives a new token there."""
    browser.get(f"{airflow.forms}/login/")


def give_address(airflow: Door, browser: Browser, email: str, new: str) -> int:
    """Write an address into Airflow's own users, as its admins may; returns the status."""
    token = browser.cookie("_token")
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    body = {"username": email, "email": new, "first_name": "x", "last_name": "x"}
    url = f"{airflow.forms.removesuffix('/auth')}/auth/fab/v1/users/{email}?update_mask=email"
    return browser.post_json(url, body, headers, method="PATCH").status


def until(holds: Callable[[], bool], seconds: float = 45) -> bool:
    deadline = time.monotonic() + seconds
    while not (found := holds()) and time.monotonic() < deadline:
        time.sleep(1)
    return found
