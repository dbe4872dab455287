"""Who may do what, by which way; and what a change does to it, against what the last run has exported."""

from typing import Any

import pytest

from stacks.access_report import access_changes, access_lines, all_changes
from stacks.offline import record_plan
from stacks.recording import reveal
from tests.environments import ADA, BOB, embedded, plan_of, small_environment

BOT = "ci@bots.example.com"
ACCOUNTS = {
    ADA: {"personal_workspace": False},
    BOB: {"personal_workspace": False},
    BOT: {"kind": "bot", "expires": "2099-06-30"},
}
TEAMS = {
    "crew": {"members": [ADA], "identity_group": "idp-crew"},
    "guests": {"members": [BOB]},
    "partners": {"identity_group": "idp-partners"},
}
ORDERS = "analytics.orders"


def environment(members: dict[str, str], **deployments: Any) -> dict[str, Any]:
    analytics = {"members": members, "deployments": {name: embedded(**one) for name, one in deployments.items()}}
    return small_environment(accounts=ACCOUNTS, teams=TEAMS, workspaces={"analytics": analytics})


def exported(sections: dict[str, Any]) -> dict[str, Any]:
    outputs: dict[str, Any] = reveal(record_plan(plan_of(sections)).stack_outputs)
    return outputs


def said(sections: dict[str, Any], place: str) -> dict[str, tuple[str, str | None, str]]:
    lines = access_lines(plan_of(sections))
    return {one.subject: (one.role, one.airflow_role, one.way) for one in lines if one.place == place}


MEMBERS = {"crew": "admin", "guests": "viewer", BOT: "editor"}


def test_each_line_says_the_role_and_the_way():
    sections = environment(MEMBERS, orders={"access": {"guests": "editor"}}, reports={"access": {BOB: "none"}})
    assert said(sections, "analytics") == {
        ADA: ("admin", None, "team crew"),
        BOB: ("viewer", None, "team guests"),
        BOT: ("editor", None, "membership, until 2099-06-30, not with Kubernetes"),
        "idp-crew": ("admin", None, "team crew"),
    }
    orders, reports = said(sections, "analytics.orders"), said(sections, "analytics.reports")
    assert orders[BOB] == ("editor", "User", "override of team guests")
    assert reports[BOB] == ("none", None, "override")
    assert orders[ADA] == reports[ADA] == ("admin", "Admin", "team crew")


def test_who_is_kept_out_is_listed_as_what_they_are_and_by_which_way():
    access = {BOT: "none", "guests": "none", "partners": "none"}
    orders = said(environment({"crew": "admin", "guests": "viewer", BOT: "editor"}, orders={"access": access}), ORDERS)
    assert orders[BOT] == ("none", None, "override")
    assert orders[BOB] == ("none", None, "override of team guests")
    assert orders["idp-partners"] == ("none", None, "override of team partners")
    kinds = {one.subject: one.kind for one in access_lines(plan_of(environment(MEMBERS, orders={"access": access})))}
    assert (kinds[BOT], kinds[BOB], kinds["idp-partners"]) == ("bot", "person", "group")


def test_who_has_another_way_in_is_not_kept_out_with_a_team():
    members = {ADA: "admin", BOB: "viewer", "guests": "editor"}
    assert said(environment(members, orders={"access": {"guests": "none"}}), ORDERS) == {
        ADA: ("admin", "Admin", "membership"),
        BOB: ("viewer", "Viewer", "membership"),
    }


def test_every_grant_of_a_plan_is_in_the_report_and_nothing_else():
    plan = plan_of(environment(MEMBERS, orders={}, reports={"access": {BOB: "none"}}))
    reported = {(one.place, one.subject) for one in access_lines(plan) if one.role != "none"}
    planned = {(f"{one.workspace}.{one.name}", grant.subject) for one in plan.deployments for grant in one.grants}
    assert reported == planned | {("analytics", grant.subject) for grant in plan.workspaces["analytics"].grants}


def changes(before: dict[str, Any] | None, after: dict[str, Any]) -> list[str]:
    return [str(one) for one in access_changes(exported(before) if before else {}, plan_of(after))]


def test_a_plan_that_changes_nothing_for_anybody_says_nothing():
    sections = environment(MEMBERS, orders={})
    assert changes(sections, environment(MEMBERS, orders={"scheduler": {"size": "medium"}})) == []


def test_who_comes_goes_and_changes_is_said_for_each_place():
    before = environment({"crew": "admin", "guests": "viewer"}, orders={}, reports={})
    after = environment({"crew": "admin", BOT: "editor"}, orders={}, reports={"access": {BOB: "editor"}})
    assert changes(before, after) == [
        f"analytics: {BOB}: viewer -> nothing",
        f"analytics: {BOT}: nothing -> editor",
        f"analytics.orders: {BOB}: viewer -> nothing",
        f"analytics.orders: {BOT}: nothing -> editor",
        f"analytics.reports: {BOB}: viewer -> editor",
        f"analytics.reports: {BOT}: nothing -> editor",
    ]


NAMED_OUT = f"analytics.orders: {BOB}: at most what a group gives -> none"
LET_BACK = f"analytics.orders: {BOB}: none -> at most what a group gives"


def test_who_is_in_by_a_group_alone_and_is_shut_out_or_let_back_is_said():
    members = {ADA: "admin", "partners": "viewer"}
    free, shut = environment(members, orders={}), environment(members, orders={"access": {BOB: "none"}})
    assert all_changes(exported(free), plan_of(shut)) == [NAMED_OUT]
    assert all_changes(exported(shut), plan_of(free)) == [LET_BACK]
    assert all_changes(exported(shut), plan_of(shut)) == []
    named = environment({**members, BOB: "viewer"}, orders={})
    assert f"analytics.orders: {BOB}: none -> viewer" in all_changes(exported(shut), plan_of(named))


def test_who_is_kept_out_of_what_is_new_retired_or_was_not_told_of_is_not_spoken_of():
    members = {ADA: "admin", "partners": "viewer"}
    shut = environment(members, orders={"access": {BOB: "none"}})
    assert not any(BOB in line for line in changes(environment(members), shut))
    retired = environment(members, orders={"access": {BOB: "none"}, "state": "retired"})
    assert not any(BOB in line for line in changes(shut, retired))
    outputs = exported(environment(members, orders={}))
    del outputs["workspaces"]["analytics"]["deployments"]["orders"]["shut_out"]
    assert all_changes(outputs, plan_of(shut)) == []


def test_a_group_that_gains_or_loses_is_marked_as_one():
    before = environment({ADA: "admin"}, orders={})
    assert "analytics.orders: group:idp-crew: nothing -> viewer" in changes(
        before, environment({ADA: "admin", "crew": "viewer"}, orders={})
    )


def test_a_deployment_that_moves_is_held_against_itself():
    before = environment({ADA: "admin", BOB: "viewer"}, orders={})
    moved = environment({ADA: "admin", BOB: "viewer"})
    leads = embedded(namespace="analytics-orders")
    moved["workspaces"]["sales"] = {"members": {BOB: "admin"}, "deployments": {"leads": leads}}
    assert changes(before, moved) == [
        f"sales: {BOB}: nothing -> admin",
        f"analytics.orders -> sales.leads: {ADA}: admin -> nothing",
        f"analytics.orders -> sales.leads: {BOB}: viewer -> admin",
    ]


def test_a_deployment_that_retires_lets_everybody_go():
    before = environment({ADA: "admin"}, orders={})
    assert changes(before, environment({ADA: "admin"}, orders={"state": "retired"})) == [
        f"analytics.orders: {ADA}: admin -> nothing"
    ]


def test_a_bot_that_becomes_another_client_or_stays_longer_is_spoken_of():
    before, after = environment({ADA: "admin", BOT: "editor"}), environment({ADA: "admin", BOT: "editor"})
    assert all_changes(exported(before), plan_of(after)) == []
    after["accounts"] = {**ACCOUNTS, BOT: {"kind": "bot", "expires": "2100-01-31", "client_id": "ci-pipeline"}}
    after["accounts"][BOT]["kubernetes_user"] = "oidc:ci"
    assert all_changes(exported(before), plan_of(after)) == [
        f"bot {BOT}: client_id nothing -> ci-pipeline",
        f"bot {BOT}: kubernetes_user nothing -> oidc:ci",
        f"bot {BOT}: expires 2099-06-30 -> 2100-01-31",
    ]
    assert all_changes(exported(environment({ADA: "admin"})), plan_of(after)) == [
        f"analytics: {BOT}: nothing -> editor"
    ]


OIDC = {"issuer": "https://id.example.com", "client_id": "airflow", "client_secret": "client"}
PROXY = {"url": "https://auth.example.com", "controller": "nginx"}


def entered(sign_in: Any = None, proxy: Any = None, names: Any = None, **deployments: Any) -> dict[str, Any]:
    ingress = {"domain": "airflow.example.com", **({"auth_proxy": proxy} if proxy else {})}
    sections = environment({ADA: "admin"}, **(deployments or {"orders": {}, "reports": {}}))
    sections["clusters"]["main"] |= {"ingress": ingress, "kubernetes_names": names or {}}
    return {**sections, "sign_in": sign_in or {}}


@pytest.mark.parametrize(
    ("before", "after", "line"),
    [
        ({}, {"sign_in": {"oidc": OIDC}}, "by passwords -> https://id.example.com"),
        ({"sign_in": {"oidc": OIDC}}, {}, "by https://id.example.com -> passwords"),
        (
            {"sign_in": {"oidc": OIDC}},
            {"sign_in": {"oidc": {**OIDC, "issuer": "https://id.example.org"}}},
            "by https://id.example.com -> https://id.example.org",
        ),
        (
            {"sign_in": {"oidc": OIDC}},
            {"sign_in": {"oidc": {**OIDC, "claims": {"groups": "roles"}}}},
            "claims email, groups, client_id -> email, roles, client_id",
        ),
        (
            {"sign_in": {"oidc": OIDC}},
            {"sign_in": {"oidc": {**OIDC, "audience": "bots"}}},
            "audience airflow -> bots",
        ),
        ({"proxy": PROXY}, {}, "door https://auth.example.com -> none"),
        ({}, {"proxy": PROXY}, "door none -> https://auth.example.com"),
        (
            {},
            {"names": {"user_prefix": "oidc:"}},
            "kubernetes_names <address>, group <group> -> oidc:<address>, group <group>",
        ),
    ],
    ids=str,
)
def test_how_people_enter_is_spoken_of_once_for_all_whom_it_concerns(before, after, line):
    assert all_changes(exported(entered(**before)), plan_of(entered(**after))) == [f"sign-in to all: {line}"]
    standing = exported(entered(**before, orders={}, reports={"state": "retired"}))
    planned = plan_of(entered(**after, orders={}, reports={"state": "retired"}, leads={}))
    said = [one for one in all_changes(standing, planned) if "leads" not in one]
    assert said == [f"sign-in to analytics.orders: {line}"]


def test_what_an_older_run_has_not_told_of_signing_in_is_left_alone():
    outputs = exported(entered(sign_in={"oidc": OIDC}, proxy=PROXY))
    for one in outputs["workspaces"]["analytics"]["deployments"].values():
        one["sign_in"] = {"by": "https://id.example.com", "redirect_address": None}
    assert all_changes(outputs, plan_of(entered(sign_in={"oidc": OIDC}))) == []
    del outputs["workspaces"]["analytics"]["deployments"]["orders"]["sign_in"]
    assert all_changes(outputs, plan_of(entered(sign_in={"oidc": OIDC}))) == []


def test_at_a_first_run_everything_is_new():
    assert changes(None, environment({ADA: "admin"}, orders={})) == [
        f"analytics: {ADA}: nothing -> admin",
        f"analytics.orders: {ADA}: nothing -> admin",
    ]
