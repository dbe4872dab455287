"""A larger release that fails half-way and is taken back, on the real engine, API server and chart.

The failed run exports nothing, and some of its pods run: the outputs alone would lower the quota beneath them, and
know nothing of the migration and the new key that it has begun with.
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
from stacks.problems import SettingsError
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
ROTATED = {"keys": {"fernet": {"rotation": 2}}}
BACK = SMALL | ROTATED | {"may_lose": ["database"]}
"""The small one, with what the failed run may have done to the database admitted."""
# What fits runs, and what no node can hold waits for ever.
LARGE = (
    BASE
    | ROTATED
    | {
        "airflow_version": "3.3.2",
        "scheduler": {"replicas": 3, "cpu": "2", "memory": "4Gi"},
        "api_server": {"replicas": 3, "cpu": "1", "memory": "2Gi"},
        "dag_processor": {"cpu": str(int(NODE_CAPACITY["cpu"]) * 2), "memory": "2Gi"},
    }
)

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
    refusal: str
    """Of taking it back as if nothing had been tried."""
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
) -> Iterator[tuple[Environment, Environment, Environment]]:
    home = tmp_path_factory.mktemp("taken", numbered=False)
    small, large, back = (environment(control_plane, engine, home, orders) for orders in (SMALL, LARGE, BACK))
    yield small, large, back
    small.destroy()


@pytest.fixture(scope="module")
def seen(
    environments: tuple[Environment, Environment, Environment], control_plane: ControlPlane, api: client.ApiClient
) -> Seen:
    small, large, back = environments
    core, apps = CoreV1Api(api), AppsV1Api(api)
    with waiting(PATIENCE_SECONDS):
        small.up()
    failure = failing(large.folder.home, control_plane)
    half_way, raised = ready(apps, NAMESPACE), hard(core, NAMESPACE)
    with pytest.raises(SettingsError) as refusal:
        small.up()
    with waiting(PATIENCE_SECONDS):
        back.up()
        seen: dict[str, Any] = {
            "refused": refused(core, NAMESPACE),
            "hard": hard(core, NAMESPACE),
            "running": ready(apps, NAMESPACE),
        }
        again = back.up()
    return Seen(
        failure=failure,
        refusal=str(refusal.value),
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


def test_an_upgrade_and_a_new_key_that_failed_half_way_are_not_taken_back_as_if_nothing_had_happened(seen: Seen):
    orders = "environment taken: workspaces.taken.deployments.orders"
    version, key = sorted(seen.refusal.splitlines())
    assert version.startswith(f"{orders}.airflow_version: is 3.2.2, but a run to 3.3.2 has failed")
    assert key.startswith(f"{orders}.keys.fernet.rotation: would let go of key 2, with which pods of a run that")


def test_taking_it_back_refuses_no_pod(seen: Seen):
    assert seen.refused == []
    assert seen.running == dict.fromkeys(("scheduler", "api-server", "dag-processor", "statsd"), 1)


def test_the_same_up_ends_with_the_small_quota(seen: Seen):
    assert seen.hard == seen.small


def test_another_up_changes_nothing(seen: Seen):
    assert seen.again.is_unchanged
