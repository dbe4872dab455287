"""What is said of a plan that is right all the same."""

from datetime import date

import pytest

from components import airflow_support, airflow_versions
from stacks.notices import access_notices, notices
from tests.environments import ADA, BOB, embedded, plan_of, small_environment, workspace

OIDC = {"issuer": "https://id.example.com", "client_id": "airflow", "client_secret": "client"}
END = date(2026, 4, 22)
EARLY = date(2026, 1, 1)


def said(today: date = date(2025, 6, 1), **settings: object) -> list[str]:
    analytics = {**workspace(), "deployments": {"orders": embedded(**settings)}}
    return notices(plan_of(small_environment(workspaces={"analytics": analytics})), today)


def test_most_plans_leave_nothing_to_say():
    assert said() == []


@pytest.mark.parametrize(
    ("today", "expected"),
    [
        (date(2026, 1, 21), []),
        (date(2026, 1, 22), ["Airflow 2.11.2 has no fixes from 2026-04-22"]),
        (END, ["Airflow 2.11.2 has had no fixes since 2026-04-22"]),
    ],
)
def test_the_end_of_a_release_is_said_in_time(today, expected):
    assert [line.split(",")[0] for line in said(today, airflow_version="2.11.2")] == expected
    assert said(date(2026, 3, 1), airflow_version="3.2.2") == []


@pytest.mark.parametrize(
    ("version", "since"), [("3.0.0", "2025-09-25"), ("3.1.8", "2026-04-07"), ("3.2.2", "2026-07-06")]
)
def test_a_minor_is_mended_until_the_next_one_is_there(version, since):
    assert said(date(2026, 11, 1), airflow_version=version) == [
        f"Airflow {version} has had no fixes since {since}, not even for security. Upgrade analytics.orders to 3.3.2"
    ]
    assert said(date(2026, 11, 1), airflow_version="3.3.0") == []


def test_the_end_of_a_release_is_said_once_for_all_that_run_it():
    deployments = {name: embedded(airflow_version="3.0.0") for name in ("a", "b", "c", "d", "e")}
    plan = plan_of(small_environment(workspaces={"analytics": {**workspace(), "deployments": deployments}}))
    [line] = notices(plan, date(2026, 1, 1))
    assert line.endswith("Upgrade analytics.a, analytics.b, analytics.c and 2 more to 3.3.2")


def test_permission_to_lose_something_is_not_left_lying_about():
    assert said(may_lose=["logs", "database"]) == [
        "analytics.orders: may lose database and logs. Remove `may_lose` once that change is done"
    ]


def test_a_retired_deployment_is_not_forgotten():
    assert said(state="retired") == [
        "analytics.orders: is retired. Remove it from the file when its database, keys and volumes may go"
    ]


@pytest.mark.parametrize(("today", "count"), [(date(2099, 5, 1), 0), (date(2099, 5, 2), 1)])
def test_the_end_of_a_bot_is_said_in_time(today, count):
    accounts = {**small_environment()["accounts"], "ci@example.com": {"kind": "bot", "expires": "2099-06-01"}}
    analytics = workspace(members={"crew": "admin", "ci@example.com": "editor"})
    lines = notices(plan_of(small_environment(accounts=accounts, workspaces={"analytics": analytics})), today)
    assert [line.startswith("ci@example.com: the last day of this bot is 2099-06-01") for line in lines] == [
        True
    ] * count


def test_every_known_release_has_its_dates():
    assert {airflow_support.minor(version) for version in airflow_versions.VERSIONS} == set(airflow_support.MINORS)


def test_every_known_release_runs_on_a_kubernetes_that_the_chart_asks_for():
    floor = airflow_support.KUBERNETES_FLOOR
    for minor, one in airflow_support.MINORS.items():
        assert not airflow_support.is_older(one.kubernetes[1], floor), minor


def test_groups_that_no_identity_provider_tells_are_said():
    teams = {"data": {"identity_group": "idp-data"}}
    analytics = {**workspace(), "deployments": {"orders": embedded()}}
    analytics["members"] = {**analytics["members"], "data": "viewer"}
    environment = small_environment(workspaces={"analytics": analytics}, teams=teams)
    [line] = notices(plan_of(environment), EARLY)
    assert line.startswith("analytics.orders: nobody enters its UI through idp-data: ")
    assert notices(plan_of({**environment, "sign_in": {"oidc": OIDC}}), EARLY) == []


@pytest.mark.parametrize(
    ("access", "said_to_be"), [({BOB: "none"}, "none"), ({BOB: "viewer"}, "viewer"), ({BOB: "admin"}, None), ({}, None)]
)
def test_who_is_kept_out_by_name_and_may_be_in_a_group_is_said(access, said_to_be):
    """Only the provider knows who is in it, and Kubernetes lets nobody be taken out."""
    teams = {"data": {"identity_group": "idp-data"}}
    analytics = {"members": {ADA: "admin", "data": "editor"}, "deployments": {"orders": embedded(access=access)}}
    sections = small_environment(workspaces={"analytics": analytics}, teams=teams, sign_in={"oidc": OIDC})
    lines = notices(plan_of(sections), EARLY)
    assert lines == [str(one) for one in access_notices(plan_of(sections))]
    start = f"analytics.orders: bob@example.com is {said_to_be} here by name, and the group idp-data is editor: "
    assert [line.startswith(start) for line in lines] == ([True] if said_to_be else [])


@pytest.mark.parametrize(
    ("controller", "members", "remedy"),
    [
        ("nginx", {"data": "admin"}, None),
        ("nginx", {"ada@example.com": "admin"}, "to such groups only"),
        ("nginx", {"data": "viewer", "ada@example.com": "admin"}, "to such groups only"),
        ("traefik", {"ada@example.com": "admin"}, None),
        ("traefik", {"data": "viewer", "ada@example.com": "admin"}, "to groups only, or to people only"),
    ],
)
def test_a_door_that_cannot_tell_who_may_pass_is_said(controller, members, remedy):
    proxy = {"url": "https://auth.example.com", "controller": controller}
    ingress = {"domain": "airflow.example.com", "auth_proxy": proxy}
    clusters = {"main": {"hosting": "enterprise", "context": "somewhere", "ingress": ingress}}
    sections = small_environment(
        clusters=clusters,
        teams={"data": {"identity_group": "idp-data"}},
        workspaces={"analytics": {"members": members, "deployments": {"orders": embedded()}}},
        sign_in={"oidc": OIDC},
    )
    lines = notices(plan_of(sections), EARLY)
    said = "analytics.orders: its door lets everybody pass who signs in"
    assert [line.startswith(said) and line.endswith(f"Give access {remedy}") for line in lines] == [True] * bool(remedy)


@pytest.mark.parametrize(
    ("pods", "schedulers", "expected"),
    [
        (8, 1, []),
        (8, 2, []),
        (8, 3, ["2 of its 8 task pods will never run: 3 schedulers divide them, 2 each. Let max_task_pods be 6 or 9"]),
    ],
)
def test_task_pods_that_schedulers_cannot_divide_are_not_reserved_in_silence(pods, schedulers, expected):
    executor = {"type": "KubernetesExecutor", "max_task_pods": pods}
    lines = said(executor=executor, scheduler={"replicas": schedulers})
    assert lines == [f"analytics.orders: {line}" for line in expected]
