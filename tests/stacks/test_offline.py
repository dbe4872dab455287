"""Plans without an engine: what is written for people and other tools to read."""

import pytest
import yaml

from stacks.offline import helm_values, manifests, record_plan, resource_lines, write_manifests
from stacks.problems import SettingsError
from stacks.recording import RELEASE, reveal
from tests.environments import COMMITTED, embedded, plan_of, plan_of_file, small_environment, workspace
from tests.recorded_rules import KUBERNETES, PROVIDER, deploy_plan, secret_values


@pytest.fixture(scope="module")
def plan():
    deployments = {"orders": embedded(executor="CeleryExecutor", secret_env={"API_KEY": "partner"})}
    analytics = {**workspace(), "deployments": deployments}
    return plan_of(small_environment(workspaces={"analytics": analytics}), secrets=["partner"])


@pytest.fixture(scope="module")
def recording(plan):
    return deploy_plan(plan)


def test_every_object_has_a_file_below_its_cluster_and_namespace(recording):
    objects = [one for one in recording.resources if one.type.startswith(KUBERNETES) and one.type != RELEASE]
    written = manifests(recording)
    assert len(written) == len(objects)
    assert {
        "main/priorityclass-airspace-dev-core.yaml",
        "main/analytics-orders/namespace-analytics-orders.yaml",
        "main/analytics-orders/resourcequota-airspace-tasks.yaml",
        "main/analytics-orders/secret-analytics-orders-fernet-key.yaml",
    } <= set(written)


def test_manifests_say_what_they_are(recording):
    for name, manifest in manifests(recording).items():
        assert {"apiVersion", "kind", "metadata"} <= set(manifest), name


def test_secret_values_are_left_out_unless_asked_for(recording):
    name = "main/analytics-orders/secret-analytics-orders-fernet-key.yaml"
    assert manifests(recording)[name]["stringData"] == "[secret]"
    (key,) = manifests(recording, reveal_with=reveal)[name]["stringData"].values()
    assert key in secret_values(recording)


def test_manifests_and_values_are_written_without_a_secret_value(recording, tmp_path):
    count = write_manifests(recording, tmp_path / "new" / "folder")
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert count == len(files) == len(manifests(recording)) + len(helm_values(recording))
    text = "\n".join(path.read_text(encoding="utf-8") for path in files)
    assert [value for value in secret_values(recording) if value in text] == []
    values = yaml.safe_load((tmp_path / "new/folder/main/analytics-orders/values.yaml").read_text(encoding="utf-8"))
    assert values["executor"] == "CeleryExecutor"


def test_writing_again_replaces_the_files(plan, tmp_path):
    write_manifests(record_plan(plan), tmp_path)
    before = {path: path.read_text(encoding="utf-8") for path in tmp_path.rglob("*.yaml")}
    write_manifests(record_plan(plan), tmp_path)
    after = {path: path.read_text(encoding="utf-8") for path in tmp_path.rglob("*.yaml")}
    changed = {path.name for path in before if before[path] != after[path]}
    # A digest of the generated secrets, which a plan makes anew each time.
    assert changed <= {"values.yaml"}
    assert set(before) == set(after)


def test_a_file_where_the_folder_should_be_is_refused(recording, tmp_path):
    taken = tmp_path / "taken"
    taken.touch()
    for folder in (taken, taken / "below"):
        with pytest.raises(SettingsError, match=f"manifests: {folder}: is no folder that can be written to: Not a dir"):
            write_manifests(recording, folder)


def test_a_deployment_on_each_of_two_clusters_has_a_file_for_each_cluster_wide_object():
    """Both clusters have a role of the same name; neither file may hide the other."""
    clusters = {name: {"hosting": "enterprise", "context": name} for name in ("blue", "green")}
    analytics = {"deployments": {"one": embedded(cluster="blue"), "two": embedded(cluster="green")}}
    recording = record_plan(
        plan_of(small_environment(clusters=clusters, workspaces={"analytics": {**workspace(), **analytics}}))
    )
    objects = [one for one in recording.resources if one.type.startswith(KUBERNETES) and one.type != RELEASE]
    assert len(manifests(recording)) == len(objects)


@pytest.mark.parametrize("environment", COMMITTED)
def test_every_committed_stack_is_written_whole(environment, tmp_path):
    recording = record_plan(plan_of_file(environment))
    expected = [one for one in recording.resources if one.type.startswith(KUBERNETES)]
    assert write_manifests(recording, tmp_path) == len(expected)
    assert len([path for path in tmp_path.rglob("*.yaml") if path.is_file()]) == len(expected)


def test_resource_lines_are_sorted_and_mark_what_is_protected():
    protected = {"analytics": {**workspace(), "deployments": {"orders": embedded(protect=True)}}}
    recording = record_plan(plan_of(small_environment(workspaces=protected)))
    lines = resource_lines(recording)
    assert lines == sorted(lines)
    assert len(lines) == len(recording.resources)
    assert {line.removesuffix(" [protected]") for line in lines} == {one.urn for one in recording.resources}
    assert sum(line.endswith(" [protected]") for line in lines) == sum(one.protect for one in recording.resources) > 0


def test_all_supplied_secrets_of_a_plan_are_stood_in_for():
    """A plan needs no value of any secret, wherever its key is named."""
    sections = small_environment(
        clusters={"main": {"hosting": "enterprise", "kubeconfig_config": "kube"}},
        workspaces={
            "analytics": {
                **workspace(),
                "deployments": {"orders": {"database": {"config": "url"}, "secret_env": {"API_KEY": "partner"}}},
            }
        },
    )
    recording = deploy_plan(plan_of(sections, secrets=["kube", "url", "partner"]))
    assert "supplied" in reveal(recording.one(PROVIDER).inputs)["kubeconfig"]
