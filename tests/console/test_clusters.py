"""A cluster that is not there ends `up` and `down` before anything is applied."""

from types import SimpleNamespace

import pytest

from console import bringing_up
from console.app import main
from stacks import cluster_addresses, embedding
from stacks.cluster_addresses import address_of
from stacks.embedding import Environment
from stacks.project import PROJECT_ROOT
from tests.environments import embedded, plan_of, small_environment, workspace
from tests.tools.test_kubeconfig import kubeconfig
from tools.errors import ComponentUnavailable


@pytest.fixture
def ran(monkeypatch, tmp_path):
    """Let an engine be there, and note what it would have run."""
    calls = []
    engine = SimpleNamespace(command=None, version="3.259.0", origin="PATH", notes=())
    monkeypatch.setattr(bringing_up, "find_engine", lambda report: engine)
    for name in ("exists", "holds_resources"):
        monkeypatch.setattr(Environment, name, lambda self: True)
    for name in ("up", "destroy"):
        monkeypatch.setattr(Environment, name, lambda self, name=name, **_: calls.append(name))
    (tmp_path / "config").write_text(kubeconfig("https://127.0.0.1:9", "my-cluster"))
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "config"))

    def run(*arguments):
        monkeypatch.setattr("sys.argv", ["console", *arguments])
        return main(), calls

    return run


@pytest.mark.parametrize(
    ("context", "said"), [("my-clutser", "(did you mean my-cluster?)"), ("my-cluster", "cannot be reached")]
)
@pytest.mark.parametrize("command", ["up", "down"])
def test_a_wrong_or_silent_cluster_ends_with_status_1_and_nothing_is_applied(ran, capsys, command, context, said):
    assert ran(command, "--stack", "dev", "--context", context) == (1, [])
    shown = capsys.readouterr()
    assert said in shown.err
    assert "Traceback" not in shown.err


def environment(tmp_path, secrets=None, **address):
    clusters = {"main": {"hosting": "enterprise", **address}}
    return Environment.of("dev", small_environment(clusters=clusters), secrets=secrets, home=tmp_path)


def address(opened):
    return address_of(opened.plan.clusters["main"], opened.secret)


def test_a_cluster_is_looked_for_where_the_program_will_reach_it(tmp_path):
    assert address(environment(tmp_path, context="somewhere")).context == "somewhere"
    assert address(environment(tmp_path, kubeconfig="keys/kubeconfig")).file == PROJECT_ROOT / "keys" / "kubeconfig"
    pasted = environment(tmp_path, {"kube": "text of it"}, kubeconfig_config="kube")
    assert address(pasted).text == "text of it"


def test_the_local_control_plane_is_not_looked_for_because_it_is_started(tmp_path):
    said = []
    environment(tmp_path, local=True).check_clusters(said.append)
    assert said == []


def test_every_cluster_of_an_environment_is_looked_for(tmp_path, monkeypatch):
    clusters = {name: {"hosting": "enterprise", "context": name} for name in ("blue", "green")}
    sections = small_environment(clusters=clusters, workspaces={})
    assert set(plan_of(sections).clusters) == {"blue", "green"}
    (tmp_path / "config").write_text(kubeconfig("https://127.0.0.1:9", "green"))
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "config"))
    with pytest.raises(ComponentUnavailable, match="The cluster blue"):
        Environment.of("dev", sections, home=tmp_path).check_clusters()


@pytest.mark.parametrize("operation", ["up", "preview"])
def test_embedding_looks_for_the_clusters_before_it_reaches_for_the_engine(tmp_path, monkeypatch, operation):
    monkeypatch.setattr(embedding, "fetch_chart", lambda *_: None)
    monkeypatch.setattr(Environment, "stacks_in_state", lambda self: pytest.fail("the engine was asked"))
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "none"))
    with pytest.raises(ComponentUnavailable, match="The cluster main"):
        getattr(environment(tmp_path, context="nowhere"), operation)()


def told(monkeypatch, tmp_path, version, **orders):
    """Look for a cluster that says that it runs a version of Kubernetes."""
    monkeypatch.setattr(cluster_addresses, "check_cluster", lambda address: "https://there")
    monkeypatch.setattr(cluster_addresses, "told_version", lambda address: version)
    clusters = {"main": {"hosting": "enterprise", "context": "there"}}
    workspaces = {"analytics": {**workspace(), "deployments": {"orders": embedded(**orders)}}}
    said = []
    Environment.of("dev", small_environment(clusters=clusters, workspaces=workspaces), home=tmp_path).check_clusters(
        said.append
    )
    return said


def test_a_cluster_that_is_too_old_for_the_chart_is_refused_before_anything_is_applied(monkeypatch, tmp_path):
    with pytest.raises(ComponentUnavailable, match=r"https://there: Kubernetes 1\.29\n.*1\.30 or later"):
        told(monkeypatch, tmp_path, "1.29")


@pytest.mark.parametrize(
    ("version", "airflow", "expected"),
    [
        ("1.30", "3.2.2", ", Kubernetes 1.30"),
        ("1.35", "3.2.2", ", Kubernetes 1.35"),
        ("1.36", "3.2.2", ", Kubernetes 1.36; Airflow was tested by its project up to: 3.2 with 1.35"),
        ("1.31", "2.11.2", ", Kubernetes 1.31; Airflow was tested by its project up to: 2.11 with 1.30"),
        (None, "3.2.2", ""),
    ],
)
def test_a_cluster_that_is_newer_than_airflow_was_tested_with_is_said(
    monkeypatch, tmp_path, version, airflow, expected
):
    assert told(monkeypatch, tmp_path, version, airflow_version=airflow) == [f"main is at https://there{expected}"]
