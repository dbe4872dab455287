"""What Airflow's server is given to let people in, and what its pods are restarted for."""

import dataclasses
import json
from datetime import date

import pytest

from components import sign_in
from components.access_args import AirflowRole, GrantArgs, Role, ShutOutArgs, SubjectKind, Way
from components.network import edges
from components.owned_options import is_owned
from components.sign_in_args import OidcArgs, SignInArgs
from components.values import build_values
from tests.components.chart_rendering import pods, rendered
from tests.factories import airflow_deployment_args

OIDC = OidcArgs(
    name="sso",
    issuer="https://id.example.com",
    client_id="airflow",
    client_secret_name="analytics-orders-sign-in",
    client_secret_key="airflow-client",
    scopes=("openid", "email"),
    email_claim="email",
    groups_claim="groups",
    audience="airflow",
    client_claim="client_id",
)
WEB = {"3.2.2": ("apiServer", "FAB", "api-server"), "2.11.2": ("webserver", "WEBSERVER", "webserver")}


def grant(subject: str, role: AirflowRole = AirflowRole.USER, way: Way = Way.MEMBERSHIP, **fields) -> GrantArgs:
    kind = SubjectKind.PERSON if "@" in subject else SubjectKind.GROUP
    return GrantArgs(
        **{"subject": subject, "kind": kind, "role": Role.EDITOR, "airflow_role": role, "way": way, **fields}
    )


def kept_out(subject: str, team: str | None = None) -> ShutOutArgs:
    return ShutOutArgs(subject=subject, kind=SubjectKind.PERSON, team=team)


def args(**overrides):
    return airflow_deployment_args(**{"grants": (grant("Ada@example.com"), grant("idp-data")), **overrides})


def test_access_is_written_by_person_and_by_group():
    grants = (
        grant("Ada@example.com", AirflowRole.ADMIN),
        grant("bob@example.com", AirflowRole.VIEWER, Way.OVERRIDE),
        grant("cy@example.com", way=Way.OVERRIDE, team="data"),
        grant("CI@example.com", kind=SubjectKind.BOT, expires=date(2026, 12, 31), client_id="ci-Pipeline"),
        grant("Cron@example.com", kind=SubjectKind.BOT),
        grant("idp-data"),
    )
    # Who is kept out with a team may be in a group that is let in.
    shut_out = (kept_out("Dan@example.com"), kept_out("eve@example.com", team="guests"))
    assert sign_in.access_data(args(grants=grants, shut_out=shut_out)) == {
        "users": {
            "ada@example.com": "Admin",
            "bob@example.com": "Viewer",
            "cy@example.com": "User",
            "ci@example.com": "User",
            "cron@example.com": "User",
        },
        "groups": {"idp-data": "User"},
        "exact": {"bob@example.com": "Viewer", "dan@example.com": None},
        "until": {"ci@example.com": "2026-12-31"},
        "clients": {"ci-Pipeline": "ci@example.com"},
        "bots": ["ci@example.com", "cron@example.com"],
    }


@pytest.mark.parametrize("way", [None, OIDC])
def test_a_changed_roster_changes_nothing_but_who_has_access(way):
    before = args(sign_in=SignInArgs(oidc=way))
    after = dataclasses.replace(before, grants=(grant("eve@example.com"),), shut_out=(kept_out("ada@example.com"),))
    assert build_values(after) == build_values(before)
    assert sign_in.config_map(after) == sign_in.config_map(before)
    old, new = sign_in.access_config_map(before), sign_in.access_config_map(after)
    assert old["metadata"] == new["metadata"]
    assert old["data"] != new["data"]


def test_another_provider_makes_new_files_and_so_restarts_the_server():
    before, after = (args(sign_in=SignInArgs(oidc=one)) for one in (OIDC, dataclasses.replace(OIDC, client_id="other")))
    names = [sign_in.config_map(one)["metadata"]["name"] for one in (before, after)]
    assert len(set(names)) == 2
    assert build_values(before) != build_values(after)


def test_the_provider_is_described_without_its_secret():
    files = sign_in.config_map(args(sign_in=SignInArgs(oidc=OIDC), host="o.example.com", tls_issuer="le"))["data"]
    assert json.loads(files["settings.json"]) == {
        "access_file": "/etc/airspace/access/access.json",
        "is_secure": True,
        "max_session_minutes": 1440,
        "oidc": {
            "name": "sso",
            "issuer": "https://id.example.com",
            "client_id": "airflow",
            "client_secret_file": "/etc/airspace/sign-in-secret/client-secret",
            "scopes": ["openid", "email"],
            "audience": "airflow",
            "require_verified_email": True,
            "claims": {"email": "email", "groups": "groups", "client": "client_id"},
        },
    }
    assert {"webserver_config.py", "airspace_access.py", "airspace_claims.py", "airspace_tokens.py"} < files.keys()


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        ("3.2.2", "https://o.example.com/auth/oauth-authorized/sso"),
        ("2.11.2", "https://o.example.com/oauth-authorized/sso"),
    ],
)
def test_the_provider_sends_people_back_to_the_host_of_the_deployment(version, expected):
    oidc = SignInArgs(oidc=OIDC)
    assert (
        sign_in.redirect_address(args(airflow_version=version, sign_in=oidc, host="o.example.com", tls_issuer="le"))
        == expected
    )
    assert sign_in.redirect_address(args(airflow_version=version, sign_in=oidc)) is None
    assert sign_in.redirect_address(args(airflow_version=version, host="o.example.com")) is None


def test_generated_passwords_differ_by_account_and_by_deployment():
    made = {sign_in.derived_password(seed, who) for seed in ("one", "two") for who in ("a@x.yz", "b@x.yz")}
    assert len(made) == 4
    assert {len(one) for one in made} == {24}
    assert sign_in.derived_password("one", "A@x.yz") in made


def test_groups_have_no_password():
    assert sign_in.accounts(args()) == ("Ada@example.com",)


@pytest.mark.parametrize("version", WEB)
def test_passwords_open_the_api_only_where_there_are_any(version):
    with_passwords, with_provider = (
        sign_in.options(args(airflow_version=version, sign_in=SignInArgs(oidc=one))) for one in (None, OIDC)
    )
    assert "basic_auth" in repr(with_passwords)
    assert "basic_auth" not in repr(with_provider)


@pytest.mark.parametrize("version", WEB)
def test_no_deployment_changes_what_sign_in_rests_on(version):
    options = sign_in.options(args(airflow_version=version))
    assert all(is_owned(section, option) for section in options for option in options[section])


def test_every_way_to_a_token_of_airflow_gives_one_for_an_hour_at_most():
    lifetimes = {name: value for name, value in sign_in.options(args())["api_auth"].items() if "expiration" in name}
    assert lifetimes == {"jwt_expiration_time": 3600, "jwt_cli_expiration_time": 3600}


@pytest.mark.chart
@pytest.mark.parametrize("version", WEB)
def test_only_the_server_of_the_ui_sees_the_files_of_sign_in(version):
    block, section, component = WEB[version]
    variable = f"AIRFLOW__{section}__CONFIG_FILE"
    deployment = args(airflow_version=version)
    assert [one["name"] for one in build_values(deployment)[block]["env"]] == [variable]
    for name, pod in pods(rendered(deployment)).items():
        volumes = {one["name"] for one in pod["spec"].get("volumes", [])}
        is_server = name.endswith(component)
        assert ({"sign-in", "access", "sign-in-secret"} <= volumes) == is_server, name
        mounts = {one["name"]: one for one in pod["spec"]["containers"][0].get("volumeMounts", [])}
        if is_server:
            assert mounts["access"] == {"name": "access", "mountPath": "/etc/airspace/access", "readOnly": True}
            # A single file would stay as it was when the pod started.
            assert not any("subPath" in mounts[one] for one in ("access", "sign-in-secret"))


@pytest.mark.parametrize("version", WEB)
def test_only_the_server_of_the_ui_reaches_the_identity_provider(version):
    oidc = dataclasses.replace(OIDC, issuer="https://id.example.com:8443/realms/company")
    found = [one for one in edges(args(airflow_version=version, sign_in=SignInArgs(oidc=oidc))) if 8443 in one.ports]
    assert [(one.source, one.target) for one in found] == [(WEB[version][2], None)]
    assert not [one for one in edges(args(airflow_version=version)) if one.why == "identity provider"]
