"""What is printed for an administrator: whole manifests that kubectl takes as they are."""

import subprocess
import sys

import pytest
import yaml

from console.administration import parse_subject, show_provided_objects, show_rights
from stacks.project import PROJECT_ROOT


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("User:ci@example.com", {"kind": "User", "name": "ci@example.com", "apiGroup": "rbac.authorization.k8s.io"}),
        ("Group:oidc:ops", {"kind": "Group", "name": "oidc:ops", "apiGroup": "rbac.authorization.k8s.io"}),
        ("ServiceAccount:ci/runner", {"kind": "ServiceAccount", "name": "runner", "namespace": "ci"}),
    ],
)
def test_a_subject_is_read_as_bindings_write_it(text, expected):
    assert parse_subject(text).as_kubernetes() == expected


@pytest.mark.parametrize("text", ["", "ada", "User:", "ServiceAccount:runner", "ServiceAccount:/x", "Robot:x"])
def test_what_is_no_subject_is_refused(text):
    with pytest.raises(ValueError, match="ServiceAccount:<namespace>/<name>"):
        parse_subject(text)


def test_rights_are_printed_as_yaml_without_anchors_and_with_the_name_of_each_cluster():
    text = show_rights("prod", None, parse_subject("Group:ops"))
    found = [one for one in yaml.safe_load_all(text) if one]
    assert [one["kind"] for one in found] == ["ClusterRole", "ClusterRoleBinding"] * 2
    assert {one["subjects"][0]["name"] for one in found if "subjects" in one} == {"ops"}
    assert "&id" not in text
    assert [line for line in text.splitlines() if line.startswith("#")] == ["# cluster main", "# cluster restricted"]


def test_nothing_is_printed_for_an_administrator_where_everything_is_managed():
    assert show_provided_objects("local", None) == "# cluster main: nothing\n"


def console(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "console", *arguments]
    return subprocess.run(command, cwd=PROJECT_ROOT, capture_output=True, text=True, timeout=60, check=False)


def test_the_commands_end_with_the_statuses_of_the_others():
    assert console("rights", "--stack", "dev", "--subject", "User:ci").returncode == 0
    assert console("rights", "--stack", "no-such-stack").returncode == 1
    assert console("cluster-objects", "--stack", "no-such-stack").returncode == 1
    refused = console("rights", "--stack", "dev", "--subject", "ci")
    assert refused.returncode == 2
    assert "--subject" in refused.stderr
