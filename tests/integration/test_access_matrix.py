"""Everybody, everywhere, every resource and every verb: what a real API server's authorizer grants, and nothing more.

Environments are random. What is expected comes from the rules written down by hand, and from the table of roles.
"""

import itertools
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st
from kubernetes import client

from components.access_args import Role
from components.roles import ROLES, allowed
from stacks.problems import SettingsError
from tests.environments import ADA, embedded, plan_of
from tests.integration.access_questions import (
    BEYOND,
    EVERYBODYS,
    VERBS,
    Question,
    apply_rights,
    ask,
    every_resource,
    role_by_hand,
)
from tests.integration.cluster import Cluster

pytestmark = pytest.mark.cluster

BOB, BOT, STRANGER = "bob@example.com", "ci@bots.example.com", "stranger@example.com"
BOT_USER = "system:serviceaccount:ci:pipeline"
"""What the cluster knows the bot by; its address is nobody's there."""
NUMBERS = itertools.count(1)
FIGURES: Counter[str] = Counter()
ROLES_SEEN: set[Role | None] = set()

WHO = st.sampled_from([BOB, BOT, "crew"])
ROLE = st.sampled_from([str(role) for role in Role])
HOME = st.fixed_dictionaries(
    {
        "members": st.dictionaries(WHO, ROLE, min_size=1).map(lambda members: {**members, ADA: "admin"}),
        "access": st.dictionaries(st.sampled_from([BOB, "crew"]), st.one_of(ROLE, st.just("none")), max_size=2),
    }
)


def environment(number: int, homes: list[dict[str, Any]], team: list[str]) -> dict[str, Any]:
    return {
        "clusters": {"main": {"hosting": "enterprise", "context": "somewhere"}},
        "accounts": {
            ADA: {"personal_workspace": False},
            BOB: {"personal_workspace": False},
            BOT: {"kind": "bot", "expires": "2099-01-01", "kubernetes_user": BOT_USER},
        },
        "teams": {"crew": {"members": team, "identity_group": f"idp-crew-{number}"}},
        "workspaces": {
            f"matrix{number}{letter}": {
                "members": home["members"],
                "deployments": {"orders": embedded(access=home["access"])},
            }
            for letter, home in zip("ab", homes, strict=False)
        },
    }


@pytest.fixture(scope="module")
def resources(api: client.ApiClient) -> list[str]:
    return every_resource(api)


@settings(
    max_examples=3, deadline=None, derandomize=True, phases=[Phase.generate], suppress_health_check=list(HealthCheck)
)
@given(
    homes=st.lists(HOME, min_size=2, max_size=2), team=st.lists(st.sampled_from([ADA, BOB]), min_size=1, unique=True)
)
def test_everybody_may_what_their_role_says_and_nothing_else(
    cluster: Cluster, resources: list[str], homes: Any, team: Any
):
    number = next(NUMBERS)
    sections = environment(number, homes, team)
    try:
        plan_of(sections)
    except SettingsError:
        assume(False)
    made = apply_rights(cluster, sections, f"matrix{number}")
    try:
        answers = ask(cluster, questions(sections, resources))
    finally:
        cluster.delete(reversed(made))
    wrong = [(one, granted) for one, granted in answers if granted is not is_expected(sections, one)]
    FIGURES.update(asked=len(answers), granted=sum(granted for _, granted in answers), unexpected=len(wrong))
    assert wrong == []


def questions(sections: dict[str, Any], resources: list[str]) -> Iterator[Question]:
    people = dict.fromkeys((BOB, BOT, BOT_USER, STRANGER), ()) | {"newcomer@example.com": (group_of(sections),)}
    places = [*(f"{name}-orders" for name in sections["workspaces"]), ""]
    pairs = [*((verb, resource) for resource in resources for verb in VERBS), *BEYOND]
    for (user, groups), namespace, (verb, resource) in itertools.product(people.items(), places, pairs):
        yield Question(user=user, groups=groups, namespace=namespace, verb=verb, resource=resource)


def group_of(sections: dict[str, Any]) -> str:
    return str(sections["teams"]["crew"]["identity_group"])


def is_expected(sections: dict[str, Any], one: Question) -> bool:
    if (one.verb, one.resource) in EVERYBODYS:
        return True
    if not one.namespace:
        return False
    workspace = one.namespace.removesuffix("-orders")
    if one.user == BOT:
        return False
    who = "crew" if one.groups else BOT if one.user == BOT_USER else one.user
    role = role_by_hand(sections, who, workspace, "orders")
    ROLES_SEEN.add(role)
    return role is not None and one.verb in allowed(ROLES, role).get(one.resource, ())


def test_the_matrix_was_large_and_had_grants_in_it(capsys: pytest.CaptureFixture[str]):
    """Last: the figures of the environments before."""
    with capsys.disabled():
        print(f"\naccess reviews: {FIGURES['asked']} asked, {FIGURES['granted']} granted, "
              f"{FIGURES['unexpected']} unexpected")  # fmt: skip
    assert FIGURES["asked"] > 10_000
    assert FIGURES["granted"] > 100
    assert FIGURES["unexpected"] == 0
    assert {*Role, None} == ROLES_SEEN
