"""What a change does to the roles themselves, against what the last run has exported."""

from typing import Any

from components.access_args import Role
from components.roles import ROLES
from stacks.inventory import roles_table
from stacks.role_changes import role_changes
from stacks.role_settings import RolesSettings
from tests.environments import plan_of, small_environment


def environment(**roles: Any) -> dict[str, Any]:
    return small_environment(roles=roles, stage="development")


def outputs(**roles: Any) -> dict[str, Any]:
    table = roles_table(plan_of(environment(**roles)).roles)
    # As an engine hands it back: sorted by name.
    return {"roles": {name: table[name] for name in sorted(table)}}


def changes(before: dict[str, Any], **roles: Any) -> list[str]:
    return [str(one) for one in role_changes(before, plan_of(environment(**roles)))]


def test_roles_that_stay_as_they_are_are_not_spoken_of():
    assert changes(outputs()) == []
    own = {"viewer": {"kubernetes": {"configmaps": []}}, "editor": {"airflow_role": "Op"}}
    assert changes(outputs(**own), **own) == []


def test_what_one_role_gains_those_above_it_gain_too_unless_they_had_it():
    assert changes(outputs(), viewer={"kubernetes": {"pods": ["get", "list", "watch", "delete"]}}) == [
        "role viewer: gains delete on pods"
    ]
    assert changes(outputs(), editor={"kubernetes": {"pods": ["delete"], "pods.metrics.k8s.io": ["list", "get"]}}) == [
        "roles editor, admin: gains get, list on pods.metrics.k8s.io"
    ]


def test_what_is_taken_away_is_said_of_each_role_that_loses_it():
    assert changes(outputs(), viewer={"kubernetes": {"configmaps": [], "pods/log": ["get"]}}) == [
        "roles viewer, editor, admin: loses get, list, watch on configmaps",
        "roles viewer, editor, admin: loses list, watch on pods/log",
    ]
    assert changes(outputs(admin={"kubernetes": {"pods/exec": ["create"]}})) == [
        "role admin: loses create on pods/exec"
    ]


def test_the_role_in_airflow_and_the_actions_of_front_doors_are_told():
    assert changes(
        outputs(),
        viewer={"actions": ["see"]},
        editor={"airflow_role": "Op", "actions": ["add"]},
    ) == [
        "role viewer: loses read_logs at front doors",
        "roles editor, admin: loses change, hibernate, read_logs, restart at front doors",
        "role editor: in Airflow User -> Op",
    ]


def test_at_a_first_run_no_role_has_changed():
    assert changes({}, editor={"airflow_role": "Op"}) == []


def test_outputs_from_before_they_told_of_roles_leave_it_open_and_say_so():
    (line,) = changes({"schema_version": 2, "workspaces": {}})
    assert line.startswith("roles viewer, editor, admin: what they could do so far was not noted.")


def test_what_is_exported_can_be_written_into_a_stack_file():
    assert RolesSettings.model_validate(roles_table(ROLES)) is not None
    assert plan_of(environment(**roles_table(ROLES))).roles[Role.VIEWER].kubernetes == ROLES[Role.VIEWER].kubernetes
