"""An identity provider, and each supported kind of Airflow by each way of signing in: started once for all tests."""

import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from components import sign_in
from components.sign_in_args import OidcArgs, SignInArgs
from tests.airflow.administrator import Administrator
from tests.airflow.people import CLIENT, CLIENT_SECRET, GRANTS, SHUT_OUT, TERSE_CLIENT, TERSE_GROUPS
from tests.airflow.servers import Airflow, Server, start_provider
from tests.factories import airflow_deployment_args
from tools.airflow_releases import PACKAGES_OF, find_airflow
from tools.errors import ComponentUnavailable
from tools.identity_provider import find_identity_provider
from tools.ports import free_ports

SEED = "what-the-state-keeps"
SESSION_SECONDS = 30
SHORT_TOKENS = {"AIRFLOW__API_AUTH__JWT_EXPIRATION_TIME": "15", "AIRFLOW__API_AUTH__JWT_LEEWAY": "0"}
"""Airflow 3 alone has these; they last an hour otherwise, whatever becomes of the session."""


@dataclass
class House:
    """Everything that runs."""

    administrator: Administrator
    by_provider: Mapping[str, Airflow]
    by_password: Mapping[str, Airflow]
    changed: Mapping[str, Airflow]
    """By a provider of few words, with short sessions, and with a Viewer whom an admin has let see connections."""


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("sign-in")
    try:
        provider, releases = find_identity_provider(), [find_airflow(version) for version in PACKAGES_OF]
    except ComponentUnavailable as error:
        pytest.skip(f"missing: {error.component} ({'; '.join(error.tried)}). {error.remedy}")
    port, *ports = free_ports(1 + 3 * len(releases), str(folder))
    started: list[Server] = []
    try:
        server, password = start_provider(provider, folder, port)
        started.append(server)
        houses: dict[str, dict[str, Airflow]] = {"by_provider": {}, "by_password": {}, "changed": {}}
        # A few at a time: all of them together would be too slow for a small machine.
        for name, airflows in houses.items():
            for release in releases:
                args = deployments(release.version, server.address)[name]
                airflows[release.version] = Airflow(release, args, folder / f"{release.version}-{name}", ports.pop())
                changes = {"prepare": widen_viewer, "variables": SHORT_TOKENS} if name == "changed" else {}
                airflows[release.version].start(secret_files(args), **changes)
                started.append(airflows[release.version].server)
            for one in started:
                one.wait()
        administrator = Administrator(server.address, password)
        administrator.make_realm()
        yield House(administrator=administrator, **houses)
    finally:
        for one in started:
            one.stop()


def deployments(version: str, address: str) -> dict[str, Any]:
    oidc = OidcArgs(
        name="sso",
        issuer=f"{address}/realms/company",
        client_id=CLIENT,
        client_secret_name="unused",
        scopes=("openid", "email", "profile"),
        email_claim="email",
        groups_claim="groups",
        audience=CLIENT,
        client_claim="client_id",
    )
    terse = replace(oidc, client_id=TERSE_CLIENT, groups_claim=TERSE_GROUPS)
    plain = airflow_deployment_args(airflow_version=version, grants=GRANTS, shut_out=SHUT_OUT)
    return {
        "by_provider": replace(plain, sign_in=SignInArgs(oidc=oidc)),
        "by_password": plain,
        "changed": replace(plain, sign_in=SignInArgs(oidc=terse, max_session_minutes=SESSION_SECONDS / 60)),
    }


def widen_viewer(database: Path) -> None:
    """Let each Viewer see connections, as an admin of Airflow may."""
    with sqlite3.connect(database) as connection:
        changed = connection.execute(
            "INSERT INTO ab_permission_view_role (permission_view_id, role_id) "
            "SELECT pair.id, role.id "
            "FROM ab_permission_view pair, ab_permission action, ab_view_menu page, ab_role role "
            "WHERE pair.permission_id = action.id AND pair.view_menu_id = page.id "
            "AND action.name = 'can_read' AND page.name = 'Connections' AND role.name = 'Viewer'"
        )
        assert changed.rowcount == 1
    connection.close()


def secret_files(args: Any) -> dict[str, str]:
    if args.sign_in.oidc:
        return {sign_in.CLIENT_SECRET: CLIENT_SECRET}
    passwords = {who: sign_in.derived_password(SEED, who) for who in sign_in.accounts(args)}
    return {sign_in.PASSWORDS_FILE: sign_in.passwords_file(passwords)}


@pytest.fixture(params=list(PACKAGES_OF))
def version(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def administrator(house: House) -> Administrator:
    return house.administrator


@pytest.fixture
def by_provider(house: House, version: str) -> Airflow:
    return house.by_provider[version]


@pytest.fixture
def by_password(house: House, version: str) -> Airflow:
    return house.by_password[version]


@pytest.fixture
def changed(house: House, version: str) -> Airflow:
    return house.changed[version]
