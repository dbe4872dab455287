"""Who a provider says somebody is: decided without Airflow and without a provider."""

from datetime import date
from typing import Any

import pytest

from tests.runtime.loading import loaded

ACCESS = loaded("airspace_access")
CLAIMS = loaded("airspace_claims")
NAMES = {"email": "email", "groups": "groups", "client": "client_id"}
NESTED = "resource_access.airflow.roles"
ADA = "ada@example.com"
SAID = {"sub": "f3a", "email": ADA, "email_verified": True, "groups": ["ops"]}


def person(said: dict[str, Any], names: dict[str, str] = NAMES, *, needs_verified: bool = True) -> Any:
    return CLAIMS.person_of(said, names, needs_verified=needs_verified)


def without(*names: str) -> dict[str, Any]:
    return {name: value for name, value in SAID.items() if name not in names}


def test_a_person_is_known_by_an_address():
    assert person({**SAID, "given_name": "Ada"}) == ACCESS.Person(email=ADA, groups=("ops",), first_name="Ada")
    assert person({**SAID, "groups": "ops"}).groups == ("ops",)
    assert person({**SAID, "email": " Ada@Example.com"}).email == ADA
    for email in (None, [ADA], "ada", "mi\N{KELVIN SIGN}e@example.com"):
        assert person({**SAID, "email": email}) is None


@pytest.mark.parametrize("needs_verified", [True, False])
def test_only_true_says_that_an_address_is_verified(needs_verified):
    for yes in (True, "true", "True"):
        assert person({**SAID, "email_verified": yes}, needs_verified=needs_verified) is not None
    for no in (False, "false", "False", "no", "0", "", None, [], ["true"], {}, 0, 1, "yes"):
        assert person({**SAID, "email_verified": no}, needs_verified=needs_verified) is None, no


def test_an_address_of_which_nothing_is_said_counts_only_where_the_settings_say_so():
    assert person(without("email_verified")) is None
    assert person(without("email_verified"), needs_verified=False) is not None


def test_claims_are_found_by_name_and_by_the_way_to_them():
    said = {**SAID, "https://example.com/mail": ADA, "resource_access": {"airflow": {"roles": ["ops", 7, "data"]}}}
    names = {"email": "https://example.com/mail", "groups": NESTED}
    assert person(said, names).groups == ("ops", "data")
    assert person(said, {**names, "groups": "resource_access.missing.roles"}).groups == ()


def test_the_provider_is_asked_for_what_an_id_token_leaves_out():
    def lacks(said: dict[str, Any], names: dict[str, str] = NAMES, *, needs_verified: bool = True) -> bool:
        return CLAIMS.lacks(said, names, needs_verified=needs_verified)

    assert not lacks(SAID)
    assert not lacks({**SAID, "groups": []})
    assert [lacks(without(one)) for one in ("email", "groups", "email_verified")] == [True, True, True]
    assert not lacks(without("email_verified"), needs_verified=False)
    nested = {**NAMES, "groups": NESTED}
    assert lacks(SAID, nested)
    assert not lacks({**SAID, "resource_access": {"airflow": {"roles": []}}}, nested)


def test_what_the_provider_says_when_asked_completes_the_id_token():
    token = {**without("email_verified", "groups"), "resource_access": {"account": {"roles": ["view"]}}}
    page = {"sub": "f3a", "email_verified": True, "resource_access": {"airflow": {"roles": ["ops"]}}}
    names = {**NAMES, "groups": NESTED}
    assert person(CLAIMS.completed(token, page, names), names) == ACCESS.Person(email=ADA, groups=("ops",))


def test_groups_are_the_tokens_where_it_has_any():
    assert person(CLAIMS.completed(SAID, {**SAID, "groups": ["root"]}, NAMES)).groups == ("ops",)


@pytest.mark.parametrize("needs_verified", [True, False])
def test_a_doubt_counts_wherever_the_provider_tells_it(needs_verified):
    doubted, silent = {**SAID, "email_verified": False}, without("email_verified")
    for token, page in ((silent, doubted), (doubted, SAID), (SAID, {"sub": "f3a", "email_verified": "no"})):
        assert person(CLAIMS.completed(token, page, NAMES), needs_verified=needs_verified) is None


def test_no_address_is_verified_by_what_is_said_of_another_one():
    with pytest.raises(ValueError, match="another address"):
        CLAIMS.completed(without("email_verified"), {**SAID, "email": "mallory@example.com"}, NAMES)


@pytest.mark.parametrize(
    ("of_token", "of_page"), [("f3a", "f3b"), ("f3a", None), (None, "f3a"), (None, None), ("", "")]
)
def test_a_page_of_somebody_else_counts_for_nothing(of_token, of_page):
    with pytest.raises(ValueError, match="somebody else"):
        CLAIMS.completed({**SAID, "sub": of_token}, {**SAID, "sub": of_page}, NAMES)


def test_a_bot_is_known_by_its_client_and_by_nothing_else():
    clients = {"ci-pipeline": "ci@bots.example.com"}
    said = {"client_id": "ci-pipeline", "groups": ["ops"], "email": ADA}
    assert CLAIMS.bot_of(said, NAMES, clients) == ACCESS.Person(email="ci@bots.example.com", groups=("ops",))
    elsewhere = {**NAMES, "client": "app.id"}
    assert CLAIMS.bot_of({"app": {"id": "ci-pipeline"}}, elsewhere, clients).email == "ci@bots.example.com"
    for said in ({}, {"client_id": "Ci-Pipeline"}, {"client_id": ["ci-pipeline"]}, {"azp": "ci-pipeline"}):
        assert CLAIMS.bot_of(said, NAMES, clients) is None
    assert CLAIMS.bot_of({"client_id": ""}, NAMES, {"": "ci@bots.example.com"}) is None


def test_a_bot_that_is_removed_or_past_its_last_day_has_no_role():
    data = {"users": {"ci@example.com": "User"}, "clients": {"ci": "ci@example.com"}}
    bot = CLAIMS.bot_of({"client_id": "ci"}, NAMES, data["clients"])
    past = ACCESS.Access(**data, until={"ci@example.com": date(2026, 12, 31)})
    assert past.role_of(bot, date(2026, 12, 31)) == "User"
    assert past.role_of(bot, date(2027, 1, 1)) is None
    assert ACCESS.Access(**{**data, "users": {}}).role_of(bot) is None
