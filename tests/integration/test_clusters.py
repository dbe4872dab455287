"""Several clusters in one environment, each reached in its own way, on real control planes."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from kubernetes import client, config
from pulumi import automation

from stacks.embedding import Environment
from stacks.loader import read_stack_file
from stacks.problems import SettingsError
from tests.environments import embedded, small_environment
from tools.control_plane import ControlPlane
from tools.engine import Engine

pytestmark = [pytest.mark.engine, pytest.mark.chart]


@pytest.fixture(scope="module")
def second(tmp_path_factory: pytest.TempPathFactory, control_plane: ControlPlane) -> Iterator[Path]:
    """Another control plane, beside the one of the session."""
    plane = ControlPlane(root=tmp_path_factory.mktemp("second-control-plane"))
    try:
        yield plane.ensure()
    finally:
        plane.delete()


@pytest.fixture
def environment(control_plane: ControlPlane, second: Path, engine: Engine, tmp_path: Path) -> Environment:
    """Two clusters: one by the context of a file, one by a secret of the configuration."""
    clusters: dict[str, Any] = {
        "first": {
            "hosting": "enterprise",
            "kubeconfig": str(control_plane.kubeconfig),
            "context": control_plane.context,
        },
        "second": {"hosting": "enterprise", "kubeconfig_config": "second-kubeconfig"},
    }
    deployments = {"here": embedded(cluster="first"), "there": embedded(cluster="second")}
    workspaces = {"spread": {"members": {"crew": "admin"}, "deployments": deployments}}
    sections = small_environment(clusters=clusters, workspaces=workspaces)
    secrets = {"second-kubeconfig": second.read_text(encoding="utf-8")}
    return Environment.of("spread", sections, secrets=secrets, home=tmp_path, command=engine.command)


def namespaces(kubeconfig: Path) -> set[str]:
    with config.new_client_from_config(str(kubeconfig)) as connection:
        found = client.CoreV1Api(connection).list_namespace(label_selector="airspace.dev/environment=spread").items
    return {one.metadata.name for one in found}


def test_deployments_land_on_their_clusters_and_go_from_there(environment, control_plane, second):
    lines: list[str] = []
    environment.check_clusters(lines.append)
    said = "\n".join(lines)
    assert "first is at https://" in said
    assert "second is at https://" in said
    assert said.count(", Kubernetes 1.36") == 2
    result = environment.up()
    try:
        assert {name: one["cluster"] for name, one in result.workspaces["spread"]["deployments"].items()} == {
            "here": "first",
            "there": "second",
        }
        assert namespaces(control_plane.kubeconfig) == {"spread-here"}
        assert namespaces(second) == {"spread-there"}
        assert environment.up().is_unchanged
        refuse_the_other_cluster(environment, second)
        # The key of a cluster is nowhere in clear, also not in what the engine has written.
        key = second.read_text(encoding="utf-8").rpartition("client-key-data:")[2].split()[0]
        written = [path for path in environment.folder.home.rglob("*") if path.is_file()]
        assert not [path for path in written if key in path.read_text(encoding="utf-8", errors="ignore")]
    finally:
        environment.destroy()
    assert namespaces(control_plane.kubeconfig) == namespaces(second) == set()


def refuse_the_other_cluster(environment: Environment, second: Path) -> None:
    """Let the first name lead to the second cluster, as a kubeconfig does that was written anew."""
    clusters = environment.source.sections["clusters"]
    moved = {**clusters, "first": {"hosting": "enterprise", "kubeconfig": str(second)}}
    sections = {**environment.source.sections, "clusters": moved}
    source = replace(environment.source, sections=sections)
    with pytest.raises(SettingsError, match=r"clusters\.first: leads to .* where spread-here stand"):
        replace(environment, source=source).up()


def test_a_kubeconfig_that_the_stack_file_keeps_encrypted_is_looked_into_before_a_run(environment, second, tmp_path):
    environment.preview()
    options = automation.LocalWorkspaceOptions(
        env_vars=environment.folder.variables(), pulumi_command=environment.command
    )
    stack = automation.create_or_select_stack("spread", work_dir=str(environment.folder.path), opts=options)
    text = second.read_text(encoding="utf-8")
    stack.set_config("airspace:second-kubeconfig", automation.ConfigValue(text, secret=True))
    kept = tmp_path / "stacks" / "Pulumi.spread.yaml"
    kept.parent.mkdir()
    kept.write_bytes((environment.folder.path / "Pulumi.spread.yaml").read_bytes())
    assert "client-key-data" not in kept.read_text(encoding="utf-8")
    opened = Environment(
        source=read_stack_file(kept), command=environment.command, folder=environment.folder, stacks=kept.parent
    )
    assert opened.secret("second-kubeconfig") == text
    opened.check_clusters()
    environment.destroy()
