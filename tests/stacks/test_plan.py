"""Planning an environment: homes, names, and that no workspace depends on another."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components import naming
from components.access_args import Role, ShutOutArgs, SubjectKind
from stacks.plan import plan_stack
from stacks.problems import SettingsError
from tests.environments import CLOUD
from tests.stacks.environments import ADA, GRACE, planned, refusals, shared, source


def test_every_account_has_a_personal_workspace_with_its_owner_as_admin():
    workspaces = planned().workspaces
    assert {one.owner for one in workspaces.values()} == {ADA, GRACE}
    for one in workspaces.values():
        assert [(entry.role, entry.users, entry.groups) for entry in one.members] == [(Role.ADMIN, (one.owner,), ())]


def test_an_account_may_go_without_a_personal_workspace():
    assert {
        one.owner for one in planned(accounts={ADA: {}, GRACE: {"personal_workspace": False}}).workspaces.values()
    } == {ADA}


def test_a_personal_workspace_is_named_by_its_address_or_by_hand():
    accounts = {ADA: {}, GRACE: {"personal_workspace": {"name": "grace"}}}
    assert set(planned(accounts=accounts).workspaces) == {naming.personal_workspace_name(ADA), "grace"}


def test_personal_deployments_are_planned_like_shared_ones():
    accounts = {ADA: {"personal_workspace": {"name": "ada", "deployments": {"sandbox": {}}}}, GRACE: {}}
    (sandbox,) = planned(accounts=accounts).deployments
    assert (sandbox.namespace, sandbox.workspace) == ("ada-sandbox", "ada")
    assert [(one.role, one.users) for one in sandbox.access] == [(Role.ADMIN, (ADA,))]


def test_a_person_alone_needs_no_other_workspace_for_many_deployments():
    own = {name: {} for name in ("one", "two", "three", "four")}
    personal = {"name": "ada", "budget": {}, "deployments": own}
    plan = planned(accounts={ADA: {"personal_workspace": personal}}, teams={}, workspaces={})
    assert [workspace.name for workspace in plan.workspaces.values()] == ["ada"]
    assert {one.name for one in plan.deployments} == set(own)
    assert {(grant.subject, grant.role) for one in plan.deployments for grant in one.grants} == {(ADA, Role.ADMIN)}


def test_a_team_may_be_a_member_of_any_number_of_workspaces():
    teams = {"crew": {"members": [GRACE], "identity_group": "idp-crew"}}
    roles = {"analytics": "viewer", "finance": "editor", "sales": "admin"}
    workspaces = {
        name: shared(members={ADA: "admin", "crew": role}, deployments={"orders": {}}) for name, role in roles.items()
    }
    for one in planned(teams=teams, workspaces=workspaces).deployments:
        held = {grant.subject: grant.role for grant in one.grants}
        assert held[GRACE] == held["idp-crew"] == roles[one.workspace]


def test_an_environment_may_have_no_personal_workspaces_but_those_asked_for():
    accounts = {ADA: {"personal_workspace": {}}, GRACE: {}, "hedy@example.com": {"personal_workspace": False}}
    plan = planned(accounts=accounts, personal_workspaces={"enabled": False})
    assert [one.owner for one in plan.workspaces.values()] == [ADA]


def test_personal_workspaces_follow_rules_of_their_own():
    accounts = {
        ADA: {"personal_workspace": {"name": "ada", "deployments": {"sandbox": {}, "kept": {"protect": True}}}},
        GRACE: {"personal_workspace": {"name": "grace", "budget": {"cpu": 5}, "deployments": {"sandbox": {}}}},
    }
    plan = planned(
        accounts=accounts,
        defaults={"database": {"secret": "made-elsewhere"}, "protect": True},
        personal_workspaces={"budget": {"cpu": 10}, "defaults": {"airflow_version": "3.1.8"}},
    )
    assert {name: one.budget.cpu for name, one in plan.workspaces.items()} == {"ada": 10_000, "grace": 5_000}
    assert {one.airflow_version for one in plan.deployments} == {"3.1.8"}
    # The rules are one section: whoever writes it says all of it.
    assert {one.database.secret_name for one in plan.deployments} == {"made-elsewhere"}


def test_without_a_word_personal_deployments_need_nothing_made_beforehand():
    accounts = {ADA: {"personal_workspace": {"name": "ada", "deployments": {"sandbox": {}}}}, GRACE: {}}
    (sandbox,) = planned(accounts=accounts, defaults={"database": {"secret": "elsewhere"}, "protect": True}).deployments
    assert sandbox.database.embedded
    assert not sandbox.is_protected


BOT = "ci@bots.example.com"


def test_a_bot_is_a_member_with_an_end_and_no_home():
    workspaces = {"analytics": shared(members={ADA: "admin", BOT: "editor"}, deployments={"orders": {}})}
    plan = planned(accounts={ADA: {}, BOT: {"kind": "bot", "expires": "2099-06-30"}}, workspaces=workspaces)
    assert BOT not in {one.owner for one in plan.workspaces.values()}
    (grant,) = [one for one in plan.deployments[0].grants if one.subject == BOT]
    assert (grant.kind, grant.expires, grant.role) == ("bot", date(2099, 6, 30), "editor")


def test_a_bot_is_good_on_its_last_day_and_not_on_the_next():
    written = source(accounts={ADA: {}, BOT: {"kind": "bot", "expires": "2027-06-30"}})
    assert plan_stack(replace(written, read_on=date(2027, 6, 30)))
    with pytest.raises(SettingsError, match="past its end"):
        plan_stack(replace(written, read_on=date(2027, 7, 1)))


def test_settings_are_inherited_from_environment_and_workspace():
    plan = planned(
        defaults={"database": "embedded", "airflow_version": "3.1.8", "env": {"STAGE": "test"}},
        workspaces={
            "analytics": shared(
                defaults={"airflow_version": "3.0.6", "scheduler": {"replicas": 2}},
                deployments={"orders": {"airflow_version": "2.11.2"}, "reports": {}},
            ),
            "finance": shared(deployments={"ledger": {}}),
        },
    )
    versions = {one.name: (one.airflow_version, one.scheduler.replicas) for one in plan.deployments}
    assert versions == {"orders": ("2.11.2", 2), "reports": ("3.0.6", 2), "ledger": ("3.1.8", 1)}
    assert {one.env["STAGE"] for one in plan.deployments} == {"test"}


def test_a_deployment_may_choose_its_namespace():
    plan = planned(workspaces={"analytics": shared(deployments={"orders": {"namespace": "orders-eu"}})})
    assert plan.deployments[0].namespace == "orders-eu"


def test_the_only_cluster_need_not_be_named():
    assert planned(workspaces={"analytics": shared(deployments={"orders": {}})}).deployments[0].cluster == "main"


@pytest.mark.parametrize("characters", [35, 36])
def test_a_namespace_may_have_as_many_characters_as_the_chart_leaves(characters):
    name = "o" * (characters - len("analytics-"))
    workspaces = {"analytics": shared(deployments={name: {}})}
    if characters <= naming.MAX_RELEASE_NAME:
        assert len(planned(workspaces=workspaces).deployments[0].namespace) == characters
    else:
        assert "has 36 characters" in refusals(workspaces=workspaces)[0]


def test_two_ways_of_writing_one_namespace_are_found():
    workspaces = {"a": shared(deployments={"b-c": {}}), "a-b": shared(deployments={"c": {}})}
    (line,) = refusals(workspaces=workspaces)
    assert line.startswith("workspaces.a-b.deployments.c: and a.b-c would share the namespace a-b-c.")


def test_a_shared_namespace_is_found_in_personal_workspaces_too():
    accounts = {ADA: {"personal_workspace": {"name": "ada", "deployments": {"sandbox": {}}}}, GRACE: {}}
    workspaces = {"analytics": shared(deployments={"orders": {"namespace": "ada-sandbox"}})}
    (line,) = refusals(accounts=accounts, workspaces=workspaces)
    assert "share the namespace ada-sandbox" in line


@pytest.mark.parametrize(
    ("written", "reference"),
    [
        (None, ".airspace/charts/airflow-1.22.0.tgz"),
        ("https://charts.example.com/airflow.tgz", ".airspace/charts/airflow-1.22.0.tgz"),
        ("oci://registry.example.com/airflow", "oci://registry.example.com/airflow"),
    ],
)
def test_releases_are_made_from_the_local_archive_but_for_registries(written, reference):
    chart = planned(chart={"source": written} if written else {}).chart
    assert (chart.reference, chart.source, chart.version) == (reference, written, "1.22.0")


def test_a_cluster_by_secret_kubeconfig_needs_the_secret():
    clusters = {"main": {**CLOUD, "kubeconfig_config": "kubeconfig"}}
    assert planned(["kubeconfig"], clusters=clusters).clusters["main"].kubeconfig_config_key == "kubeconfig"


def test_a_plan_keeps_a_stable_order_whatever_the_order_of_the_file():
    deployments = {"reports": {}, "orders": {}}
    plan = planned(workspaces={"b": shared(), "a": shared(deployments=deployments)})
    assert list(plan.workspaces) == sorted(plan.workspaces)
    assert [one.name for one in plan.workspaces["a"].deployments] == ["orders", "reports"]


NAMES = st.from_regex(r"[a-z]{1,6}", fullmatch=True)
ADDRESSES = st.builds(lambda name, host: f"{name}@{host}.example.com", NAMES, NAMES)
EXECUTORS = st.sampled_from(["LocalExecutor", "CeleryExecutor", "KubernetesExecutor"])
DEPLOYMENTS = st.dictionaries(
    NAMES,
    st.fixed_dictionaries({}, optional={"executor": EXECUTORS, "scheduler": st.just({"replicas": 2})}),
    max_size=2,
)


@st.composite
def environments(draw):
    """Draw people, teams and workspaces that fit together."""
    accounts = draw(st.lists(ADDRESSES, unique=True, min_size=1, max_size=5))
    people = st.lists(st.sampled_from(accounts), unique=True, min_size=1)
    teams = {f"team-{name}": {"members": draw(people)} for name in draw(st.sets(NAMES, max_size=3))}
    members = st.dictionaries(st.sampled_from([*accounts, *teams]), st.sampled_from([*Role]), max_size=4)
    return {
        "accounts": {account: {} for account in accounts},
        "teams": teams,
        "workspaces": {
            f"ws-{name}": {
                "members": {key: str(role) for key, role in draw(members).items()} | {accounts[0]: "admin"},
                "deployments": draw(DEPLOYMENTS),
            }
            for name in draw(st.sets(NAMES, max_size=4))
        },
    }


@given(environments(), ADDRESSES, NAMES, DEPLOYMENTS)
def test_adding_an_account_a_team_or_a_workspace_changes_no_other_workspace(environment, address, name, deployments):
    before = planned(**environment).workspaces
    accounts = environment["accounts"]
    larger = {
        "accounts": {f"new.{address}": {}, **accounts},
        "teams": {
            "all-new": {"members": [f"new.{address}", *accounts], "identity_group": "idp-new"},
            **environment["teams"],
        },
        "workspaces": {
            f"new-{name}": {"members": {"all-new": "admin"}, "deployments": deployments},
            **environment["workspaces"],
        },
    }
    after = planned(**larger).workspaces
    assert {key: after[key] for key in before} == before
    assert len(after) == len(before) + 2


@given(environments(), st.data())
def test_removing_a_workspace_changes_no_other(environment, data):
    before = planned(**environment).workspaces
    if not environment["workspaces"]:
        return
    gone = data.draw(st.sampled_from(sorted(environment["workspaces"])))
    left = {name: one for name, one in environment["workspaces"].items() if name != gone}
    after = planned(**environment | {"workspaces": left}).workspaces
    assert after == {name: one for name, one in before.items() if name != gone}


def test_the_environment_is_told_to_everything_that_is_planned():
    written = source(workspaces={"analytics": shared(deployments={"orders": {}})})
    plan = plan_stack(replace(written, environment="eu-prod"))
    parts = [plan, *plan.clusters.values(), *plan.workspaces.values(), *plan.deployments]
    assert {one.environment for one in parts} == {"eu-prod"}


def test_a_deployment_names_whom_it_keeps_out_and_nobody_enters_a_retired_one():
    deployments = {"orders": {"access": {GRACE: "none"}}, "old": {"state": "retired", "access": {GRACE: "none"}}}
    plan = planned(workspaces={"analytics": shared(members={ADA: "admin", GRACE: "viewer"}, deployments=deployments)})
    old, orders = plan.workspaces["analytics"].deployments
    assert orders.shut_out == (ShutOutArgs(subject=GRACE, kind=SubjectKind.PERSON),)
    assert [one.subject for one in orders.grants] == [ADA]
    assert (old.grants, old.shut_out) == ((), ())
