"""Passwords that are supplied, before anything is made with them."""

import pytest

from stacks.problems import SettingsError
from stacks.supplied_passwords import refuse_short_passwords
from tests.environments import ADA, BOB, small_environment, source_of

CLUSTER = {"hosting": "enterprise", "context": "somewhere"}


def refusal(values: dict[str, str], **sections: object) -> list[str]:
    try:
        refuse_short_passwords(source_of(small_environment(**sections), secrets=values), values.__getitem__)
    except SettingsError as error:
        return str(error).splitlines()
    return []


def test_a_short_password_is_refused_where_it_is_named_and_never_repeated():
    values = {"of-ada": "hunter2hunt", "of-bob": "correct-horse"}
    clusters = {"main": CLUSTER, "other": {**CLUSTER, "sign_in": {"passwords": {BOB: "of-ada"}}}}
    sign_in = {"passwords": {ADA: "of-ada", BOB: "of-bob"}}
    lines = refusal(values, clusters=clusters, sign_in=sign_in)
    assert [line.split(": ")[1] for line in lines] == [
        f"clusters.other.sign_in.passwords.{BOB}",
        f"sign_in.passwords.{ADA}",
    ]
    assert all(line.endswith("`pulumi config set --secret airspace:of-ada`") for line in lines)
    assert "hunter2" not in "".join(lines)


@pytest.mark.parametrize("sign_in", [{}, {"passwords": {ADA: "of-ada"}}])
def test_others_are_left_alone(sign_in: object):
    assert refusal({"of-ada": "twelve-chars"}, sign_in=sign_in) == []
