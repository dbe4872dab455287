"""Nothing that is done to one workspace shows in another, in random small environments."""

import copy
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from components import deployment_secrets, naming
from components.access_args import Role
from stacks.recording import Recording, redacted
from tests.environments import ADA, BOB, embedded, plan_of, small_environment, workspace
from tests.recorded_rules import deploy_plan

CI = "ci@bots.example.com"
OIDC = {"issuer": "https://id.example.com", "client_id": "airflow", "client_secret_config": "airflow-client"}
SECRETS = ("airflow-client", "password-of-ada", "warehouse-token")
SHARED = {
    "warehouse": {
        "env": {"WAREHOUSE": "https://warehouse.example.com"},
        "secret_env": {"WAREHOUSE_TOKEN": "warehouse-token"},
        "connections": {"warehouse": "warehouse-token"},
    }
}


def recorded(sections: dict[str, Any]) -> Recording:
    return deploy_plan(plan_of(sections, secrets=SECRETS))


DEPLOYMENTS = st.dictionaries(
    st.sampled_from(["orders", "reports"]),
    st.sampled_from([embedded(), embedded(executor="CeleryExecutor"), embedded(executor="KubernetesExecutor")]),
    max_size=2,
)
MEMBERS = st.dictionaries(st.sampled_from([ADA, BOB, CI, "crew"]), st.sampled_from(list(Role)), max_size=2).map(
    lambda members: {**members, ADA: "admin"}
)
WORKSPACES = st.dictionaries(
    st.sampled_from(["analytics", "logistics", "finance"]),
    st.builds(
        lambda members, deployments, shared: {"members": members, "deployments": deployments, "shared": shared},
        *(MEMBERS, DEPLOYMENTS, st.sampled_from([{}, SHARED])),
    ),
    max_size=2,
)
PERSONAL = st.sampled_from(
    [{}, {"personal_workspace": False}, {"personal_workspace": {"deployments": {"own": embedded()}}}]
)
SIGN_IN = st.sampled_from([{}, {"passwords": {ADA: "password-of-ada"}}, {"oidc": OIDC}])
ROLES = st.sampled_from([{}, {"editor": {"airflow_role": "Op", "kubernetes": {"pods.metrics.k8s.io": ["get"]}}}])


def environment(
    ada: Any, bob: Any, workspaces: Any, sign_in: Mapping[str, Any], roles: Mapping[str, Any]
) -> dict[str, Any]:
    bot = {"kind": "bot", "expires": "2099-06-30", "client_id": "ci-pipeline"}
    accounts = {ADA: ada, BOB: bob, CI: bot}
    teams = {"crew": {"members": [ADA, BOB], "identity_group": "idp-crew"}}
    return small_environment(accounts=accounts, teams=teams, workspaces=workspaces, sign_in=sign_in, roles=roles)


ENVIRONMENTS = st.builds(environment, PERSONAL, PERSONAL, WORKSPACES, SIGN_IN, ROLES)
NEWCOMERS = st.fixed_dictionaries(
    {},
    optional={
        "accounts": st.sampled_from(
            [
                {"zoe@example.com": {"personal_workspace": {"deployments": {"own": embedded()}}}},
                {"zoe@example.com": {}},
                {"zoe@example.com": {"personal_workspace": False}},
                {"zoe@example.com": {"kind": "bot", "expires": "2099-12-31", "client_id": "zoe"}},
            ]
        ),
        "teams": st.sampled_from(
            [
                {"zebras": {"members": [ADA], "identity_group": "zebras"}},
                {"zebras": {"members": [ADA, BOB]}},
                {"zebras": {"identity_group": "crew"}},
            ]
        ),
        "workspaces": st.just({"zoo": workspace("cage", members={"crew": "admin"})}),
    },
)
EVERYBODY_NEW = {
    "accounts": {"zoe@example.com": {"personal_workspace": {"deployments": {"own": embedded()}}}},
    "teams": {"zebras": {"members": [ADA]}},
    "workspaces": {"aardvark": workspace("den")},
}

EVERYTHING = {"members": {ADA: "admin", CI: "editor", "crew": "viewer"}, "shared": SHARED}
FULL = {
    "analytics": {**EVERYTHING, "deployments": {"orders": embedded(access={BOB: "admin"}), "old": embedded()}},
    "finance": {**EVERYTHING, "deployments": {"ledger": embedded(access={CI: "none", "crew": "none"})}},
}


def full(sign_in: Mapping[str, Any]) -> dict[str, Any]:
    """Return an environment with everything that is said of access, once."""
    own = {"personal_workspace": {"deployments": {"own": embedded()}}}
    return environment(own, {}, FULL, sign_in, {"editor": {"airflow_role": "Op"}})


examples = partial(settings, suppress_health_check=[HealthCheck.too_slow])


@contextmanager
def _same_secrets() -> Iterator[None]:
    """Generate equal values in each run: a digest of them is part of what is compared."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(deployment_secrets, "generate", lambda purpose: f"generated value of {purpose}")
        yield


def facts(sections: dict[str, Any]) -> dict[str, Any]:
    """Return everything that an engine would compare, by URN."""
    with _same_secrets():
        recording = recorded(sections)
    found = {
        one.urn: {**vars(one), "inputs": redacted(one.inputs), "dependencies": sorted(one.dependencies)}
        for one in recording.resources
    }
    inventory = recording.stack_outputs["workspaces"]
    return {**found, **{f"inventory of {name}": entry for name, entry in inventory.items()}}


@examples(max_examples=20)
@example(sections=small_environment(), newcomers=EVERYBODY_NEW)
@example(sections=full({"oidc": OIDC}), newcomers=EVERYBODY_NEW)
@example(sections=full({"passwords": {ADA: "password-of-ada"}}), newcomers=EVERYBODY_NEW)
@given(sections=ENVIRONMENTS, newcomers=NEWCOMERS)
def test_newcomers_change_nothing_for_those_who_are_there(sections, newcomers):
    """Read backwards: who leaves takes nothing along but what was theirs."""
    more = {**sections, **{section: {**entries, **sections[section]} for section, entries in newcomers.items()}}
    before, after = facts(sections), facts(more)
    assert {urn: fact for urn, fact in after.items() if urn in before} == before
    owners = ("zoe", "zoo", "aardvark")
    assert [urn for urn in after if urn not in before and not any(owner in urn for owner in owners)] == []


@pytest.mark.parametrize("sign_in", [{"oidc": OIDC}, {"passwords": {ADA: "password-of-ada"}}], ids=str)
@pytest.mark.parametrize("gone", ["finance", BOB, CI, "crew"])
def test_what_is_removed_changes_only_where_it_had_access(sign_in, gone):
    """A workspace, a person, a bot, a team: in an environment where others have everything that is said of access."""
    sections = full(sign_in)
    sections["workspaces"]["logistics"] = workspace("fleet", members={ADA: "admin"})
    before, after = facts(sections), facts(without(sections, gone))
    assert gone in repr(before)
    assert gone not in repr(after), "who is removed leaves nothing behind"
    changed = {urn for urn in before if before[urn] != after.get(urn)} | (set(after) - set(before))
    home = naming.personal_workspace_name(gone) if "@" in gone else "finance"
    touched = ("finance",) if gone == "finance" else ("analytics", "finance", home)
    assert changed
    assert [urn for urn in changed if not any(name in urn for name in touched)] == []


def without(sections: Any, gone: str) -> Any:
    """Take a name out of an environment wherever it is written."""
    if isinstance(sections, dict):
        return {key: without(value, gone) for key, value in sections.items() if key != gone}
    return [without(one, gone) for one in sections if one != gone] if isinstance(sections, list) else sections


def test_an_account_that_leaves_a_team_changes_only_where_the_team_is_a_member():
    sections = small_environment(
        workspaces={
            "analytics": workspace("orders", members={"crew": "viewer", ADA: "admin"}),
            "finance": workspace("ledger"),
        }
    )
    before = facts(sections)
    after = facts({**sections, "teams": {"crew": {"members": [ADA]}}})
    changed = {urn for urn in before if before[urn] != after.get(urn)} | (set(after) - set(before))
    assert changed
    assert [urn for urn in changed if "analytics" not in urn] == []


def shuffled(value: Any, order: Any) -> Any:
    """Return the same settings, written in another order."""
    if not isinstance(value, dict):
        return value
    keys = list(value)
    order.shuffle(keys)
    return {key: shuffled(value[key], order) for key in keys}


@examples(max_examples=10)
@example(sections=small_environment(), order=SimpleNamespace(shuffle=list.reverse))
@given(sections=ENVIRONMENTS, order=st.randoms(use_true_random=False))
def test_the_order_of_a_stack_file_means_nothing(sections, order):
    assert facts(shuffled(copy.deepcopy(sections), order)) == facts(sections)


def most_dependencies(count: int) -> dict[str, int]:
    workspaces = {f"team-{number}": workspace("orders") for number in range(count)}
    recording = recorded(small_environment(workspaces=workspaces))
    most: dict[str, int] = {}
    for one in recording.resources:
        most[one.type] = max(most.get(one.type, 0), len(one.dependencies))
    return most


def test_dependencies_do_not_grow_with_the_number_of_workspaces():
    """Dependencies of everything on everything made 4,000 resources take five times as long."""
    assert most_dependencies(2) == most_dependencies(9)
