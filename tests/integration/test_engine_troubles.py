"""What goes wrong on the real engine, and that the remedies which are said lead out of it."""

import asyncio
import gc
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from stacks.embedding import Environment, RunFailed
from stacks.problems import SettingsError
from stacks.project import PROJECT_ROOT
from tests.integration.cluster import Cluster, wait_for
from tests.integration.engine_runs import remains, resources_in, secret_data, sections, small, state_of
from tools.control_plane import ControlPlane
from tools.engine import Engine

pytestmark = [
    pytest.mark.engine,
    pytest.mark.chart,
    # The SDK leaves the event loop of an inline program open where the engine is gone before the program has ended.
    pytest.mark.filterwarnings("ignore:Exception ignored in. <(socket|function BaseEventLoop)"),
]

NAMESPACE = "killed-orders"
HELMS_RECORD = {
    "apiVersion": "v1",
    "kind": "Secret",
    "metadata": {"name": f"sh.helm.release.v1.{NAMESPACE}.v1", "namespace": NAMESPACE},
}


@pytest.fixture(autouse=True)
def _no_loop_left_open() -> Iterator[None]:
    """Close such loops while they are expected: log records hold on to some until the session ends."""
    yield
    for one in gc.get_objects():
        if isinstance(one, asyncio.AbstractEventLoop) and not one.is_running():
            one.close()


def last_line_of_failure(act: Any) -> str:
    with pytest.raises(RunFailed) as caught:
        act()
    return str(caught.value).splitlines()[-1]


def test_a_namespace_of_somebody_else_is_not_taken_over(
    engine: Engine, control_plane: ControlPlane, cluster: Cluster, tmp_path: Path
):
    namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "theirs-orders"}}
    cluster.create(namespace)
    content = sections(control_plane, {"theirs": {"orders": small()}})
    environment = Environment.of("theirs", content, home=tmp_path, command=engine.command)
    with pytest.raises(RunFailed) as caught:
        environment.up()
    environment.destroy()
    first, *_, last = str(caught.value).splitlines()
    assert first.startswith("theirs-orders: ")
    assert last.endswith("If it is yours, delete it and run again; else choose another name or namespace.")
    assert "airspace.dev/environment" not in cluster.read(namespace)["metadata"]["labels"]
    assert cluster.items("v1", "ResourceQuota", "theirs-orders") == []
    assert remains(cluster, "theirs") == []
    cluster.delete([namespace])


def test_what_the_chart_does_not_know_is_refused_before_anything_is_applied(
    engine: Engine, control_plane: ControlPlane, cluster: Cluster, tmp_path: Path
):
    content = sections(control_plane, {"unknown": {"orders": small(chart_values={"scheduler": {"nosuchkey": 1}})}})
    environment = Environment.of("unknown", content, home=tmp_path, command=engine.command)
    for act in (environment.preview, environment.up):
        with pytest.raises(
            SettingsError, match=r"orders\.chart_values\.scheduler\.nosuchkey: is no value of the chart"
        ):
            act()
    assert not environment.exists()
    assert remains(cluster, "unknown") == []


@pytest.fixture(scope="module")
def environment(engine: Engine, control_plane: ControlPlane, tmp_path_factory: Any) -> Iterator[Any]:
    """Return a function that makes the environment: protected, not, or (None) without its deployment."""
    home = tmp_path_factory.mktemp("killed")

    def make(*, protect: bool | None) -> Environment:
        deployments = {} if protect is None else {"orders": small(protect=protect)}
        content = sections(control_plane, {"killed": deployments})
        return Environment.of("killed", content, home=home, command=engine.command)

    yield make
    if make(protect=False).exists():
        make(protect=False).cancel()
        make(protect=False).up()
        make(protect=False).destroy()


UP = """
import json, pathlib, sys
from stacks.embedding import Environment
from tools.engine import find_engine
name, sections, home = json.load(sys.stdin)
Environment.of(name, sections, home=pathlib.Path(home), command=find_engine().command).up()
"""


def up_until_helm_works(environment: Environment, cluster: Cluster) -> None:
    """Run `up` and kill it with all that it has started, as a machine does that goes down."""
    run = subprocess.Popen(
        [sys.executable, "-c", UP], cwd=PROJECT_ROOT, text=True,
        stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    assert run.stdin
    with run.stdin:
        json.dump(["killed", environment.source.sections, str(environment.folder.home)], run.stdin)
    try:
        wait_for(lambda: cluster.exists(HELMS_RECORD), "Helm to begin")
    finally:
        engines = children(run.pid)
        providers = [provider for engine in engines for provider in children(engine)]
        for process in (run.pid, *engines, *providers):
            os.kill(process, signal.SIGKILL)
        run.wait()


def children(process: int) -> list[int]:
    """Return the processes that a process has started."""
    lists = Path(f"/proc/{process}/task").glob("*/children")
    return [int(child) for path in lists for child in path.read_text(encoding="utf-8").split()]


def follow_remedy(said: str, environment: Environment, cluster: Cluster) -> None:
    """Do what a failed run says is to be done."""
    left = re.findall(r'\b([a-z]+)((?:\.[a-z0-9.]+)?) "([a-z0-9.-]+)" already exists', said)
    if "release it with `make unlock`" in said:
        environment.cancel()
    elif "Delete the `sh.helm.release` Secret of its namespace, and run again" in said:
        cluster.delete([HELMS_RECORD])
    elif left and "If it is yours, delete it and run again" in said:
        for resource, group, name in left:
            base = f"/apis/{group[1:]}/v1" if group else "/api/v1"
            cluster.delete_path(f"{base}/namespaces/{NAMESPACE}/{resource}/{name}")
    else:
        pytest.fail(f"no remedy is said: {said}")


def test_a_killed_run_is_finished_by_following_what_is_said(environment: Any, cluster: Cluster):
    protected = environment(protect=True)
    up_until_helm_works(protected, cluster)
    secrets = secret_data(cluster, NAMESPACE)
    said = []
    for _ in range(5):
        try:
            result = protected.up()
            break
        except RunFailed as failed:
            said.append(str(failed))
            follow_remedy(said[-1], protected, cluster)
    else:
        pytest.fail("\n".join(said))
    assert "`make unlock`" in said[0]
    assert "`sh.helm.release`" in said[-1]
    assert result.workspaces["killed"]["deployments"]["orders"]["helm_status"] == "deployed"
    assert protected.up().is_unchanged
    assert secret_data(cluster, NAMESPACE) == secrets


def test_what_is_protected_stays_with_all_that_hangs_on_it_until_somebody_says_so(
    engine: Engine, environment: Any, cluster: Cluster
):
    """Neither a destroy nor a deployment that is missing in the settings may uninstall an Airflow and then say no."""
    protected = environment(protect=True)
    protected.up()
    before = resources_in(state_of(protected, engine)), pods(cluster)
    assert last_line_of_failure(protected.destroy).startswith("Set `protect: false` for the deployment")
    with pytest.raises(SettingsError, match="stands and is not in the file any more"):
        environment(protect=None).up()
    assert (resources_in(state_of(protected, engine)), pods(cluster)) == before
    assert protected.up().is_unchanged
    environment(protect=False).up()
    environment(protect=False).destroy()
    assert remains(cluster, "killed") == []


def pods(cluster: Cluster) -> dict[str, str]:
    return {one["metadata"]["name"]: one["metadata"]["uid"] for one in cluster.items("v1", "Pod", NAMESPACE)}
