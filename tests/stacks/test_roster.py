"""Who holds which role: ways in, grants and restrictions."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.access_args import Role, SubjectKind, Way
from stacks.account_settings import TeamSettings
from stacks.roster import Roster

ACCOUNTS = ("ada@example.com", "grace@example.com", "hedy@example.com")
ADA, GRACE, HEDY = ACCOUNTS
ROLES = list(Role)


def roster(**teams):
    return Roster(
        accounts=ACCOUNTS,
        teams={name.replace("_", "-"): TeamSettings.model_validate(team) for name, team in teams.items()},
    )


def roles(grants):
    return {one.subject: one.role for one in grants}


def ways(grants):
    return {one.subject: (one.way, one.team) for one in grants}


def test_members_of_a_team_hold_its_role():
    assert roles(roster(team={"members": [ADA, GRACE]}).grants({"team": Role.EDITOR})) == {
        ADA: Role.EDITOR,
        GRACE: Role.EDITOR,
    }


def test_the_most_permissive_way_in_counts():
    people = roster(team={"members": [ADA]}, others={"members": [ADA]})
    assert roles(people.grants({"team": Role.VIEWER, "others": Role.ADMIN, ADA: Role.EDITOR})) == {ADA: Role.ADMIN}


def test_a_team_with_a_group_lets_in_the_group_and_its_members():
    people = roster(team={"members": [ADA], "identity_group": "idp-team"})
    assert roles(people.grants({"team": Role.EDITOR})) == {ADA: Role.EDITOR, "idp-team": Role.EDITOR}


def test_the_most_permissive_team_counts_where_two_share_a_group():
    people = roster(one={"identity_group": "idp"}, other={"identity_group": "idp"})
    for members in ({"one": Role.ADMIN, "other": Role.VIEWER}, {"one": Role.VIEWER, "other": Role.ADMIN}):
        assert roles(people.grants(members)) == {"idp": Role.ADMIN}


def test_a_deployment_grants_more():
    assert roles(roster().grants({ADA: Role.VIEWER}, {ADA: Role.ADMIN, GRACE: Role.VIEWER})) == {
        ADA: Role.ADMIN,
        GRACE: Role.VIEWER,
    }


def test_a_deployment_restricts_a_person_whatever_their_teams_hold():
    people = roster(team={"members": [ADA, GRACE]})
    assert roles(people.grants({"team": Role.ADMIN}, {ADA: Role.VIEWER})) == {ADA: Role.VIEWER, GRACE: Role.ADMIN}


def test_a_deployment_shuts_out_a_person_or_a_team():
    people = roster(team={"members": [ADA, GRACE], "identity_group": "idp"})
    assert roles(people.grants({HEDY: Role.ADMIN, "team": Role.EDITOR}, {"team": "none"})) == {HEDY: Role.ADMIN}
    assert roles(roster().grants({HEDY: Role.ADMIN, ADA: Role.EDITOR}, {ADA: "none"})) == {HEDY: Role.ADMIN}


def test_a_restricted_team_leaves_its_members_their_other_ways_in():
    people = roster(team={"members": [ADA]}, others={"members": [ADA]})
    members = {"team": Role.ADMIN, "others": Role.EDITOR}
    assert roles(people.grants(members, {"team": "none"})) == {ADA: Role.EDITOR}


def test_a_grant_names_the_way_it_came_by():
    people = roster(team={"members": [ADA, GRACE], "identity_group": "idp"})
    assert ways(people.grants({"team": Role.EDITOR, GRACE: Role.EDITOR, HEDY: Role.ADMIN})) == {
        ADA: (Way.TEAM, "team"),
        GRACE: (Way.MEMBERSHIP, None),
        HEDY: (Way.MEMBERSHIP, None),
        "idp": (Way.TEAM, "team"),
    }


def test_a_grant_names_the_deployment_where_that_decided():
    people = roster(team={"members": [ADA], "identity_group": "idp"})
    grants = people.grants({GRACE: Role.ADMIN, "team": Role.VIEWER}, {"team": Role.EDITOR, HEDY: Role.VIEWER})
    assert ways(grants) == {
        ADA: (Way.OVERRIDE, "team"),
        GRACE: (Way.MEMBERSHIP, None),
        HEDY: (Way.OVERRIDE, None),
        "idp": (Way.OVERRIDE, "team"),
    }
    assert {one.subject for one in grants if one.is_exact} == {HEDY}
    assert {one.subject: one.kind for one in grants}["idp"] is SubjectKind.GROUP


def test_each_role_has_its_own_in_airflow():
    grants = roster().grants({ADA: Role.VIEWER, GRACE: Role.EDITOR, HEDY: Role.ADMIN})
    assert [one.airflow_role for one in grants] == ["Viewer", "User", "Admin"]


@pytest.mark.parametrize("role", ["none", Role.VIEWER])
def test_nobody_can_be_restricted_below_what_their_group_holds(role):
    people = roster(team={"members": [ADA], "identity_group": "idp"})
    (problem,) = people.restriction_problems((), {"team": Role.EDITOR}, {ADA: role})
    assert "group idp of team team" in problem.message


@pytest.mark.parametrize(
    ("members", "access"),
    [
        ({"team": Role.EDITOR}, {ADA: Role.EDITOR}),
        ({"team": Role.EDITOR}, {ADA: Role.ADMIN}),
        ({"team": Role.EDITOR}, {"team": "none", ADA: Role.VIEWER}),
        ({"team": Role.ADMIN}, {GRACE: "none"}),
        ({ADA: Role.EDITOR}, {ADA: "none"}),
        ({ADA: Role.ADMIN}, {ADA: Role.ADMIN}),
    ],
)
def test_other_restrictions_hold(members, access):
    people = roster(team={"members": [ADA], "identity_group": "idp"})
    assert list(people.restriction_problems((), members, access)) == []


@pytest.mark.parametrize(
    ("members", "access", "way"),
    [
        ({ADA: Role.ADMIN}, {ADA: "none"}, "is admin of the workspace, and"),
        ({ADA: Role.VIEWER, "team": Role.ADMIN}, {ADA: Role.EDITOR}, "is admin of the workspace through the team team"),
        ({"team": Role.ADMIN}, {"team": Role.VIEWER}, "is admin of the workspace, and"),
    ],
)
def test_an_admin_of_a_workspace_cannot_be_restricted(members, access, way):
    people = roster(team={"members": [ADA], "identity_group": "idp"})
    (problem,) = people.restriction_problems((), members, access)
    assert way in problem.message


TEAMS = st.dictionaries(
    st.sampled_from(["one", "two", "three"]),
    st.fixed_dictionaries(
        {"members": st.lists(st.sampled_from(ACCOUNTS), unique=True)},
        optional={"identity_group": st.sampled_from(["idp-a", "idp-b"])},
    ),
)
NAMES = st.sampled_from([*ACCOUNTS, "one", "two", "three"])


@given(
    teams=TEAMS,
    members=st.dictionaries(NAMES, st.sampled_from(ROLES)),
    access=st.dictionaries(NAMES, st.sampled_from([*ROLES, "none"])),
    data=st.data(),
)
def test_the_order_in_which_people_are_written_is_irrelevant(teams, members, access, data):
    def shuffled(entries):
        return dict(data.draw(st.permutations(list(entries.items()))))

    mixed_teams = {
        name: {**team, "members": data.draw(st.permutations(team["members"]))} for name, team in shuffled(teams).items()
    }
    mixed = Roster(accounts=tuple(data.draw(st.permutations(ACCOUNTS))), teams=roster(**mixed_teams).teams)
    assert mixed.grants(shuffled(members), shuffled(access)) == roster(**teams).grants(members, access)
