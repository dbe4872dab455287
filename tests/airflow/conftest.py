"""An identity provider, and both majors of Airflow by both ways of signing in: started together, used by all tests."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import pytest

from components import sign_in
from components.sign_in_args import OidcArgs, SignInArgs
from tests.airflow.people import CLIENT, CLIENT_SECRET, GRANTS, SHUT_OUT
from tests.airflow.servers import Airflow, make_realm, start_provider
from tests.factories import airflow_deployment_args
from tools.airflow_releases import PACKAGES_OF, find_airflow
from tools.errors import ComponentUnavailable
from tools.identity_provider import find_identity_provider
from tools.ports import free_ports

SEED = "what-the-state-keeps"


@dataclass
class House:
    """Everything that runs."""

    by_provider: Mapping[str, Airflow]
    by_password: Mapping[str, Airflow]


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("sign-in")
    try:
        provider, releases = find_identity_provider(), [find_airflow(version) for version in PACKAGES_OF]
    except ComponentUnavailable as error:
        pytest.skip(f"missing: {error.component} ({'; '.join(error.tried)}). {error.remedy}")
    [port, *ports] = free_ports(1 + 2 * len(releases), str(folder))
    started: list[Any] = []
    try:
        server, password = start_provider(provider, folder, port)
        started.append(server)
        houses: list[dict[str, Airflow]] = [{}, {}]
        for index, release in enumerate(releases):
            for number, args in enumerate(deployments(release.version, server.address)):
                place = folder / f"{release.version}-{number}"
                place.mkdir()
                airflow = Airflow(release=release, args=args, folder=place, port=ports[2 * index + number])
                airflow.start(secret_files(args))
                started.append(airflow.server)
                houses[number][release.version] = airflow
        for one in started:
            one.wait()
        make_realm(server.address, password)
        yield House(by_provider=houses[0], by_password=houses[1])
    finally:
        for one in started:
            one.stop()


def deployments(version: str, address: str) -> list[Any]:
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
    plain = airflow_deployment_args(airflow_version=version, grants=GRANTS, shut_out=SHUT_OUT)
    return [replace(plain, sign_in=SignInArgs(oidc=oidc)), plain]


def secret_files(args: Any) -> dict[str, str]:
    if args.sign_in.oidc:
        return {sign_in.CLIENT_SECRET: CLIENT_SECRET}
    passwords = {who: sign_in.derived_password(SEED, who) for who in sign_in.accounts(args)}
    return {sign_in.PASSWORDS_FILE: sign_in.passwords_file(passwords)}


@pytest.fixture(params=list(PACKAGES_OF))
def version(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def by_provider(house: House, version: str) -> Airflow:
    return house.by_provider[version]


@pytest.fixture
def by_password(house: House, version: str) -> Airflow:
    return house.by_password[version]
