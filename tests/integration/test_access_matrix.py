"""Everybody, everywhere, every resource and every verb: what a real API server's authorizer grants, and nothing more.

One environment is asked everything of one person in each role, and of one in none. The others are random: members,
teams, groups, overrides, tables of roles, prefixes of names; each is asked a part of all there is to ask. What is
expected comes from the rules written down by hand.
"""

import itertools
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st
from kubernetes import client

from components.access_args import Role
from components.roles import GRANTABLE, SHELLS
from stacks.problems import SettingsError
from tests.environments import ADA, BOB, embedded, plan_of
from tests.integration.access_questions import (
    BEYOND,
    EVERYBODYS,
    VERBS,
    Question,
    apply_rights,
    ask,
    every_resource,
    group_role_by_hand,
    role_by_hand,
    verbs_by_hand,
)
from tests.integration.cluster import Cluster

pytestmark = pytest.mark.cluster

ENVIRONMENTS = 12
PART = 10
"""One in so many of all pairs of verb and resource is asked of each person in each place of one environment."""
EVE, STRANGER = "eve@example.com", "stranger@example.com"
BOT, UNBOUND = "ci@bots.example.com", "night@bots.example.com"
ADDRESS = "a bot by its address"
BOT_USER = "system:serviceaccount:pipelines:airspace"
CREW, PARTNERS = "idp-crew", "idp-partners"
NUMBERS = itertools.count(1)
FIGURES: Counter[str] = Counter()
SEEN: set[tuple[Role | None, str, str]] = set()
"""What was asked of somebody in a namespace: the role that counts there, verb and resource."""
PLAIN: dict[str, Any] = {"members": {ADA: "admin", BOB: "editor", EVE: "viewer"}, "access": {}}

ROLE = st.sampled_from([str(role) for role in Role])
OVERRIDE = st.one_of(ROLE, st.just("none"))
HOME = st.fixed_dictionaries(
    {
        "members": st.dictionaries(
            st.sampled_from([BOB, EVE, BOT, UNBOUND, "crew", "guests", "partners"]), ROLE, min_size=1, max_size=4
        ).map(lambda members: {**members, ADA: "admin"}),
        "access": st.dictionaries(st.sampled_from([BOB, EVE, BOT, "crew", "guests", "partners"]), OVERRIDE, max_size=2),
    }
)
TEAMS = st.fixed_dictionaries(
    {
        "crew": st.lists(st.sampled_from([ADA, BOB, EVE, BOT]), unique=True, max_size=3).map(
            lambda members: {"members": members, "identity_group": CREW}
        ),
        "guests": st.lists(st.sampled_from([BOB, EVE]), unique=True, min_size=1).map(lambda them: {"members": them}),
        "partners": st.sampled_from([{"identity_group": PARTNERS}, {"identity_group": CREW}]),
    }
)
GRANTS = st.sampled_from([*GRANTABLE.items(), *SHELLS.items()]).flatmap(
    lambda one: st.tuples(st.just(one[0]), st.lists(st.sampled_from(sorted(one[1])), unique=True))
)
ROLE_TABLE = st.dictionaries(
    ROLE, st.lists(GRANTS, max_size=4).map(lambda grants: {"kubernetes": dict(grants)}), max_size=3
)
PREFIXES = st.sampled_from([{}, {"user_prefix": "oidc:", "group_prefix": "groups:"}])


def environment(number: int, homes: list[dict[str, Any]], teams: Any, roles: Any, prefixes: Any) -> dict[str, Any]:
    bot = {"kind": "bot", "expires": "2099-01-01"}
    return {
        "clusters": {"main": {"hosting": "enterprise", "context": "somewhere", "kubernetes_names": prefixes}},
        "accounts": {
            **{person: {"personal_workspace": False} for person in (ADA, BOB, EVE)},
            BOT: {**bot, "kubernetes_user": BOT_USER},
            UNBOUND: bot,
        },
        "teams": teams,
        "workspaces": {
            f"matrix{number}{letter}": {
                "members": home["members"],
                "deployments": {"orders": embedded(access=home["access"])},
            }
            for letter, home in zip("ab", homes, strict=True)
        },
        "stage": "development",
        "roles": roles,
    }


@pytest.fixture(scope="module")
def pairs(api: client.ApiClient) -> list[tuple[str, str]]:
    resources = sorted({*every_resource(api), *GRANTABLE, *SHELLS})
    return [*itertools.product(VERBS, resources), *BEYOND]


# A failure shows all pairs beside the environment.
@pytest.mark.filterwarnings("ignore::hypothesis.errors.HypothesisWarning")
@settings(
    max_examples=ENVIRONMENTS,
    deadline=None,
    derandomize=True,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@given(parts=st.tuples(st.lists(HOME, min_size=2, max_size=2), TEAMS, ROLE_TABLE, PREFIXES))
def test_everybody_may_what_their_role_says_and_nothing_else(
    cluster: Cluster, pairs: list[tuple[str, str]], parts: tuple[Any, ...]
):
    number = next(NUMBERS)
    sections = environment(number, *parts)
    try:
        plan_of(sections)
    except SettingsError:
        assume(False)
    assert review(cluster, sections, f"matrix{number}", questions(sections, pairs)) == []


def test_each_role_may_what_it_says_of_everything_there_is(cluster: Cluster, pairs: list[tuple[str, str]]):
    number = next(NUMBERS)
    sections = environment(number, [PLAIN, {**PLAIN, "members": {EVE: "admin"}}], {}, {}, {})
    asked = itertools.product((ADA, BOB, EVE, STRANGER), (f"matrix{number}a-orders", ""), pairs)
    everything = (
        Question(user=user, groups=(), namespace=place, verb=verb, resource=resource)
        for user, place, (verb, resource) in asked
    )
    assert review(cluster, sections, f"matrix{number}", everything) == []


def review(
    cluster: Cluster, sections: dict[str, Any], name: str, asked: Iterable[Question]
) -> list[tuple[Question, bool]]:
    """Ask the API server, and return what it answers otherwise than expected."""
    made = apply_rights(cluster, sections, name)
    try:
        answers = ask(cluster, asked)
    finally:
        cluster.delete(reversed(made))
    wrong = [(one, granted) for one, granted in answers if granted is not is_expected(sections, one)]
    FIGURES.update(environments=1, asked=len(answers), granted=sum(granted for _, granted in answers))
    FIGURES.update(tables=bool(sections["roles"]), unexpected=len(wrong))
    return wrong


PEOPLE: dict[str, tuple[str, ...]] = {
    **dict.fromkeys((ADA, EVE, STRANGER, UNBOUND, BOT, ADDRESS), ()),
    BOB: (PARTNERS,),
    "newcomer@example.com": (CREW,),
    "consultant@partner.example.com": (CREW, PARTNERS),
}
"""Everybody who asks, with the groups that the provider has them in."""


def questions(sections: dict[str, Any], pairs: list[tuple[str, str]]) -> Iterator[Question]:
    places = [*(f"{name}-orders" for name in sections["workspaces"]), ""]
    for user, place in itertools.product(PEOPLE, places):
        FIGURES["lists"] += 1
        for verb, resource in pairs[FIGURES["lists"] % PART :: PART]:
            groups = tuple(f"{prefix(sections, 'group')}{group}" for group in PEOPLE[user])
            yield Question(user=known_as(sections, user), groups=groups, namespace=place, verb=verb, resource=resource)


def prefix(sections: dict[str, Any], kind: str) -> str:
    return str(sections["clusters"]["main"]["kubernetes_names"].get(f"{kind}_prefix", ""))


def known_as(sections: dict[str, Any], account: str) -> str:
    return BOT_USER if account == BOT else f"{prefix(sections, 'user')}{BOT if account == ADDRESS else account}"


def is_expected(sections: dict[str, Any], one: Question) -> bool:
    if not one.namespace:
        return (one.verb, one.resource) in EVERYBODYS
    workspace = one.namespace.removesuffix("-orders")
    account = next(account for account in PEOPLE if known_as(sections, account) == one.user)
    roles = {None} | {group_role_by_hand(sections, group, workspace, "orders") for group in PEOPLE[account]}
    # Nobody tells Kubernetes what a bot without a name there is called.
    roles |= {role_by_hand(sections, account, workspace, "orders")} if account != UNBOUND else set()
    SEEN.add((max(roles, key=[None, *Role].index), one.verb, one.resource))
    return (one.verb, one.resource) in EVERYBODYS or any(
        one.verb in verbs_by_hand(sections, role).get(one.resource, ()) for role in roles - {None} if role
    )


def test_the_matrix_was_large_and_whole_and_had_grants_in_it(
    capsys: pytest.CaptureFixture[str], pairs: list[tuple[str, str]]
):
    """Last: the figures of the environments before."""
    with capsys.disabled():
        print(f"\naccess reviews: {FIGURES['environments']} environments, {FIGURES['tables']} with a table of roles of "
              f"their own; {FIGURES['asked']} asked, {FIGURES['granted']} granted, "
              f"{FIGURES['unexpected']} unexpected")  # fmt: skip
    assert FIGURES["environments"] >= ENVIRONMENTS
    assert FIGURES["asked"] > 25_000
    assert FIGURES["granted"] > 500
    assert FIGURES["unexpected"] == 0
    assert {(role, *pair) for role in (*Role, None) for pair in pairs} == SEEN
