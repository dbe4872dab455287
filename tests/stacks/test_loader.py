"""YAML as Pulumi reads it, and stack files sorted into sections and secrets."""

import pytest

from stacks.loader import read_config, read_stack_file, select_context, stack_file
from stacks.problems import SettingsError
from tests.stacks.environments import source


@pytest.fixture
def written(tmp_path):
    """Read a stack file with this text below `config`."""

    def read(text, environment="dev"):
        path = stack_file(tmp_path, environment)
        path.write_text("config:\n" + text)
        return read_stack_file(path, path.name)

    return read


@pytest.mark.parametrize("text", ["yes", "no", "on", "off", "1:30", "2024-01-31", "0o17", "017", "0x1f", "1_000", "y"])
def test_what_pulumi_reads_as_text_stays_text(written, text):
    assert written(f"  airspace:defaults: {{env: {{VALUE: {text}}}}}\n").sections["defaults"]["env"]["VALUE"] == text


@pytest.mark.parametrize(
    ("text", "value"), [("true", True), ("False", False), ("12", 12), ("-3", -3), ("0", 0), ("1.5", 1.5), ("~", None)]
)
def test_what_pulumi_reads_as_a_value_is_a_value(written, text, value):
    read = written(f"  airspace:defaults: {{env: {{VALUE: {text}}}}}\n").sections["defaults"]["env"]["VALUE"]
    assert (read, type(read)) == (value, type(value))


@pytest.mark.parametrize("name", ["2024", "true", "1.5", "null"])
def test_names_are_text_whatever_they_look_like(written, name):
    assert list(written(f"  airspace:teams:\n    {name}: {{}}\n").sections["teams"]) == [name]


def test_duplicate_keys_are_named_with_both_lines(written):
    text = (
        "  airspace:teams:\n    one: {identity_group: a}\n    two: {identity_group: b}\n    one: {identity_group: c}\n"
    )
    (problem,) = written(text).problems
    assert problem.path == ("teams", "one")
    assert "lines 3 and 5" in problem.message


def test_one_key_may_stand_in_several_places(written):
    assert written("  airspace:teams:\n    one: {members: []}\n    two: {members: []}\n").problems == ()


def test_anchors_and_merges_are_read_as_yaml_means_them(written):
    text = "  airspace:teams:\n    one: &one {identity_group: a, members: []}\n    two: {<<: *one, identity_group: b}\n"
    assert written(text).sections["teams"]["two"] == {"identity_group": "b", "members": []}


def test_the_environment_is_named_by_its_file(written):
    assert written("  airspace:teams: {}\n", environment="eu-west").environment == "eu-west"


def test_keys_of_other_programs_and_the_engine_are_left_alone(written):
    read = written("  aws:region: eu-central-1\n  airspace:teams: {}\n")
    assert (read.sections, read.problems) == ({"teams": {}}, ())


def test_sections_and_secrets_may_be_written_without_the_prefix():
    read = read_config("dev", "dev", {"teams": {}, "orders_url": {"secure": "v1:encrypted"}})
    assert (read.sections, read.secret_keys, read.problems) == ({"teams": {}}, {"orders_url"}, ())


def test_of_a_secret_only_the_key_is_kept(written):
    read = written("  airspace:orders_url: {secure: v1:hunter2}\n")
    assert read.secret_keys == {"orders_url"}
    assert "hunter2" not in repr(read)


def test_lines_are_known_for_maps_and_lists(written):
    lines = written(
        "  airspace:teams:\n    one:\n      members:\n        - a@example.com\n        - b@example.com\n"
    ).lines
    assert lines[("teams", "one")] == 3
    assert lines[("teams", "one", "members", "1")] == 6


def test_a_stack_that_does_not_exist_is_refused_with_those_that_do(tmp_path):
    stack_file(tmp_path, "dev").touch()
    stack_file(tmp_path, "prod").touch()
    with pytest.raises(SettingsError, match=r"prd.yaml: the file: does not exist. Choose one of the stacks dev, prod"):
        read_stack_file(stack_file(tmp_path, "prd"))


@pytest.mark.parametrize("name", ["", "../x", "a;id", "eu-west.prod", "/etc/passwd"])
def test_what_cannot_be_a_name_is_refused_before_any_path_is_made_of_it(tmp_path, name):
    stack_file(tmp_path, "dev").touch()
    with pytest.raises(
        SettingsError, match=r"is not the name of a stack; use lower-case .* Choose one of dev"
    ) as refused:
        stack_file(tmp_path, name)
    assert str(refused.value).startswith(f"stack: {name!r}: ")


def test_a_folder_in_place_of_a_file_is_refused(tmp_path):
    stack_file(tmp_path, "dev").mkdir()
    with pytest.raises(SettingsError, match=r"dev.yaml: the file: cannot be read: Is a directory. Put a file there"):
        read_stack_file(stack_file(tmp_path, "dev"))


def test_a_file_that_is_no_text_is_refused(tmp_path):
    path = stack_file(tmp_path, "dev")
    path.write_bytes(b"config: \xff\xfe")
    with pytest.raises(SettingsError, match="is not text in UTF-8"):
        read_stack_file(path)


@pytest.mark.parametrize(
    "text", ["!!int hunter2", "*hunter2", "!hunter2 x", "&a [*a]", "{? [hunter2] : b}", "'hunter2", "@hunter2"]
)
def test_what_yaml_cannot_read_is_refused_without_being_repeated(written, text):
    with pytest.raises(SettingsError, match=r"dev.yaml:\d+: the file: is not YAML: ") as refused:
        written(f"  airspace:teams: {text}\n")
    assert "hunter2" not in str(refused.value)


def test_a_selected_context_replaces_every_other_address():
    clusters = {"main": {"hosting": "cloud", "kubeconfig": "/path", "kubeconfig_config": "key", "storage_class": "gp3"}}
    aimed = select_context(source(clusters=clusters), "mine")
    assert aimed.sections["clusters"] == {"main": {"hosting": "cloud", "storage_class": "gp3", "context": "mine"}}


def test_one_context_cannot_stand_for_several_clusters():
    clusters = {name: {"hosting": "cloud", "context": name} for name in ("east", "west")}
    with pytest.raises(SettingsError, match=r"clusters: there are several clusters \(east, west\)"):
        select_context(source(clusters=clusters), "mine")


@pytest.mark.parametrize("clusters", [None, [], {"main": None}, "main"])
def test_selecting_a_context_leaves_it_to_validation_to_judge_odd_clusters(clusters):
    odd = read_config("dev", "dev", {"clusters": clusters})
    assert select_context(odd, "mine") == odd


def test_the_environment_variable_names_the_chart_before_the_file_does(monkeypatch):
    monkeypatch.setenv("AIRSPACE_CHART", "oci://registry.example.com/airflow")
    source = read_config("dev", "here", {"airspace:chart": {"source": "mirror.tgz"}})
    assert source.sections["chart"] == {"source": "oci://registry.example.com/airflow"}


def test_a_workspace_may_be_called_secure():
    source = read_config("dev", "here", {"airspace:workspaces": {"secure": {"members": {}}}})
    assert source.sections["workspaces"] == {"secure": {"members": {}}}
    assert source.problems == ()


@pytest.mark.parametrize("name", ["My_Env", "9lives", "a.b"])
def test_a_name_that_no_cluster_accepts_is_refused(tmp_path, name):
    path = tmp_path / f"Pulumi.{name}.yaml"
    path.write_text("config: {}", encoding="utf-8")
    (problem,) = read_stack_file(path).problems
    assert "becomes part of names on the cluster" in problem.message
