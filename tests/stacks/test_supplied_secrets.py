"""Secrets that are supplied, before anything is made with them."""

import base64
import secrets
from typing import Any

import pytest

from components.generated_secrets import Purpose, generate
from stacks.problems import SettingsError
from stacks.supplied_secrets import refuse_unusable_secrets
from tests.environments import ADA, BOB, embedded, plan_of, small_environment, source_of

CLUSTER = {"hosting": "enterprise", "context": "somewhere"}
PASSWORD = "hunter2hunt"
ORDERS = "workspaces.analytics.deployments.orders"


def refusal(values: dict[str, str], **sections: object) -> list[str]:
    written = small_environment(**sections)
    try:
        refuse_unusable_secrets(
            plan_of(written, secrets=values), source_of(written, secrets=values), values.__getitem__
        )
    except SettingsError as error:
        return str(error).splitlines()
    return []


def refusal_of(values: dict[str, str], **orders: Any) -> list[str]:
    analytics = {"members": {"crew": "admin"}, "deployments": {"orders": embedded(**orders)}}
    return refusal(values, workspaces={"analytics": analytics})


def test_a_short_password_is_refused_where_it_is_named_and_never_repeated():
    values = {"of-ada": PASSWORD, "of-bob": "correct-horse"}
    clusters = {
        "main": CLUSTER,
        "other": {"hosting": "enterprise", "context": "there", "sign_in": {"passwords": {BOB: "of-ada"}}},
    }
    sign_in = {"passwords": {ADA: "of-ada", BOB: "of-bob"}}
    orders = {"analytics": {"members": {"crew": "admin"}, "deployments": {"orders": embedded(cluster="main")}}}
    lines = refusal(values, clusters=clusters, sign_in=sign_in, workspaces=orders)
    assert [line.split(": ")[1] for line in lines] == [
        f"clusters.other.sign_in.passwords.{BOB}",
        f"sign_in.passwords.{ADA}",
    ]
    assert all(line.endswith("`pulumi config set --secret airspace:of-ada`") for line in lines)
    assert PASSWORD not in "".join(lines)


@pytest.mark.parametrize("sign_in", [{}, {"passwords": {ADA: "of-ada"}}])
def test_others_are_left_alone(sign_in: object):
    assert refusal({"of-ada": "twelve-chars"}, sign_in=sign_in) == []


URL = f"postgresql://airflow:{PASSWORD}@db.example.com/airflow"
POOLED = {"database": {"config": "url"}, "pgbouncer": {"enabled": True}}


@pytest.mark.parametrize("value", ["", PASSWORD, URL.replace("postgresql", "mysql"), URL.removesuffix("/airflow")])
def test_an_address_that_pgbouncer_cannot_use_is_refused_where_it_is_named_and_never_repeated(value):
    (line,) = refusal_of({"url": value}, **POOLED)
    assert line.startswith(
        f"environment dev: {ORDERS}.database.config: its secret does not hold the form postgresql://"
    )
    assert line.endswith("`pulumi config set --secret airspace:url`, or switch `pgbouncer` off")
    assert PASSWORD not in line


def test_an_address_that_pgbouncer_can_use_is_taken_and_without_it_any_other_one():
    assert refusal_of({"url": URL}, **POOLED) == []
    assert refusal_of({"url": PASSWORD}, database={"config": "url"}) == []


def adopted(value: str, **fernet: Any) -> list[str]:
    return refusal_of({"old-key": value}, keys={"fernet": {"adopt": "old-key", **fernet}})


KEY, OTHER = generate(Purpose.FERNET_KEY), generate(Purpose.FERNET_KEY)
NO_KEYS = {
    "nothing": "",
    "a password": PASSWORD,
    "too short": base64.urlsafe_b64encode(secrets.token_bytes(31)).decode(),
    "a comma too many": f"{KEY},",
    "a list with another thing": f"{KEY},{PASSWORD}",
    "a list without commas": f"{KEY} {OTHER}",
    "other letters": "schlüssel",
}


@pytest.mark.parametrize("value", NO_KEYS.values(), ids=NO_KEYS.keys())
def test_what_is_no_fernet_key_is_not_adopted_and_never_repeated(value):
    (line,) = adopted(value)
    assert line.startswith(f"environment dev: {ORDERS}.keys.fernet.adopt: its secret holds no Fernet key: 32 bytes in")
    assert line.endswith("`pulumi config set --secret airspace:old-key`")
    assert not [part for part in value.split(",") if part and part in line]


def test_a_fernet_key_or_a_list_of_them_is_adopted():
    assert adopted(KEY) == adopted(f"{KEY}, {OTHER}\n") == adopted(KEY, rotation=2) == []


def test_a_key_that_was_rotated_out_is_not_looked_at():
    assert adopted("gone", rotation=2, keep=0) == []


def test_every_secret_that_is_refused_is_said_at_once():
    lines = refusal_of({"url": "", "old-key": ""}, **POOLED, keys={"fernet": {"adopt": "old-key"}})
    assert len(lines) == 2
