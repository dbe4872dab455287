"""A larger release that fails half-way and is taken back, on the real engine, API server and chart.

The failed run exports nothing, and some of its pods run: the outputs alone would lower the quota beneath them.
"""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from kubernetes import client
from kubernetes.client import AppsV1Api, CoreV1Api

from components import airflow_deployment
from components.quota_in_force import computed_hard
from stacks.embedding import Environment, RunResult
from stacks.project import PROJECT_ROOT
from tests.integration.shrinking import BASE, PARTS, environment, hard, ready, refused
from tools.cluster_objects import NODE_CAPACITY
from tools.control_plane import ControlPlane
from tools.engine import Engine

pytestmark = [pytest.mark.engine, pytest.mark.chart]

NAMESPACE = "taken-orders"
PATIENCE_SECONDS = 180
"""How long Helm waits for a release; its own half an hour would show nothing more."""
NO_PATIENCE_SECONDS = 15
"""The same for one that cannot come up."""
TINY = {"replicas": 1, "cpu": "200m", "memory": "512Mi"}
SMALL = BASE | dict.fromkeys(PARTS, TINY)
# What fits runs, and what no node can hold waits for ever.
LARGE = BASE | {
    "scheduler": {"replicas": 3, "cpu": "2", "memory": "4Gi"},
    "api_server": {"replicas": 3, "cpu": "1", "memory": "2Gi"},
    "dag_processor": {"cpu": str(int(NODE_CAPACITY["cpu"]) * 2), "memory": "2Gi"},
}

FAILING_RUN = f"""
import os, sys
from pathlib import Path
from components import airflow_deployment
from stacks.embedding import RunFailed
from tests.integration.shrinking import environment
from tests.integration.test_taking_back import LARGE
from tools.control_plane import ControlPlane
from tools.engine import find_engine

airflow_deployment.release_timeout_seconds = lambda args: {NO_PATIENCE_SECONDS}
home, root = map(Path, sys.argv[1:])
try:
    environment(ControlPlane(root=root), find_engine(), home, LARGE).up()
except RunFailed as failure:
    print(failure, flush=True)
    os._exit(0)
os._exit(1)
"""


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What was there when the larger release had failed, and when it was taken back."""

    failure: str
    half_way: dict[str, int]
    """Pods that were ready then, by part."""
    raised: dict[str, dict[str, str]]
    large: dict[str, dict[str, str]]
    refused: list[str]
    """Over all the time."""
    hard: dict[str, dict[str, str]]
    """At the end."""
    small: dict[str, dict[str, str]]
    running: dict[str, int]
    again: RunResult


@pytest.fixture(scope="module")
def environments(
    engine: Engine, control_plane: ControlPlane, chart_archive: Path, tmp_path_factory: Any
) -> Iterator[tuple[Environment, Environment]]:
    home = tmp_path_factory.mktemp("taken", numbered=False)
    small, large = (environment(control_plane, engine, home, orders) for orders in (SMALL, LARGE))
    yield small, large
    small.destroy()


@pytest.fixture(scope="module")
def seen(environments: tuple[Environment, Environment], control_plane: ControlPlane, api: client.ApiClient) -> Seen:
    small, large = environments
    core, apps = CoreV1Api(api), AppsV1Api(api)
    with waiting(PATIENCE_SECONDS):
        small.up()
    failure = failing(large.folder.home, control_plane)
    half_way, raised = ready(apps, NAMESPACE), hard(core, NAMESPACE)
    with waiting(PATIENCE_SECONDS):
        small.up()
        seen: dict[str, Any] = {
            "refused": refused(core, NAMESPACE),
            "hard": hard(core, NAMESPACE),
            "running": ready(apps, NAMESPACE),
        }
        again = small.up()
    return Seen(
        failure=failure,
        half_way=half_way,
        raised=raised,
        large=computed_hard(large.plan.deployments[0]),
        small=computed_hard(small.plan.deployments[0]),
        again=again,
        **seen,
    )


@contextmanager
def waiting(seconds: int) -> Iterator[None]:
    """Bound how long Helm waits for a release."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(airflow_deployment, "release_timeout_seconds", lambda args: seconds)
        yield


def failing(home: Path, plane: ControlPlane) -> str:
    """Run in a process of its own: the SDK leaves threads and sockets behind where a program is cut off."""
    command = [sys.executable, "-c", FAILING_RUN, str(home), str(plane.root)]
    ended = subprocess.run(command, cwd=PROJECT_ROOT, capture_output=True, text=True, timeout=600, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


def test_the_larger_release_stays_half_way(seen: Seen):
    assert NAMESPACE in seen.failure
    assert seen.half_way["scheduler"] == 3
    assert seen.raised == seen.large


def test_taking_it_back_refuses_no_pod(seen: Seen):
    assert seen.refused == []
    assert seen.running == dict.fromkeys(("scheduler", "api-server", "dag-processor", "statsd"), 1)


def test_the_same_up_ends_with_the_small_quota(seen: Seen):
    assert seen.hard == seen.small


def test_another_up_changes_nothing(seen: Seen):
    assert seen.again.is_unchanged
