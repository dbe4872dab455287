"""Who is let in, and as what: decided without Airflow by the module that Airflow's server loads."""

import json
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.access_args import AirflowRole, GrantArgs, Role, ShutOutArgs, SubjectKind, Way
from components.sign_in import access_data
from tests.factories import airflow_deployment_args
from tests.runtime.loading import loaded

ACCESS = loaded("airspace_access")


def role(data: dict, email: str, *groups: str, today: date | None = None) -> str | None:
    return ACCESS.Access(**data).role_of(ACCESS.Person(email=email, groups=groups), today)


def test_roles_rise_as_those_of_the_plan():
    assert tuple(AirflowRole) == ACCESS.ROLES


def test_the_most_permissive_way_counts():
    data = {"users": {"ada@example.com": "Viewer"}, "groups": {"ops": "Admin", "data": "User"}}
    assert role(data, "ada@example.com") == "Viewer"
    assert role(data, "ada@example.com", "data") == "User"
    assert role(data, "Ada@Example.com", "data", "ops", "others") == "Admin"
    assert role(data, "sam@example.com") is None
    assert role(data, "sam@example.com", "others") is None


def test_who_is_named_with_exactly_one_role_has_no_other():
    data = {
        "users": {"ada@example.com": "Viewer"},
        "groups": {"ops": "Admin"},
        "exact": {"ada@example.com": "Viewer", "bob@example.com": None},
    }
    assert role(data, "ada@example.com", "ops") == "Viewer"
    assert role(data, "bob@example.com", "ops") is None


def test_access_ends_after_its_last_day():
    data = {"users": {"ci@example.com": "User"}, "until": {"ci@example.com": date(2026, 12, 31)}}
    assert role(data, "ci@example.com", today=date(2026, 12, 31)) == "User"
    assert role(data, "ci@example.com", today=date(2027, 1, 1)) is None


@given(st.text(), st.lists(st.text()))
def test_a_role_that_nobody_knows_lets_nobody_in(name, groups):
    if name not in ACCESS.ROLES:
        data = {"users": {"ada@example.com": name}, "groups": dict.fromkeys(groups, name)}
        assert role(data, "ada@example.com", *groups) is None


@pytest.mark.parametrize(
    "content",
    [
        *(None, "", "{", "[]", "null", "{} {}", '{"until": {"ada@example.com": "2026-13-01"}}', "[" * 100_000),
        *(
            json.dumps({"users": {"ada@example.com": "Admin"}, name: value})
            for name in ("users", "groups", "exact", "until", "clients")
            for value in (None, [], ["Admin"], "Admin", 7, {"ada@example.com": 7}, {"ada@example.com": ["Admin"]})
        ),
        *(json.dumps({"bots": value}) for value in (None, {}, "ada@example.com", [7], [[]])),
    ],
    ids=lambda content: str(content)[:70],
)
def test_a_missing_or_broken_file_is_none_and_is_in_the_log(tmp_path: Path, content, caplog):
    path = tmp_path / "file.json"
    if content is not None:
        path.write_text(content)
    assert ACCESS.Access.read(path) is None
    assert [one.getMessage().startswith(f"nobody enters, since {path} cannot be used: ") for one in caplog.records] == [
        True
    ]


@pytest.mark.parametrize("content", [None, "", "{", "[]", "null", "[" * 100_000, '{"ada@example.com": ["hunter2"]}'])
def test_no_password_is_right_where_the_file_is_missing_or_broken(tmp_path: Path, content):
    path = tmp_path / "file.json"
    if content is not None:
        path.write_text(content)
    for password in ("", "hunter2"):
        assert not ACCESS.is_password_of(path, "ada@example.com", password)


def test_what_the_platform_writes_is_read(tmp_path: Path):
    grants = [
        GrantArgs(subject="Ada@example.com", kind=SubjectKind.PERSON, role=Role.ADMIN, airflow_role=AirflowRole.ADMIN,
                  way=Way.OVERRIDE),
        GrantArgs(subject="idp-data", kind=SubjectKind.GROUP, role=Role.EDITOR, airflow_role=AirflowRole.USER,
                  way=Way.MEMBERSHIP),
        GrantArgs(subject="ci@example.com", kind=SubjectKind.BOT, role=Role.EDITOR, airflow_role=AirflowRole.USER,
                  way=Way.MEMBERSHIP, client_id="ci", expires=date(2026, 12, 31)),
    ]  # fmt: skip
    shut_out = (ShutOutArgs(subject="bob@example.com", kind=SubjectKind.PERSON),)
    path = tmp_path / "access.json"
    path.write_text(json.dumps(access_data(airflow_deployment_args(grants=tuple(grants), shut_out=shut_out))))
    assert ACCESS.Access.read(path) == ACCESS.Access(
        users={"ada@example.com": "Admin", "ci@example.com": "User"},
        groups={"idp-data": "User"},
        exact={"ada@example.com": "Admin", "bob@example.com": None},
        until={"ci@example.com": date(2026, 12, 31)},
        clients={"ci": "ci@example.com"},
        bots=frozenset({"ci@example.com"}),
    )


KELVIN = "mi\N{KELVIN SIGN}e@example.com"


def test_an_address_is_compared_in_ascii_alone(tmp_path: Path):
    assert KELVIN.lower() == "mike@example.com"
    assert role({"users": {"mike@example.com": "Admin"}}, KELVIN) is None
    assert not ACCESS.Access(bots=frozenset({"mike@example.com"})).is_bot(KELVIN)
    path = tmp_path / "file.json"
    path.write_text(json.dumps({"mike@example.com": "hunter2", "users": {KELVIN: "Admin"}}))
    assert not ACCESS.is_password_of(path, KELVIN, "hunter2")
    path.write_text(json.dumps({"users": {KELVIN: "Admin"}, "exact": {KELVIN: "Admin"}}))
    assert ACCESS.Access.read(path) == ACCESS.Access()
    said = (" Ada@Example.com\n", "ada", "", None, ["ada@example.com"], "a\n@example.com")
    assert [ACCESS.address(one) for one in said] == ["ada@example.com", None, None, None, None, None]


def test_bots_are_told_from_people_by_address(tmp_path: Path):
    path = tmp_path / "access.json"
    path.write_text(json.dumps({"users": {"Ci@bots.example.com": "User"}, "bots": ["Ci@bots.example.com"]}))
    access = ACCESS.Access.read(path)
    assert [access.is_bot(one) for one in ("ci@bots.example.com", "CI@Bots.example.com", "ada@example.com")] == [
        True,
        True,
        False,
    ]


def test_a_password_is_that_of_one_account_alone(tmp_path: Path):
    path = tmp_path / "passwords.json"
    path.write_text(json.dumps({"Ada@example.com": "hunter2", "bob@example.com": "", "eve@example.com": None}))
    assert ACCESS.is_password_of(path, " ada@example.com", "hunter2")
    assert not ACCESS.is_password_of(path, "ada@example.com", "hunter3")
    assert not ACCESS.is_password_of(path, "sam@example.com", "")
    assert not ACCESS.is_password_of(path, "bob@example.com", "")
    assert not ACCESS.is_password_of(path, "eve@example.com", "")
