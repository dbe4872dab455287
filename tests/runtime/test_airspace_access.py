"""Who is let in, and as what: decided without Airflow by the module that Airflow's server loads."""

import json
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.access_args import AirflowRole
from tests.runtime.loading import loaded

NAMES = {"email": "email", "groups": "groups", "client": "client_id"}


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
    data = {"users": {"ci@example.com": "User"}, "until": {"ci@example.com": "2026-12-31"}}
    assert role(data, "ci@example.com", today=date(2026, 12, 31)) == "User"
    assert role(data, "ci@example.com", today=date(2027, 1, 1)) is None


@given(st.text(), st.lists(st.text()))
def test_a_role_that_nobody_knows_lets_nobody_in(name, groups):
    if name not in ACCESS.ROLES:
        data = {"users": {"ada@example.com": name}, "groups": dict.fromkeys(groups, name)}
        assert role(data, "ada@example.com", *groups) is None


@pytest.mark.parametrize("content", [None, "", "{", "[]", "null"])
def test_a_missing_or_broken_file_lets_nobody_in(tmp_path: Path, content):
    path = tmp_path / "file.json"
    if content is not None:
        path.write_text(content)
    assert ACCESS.Access.read(path) == ACCESS.Access()
    assert not ACCESS.is_password_of(path, "ada@example.com", "")


def test_an_address_that_nobody_has_verified_is_nobodys():
    claims = {"email": "ada@example.com", "groups": "ops"}
    assert ACCESS.person_of(claims, NAMES) == ACCESS.Person(email="ada@example.com", groups=("ops",))
    assert ACCESS.person_of({**claims, "email_verified": True}, NAMES) is not None
    assert ACCESS.person_of({**claims, "email_verified": False}, NAMES) is None
    assert ACCESS.person_of({**claims, "email_verified": "false"}, NAMES) is None
    assert ACCESS.person_of({"groups": ["ops"]}, NAMES) is None
    assert ACCESS.person_of({"email": ["ada@example.com"]}, NAMES) is None


def test_claims_are_found_by_name_and_by_the_way_to_them():
    claims = {
        "https://example.com/mail": "ada@example.com",
        "resource_access": {"airflow": {"roles": ["ops", 7, "data"]}},
    }
    names = {"email": "https://example.com/mail", "groups": "resource_access.airflow.roles"}
    assert ACCESS.person_of(claims, names).groups == ("ops", "data")
    assert ACCESS.person_of(claims, {**names, "groups": "resource_access.missing.roles"}).groups == ()


def test_a_bot_is_known_by_its_client_and_by_nothing_else():
    clients = {"ci-pipeline": "ci@bots.example.com"}
    claims = {"client_id": "ci-pipeline", "groups": ["ops"], "email": "ada@example.com"}
    assert ACCESS.bot_of(claims, NAMES, clients) == ACCESS.Person(email="ci@bots.example.com", groups=("ops",))
    elsewhere = {**NAMES, "client": "app.id"}
    assert ACCESS.bot_of({"app": {"id": "ci-pipeline"}}, elsewhere, clients).email == "ci@bots.example.com"
    for said in ({}, {"client_id": "Ci-Pipeline"}, {"client_id": ["ci-pipeline"]}, {"azp": "ci-pipeline"}):
        assert ACCESS.bot_of(said, NAMES, clients) is None
    assert ACCESS.bot_of({"client_id": ""}, NAMES, {"": "ci@bots.example.com"}) is None


def test_a_bot_that_is_removed_or_past_its_last_day_has_no_role():
    data = {"users": {"ci@example.com": "User"}, "clients": {"ci": "ci@example.com"}}
    bot = ACCESS.bot_of({"client_id": "ci"}, NAMES, data["clients"])
    past = ACCESS.Access(**data, until={"ci@example.com": "2026-12-31"})
    assert past.role_of(bot, date(2026, 12, 31)) == "User"
    assert past.role_of(bot, date(2027, 1, 1)) is None
    assert ACCESS.Access(**{**data, "users": {}}).role_of(bot) is None


def test_a_password_is_that_of_one_account_alone(tmp_path: Path):
    path = tmp_path / "passwords.json"
    path.write_text(json.dumps({"Ada@example.com": "hunter2", "bob@example.com": "", "eve@example.com": None}))
    assert ACCESS.is_password_of(path, " ada@example.com", "hunter2")
    assert not ACCESS.is_password_of(path, "ada@example.com", "hunter3")
    assert not ACCESS.is_password_of(path, "sam@example.com", "")
    assert not ACCESS.is_password_of(path, "bob@example.com", "")
    assert not ACCESS.is_password_of(path, "eve@example.com", "")
