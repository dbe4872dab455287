"""What runs is changed by one `up` each, and history, connections and keys are still there after each."""

from dataclasses import dataclass
from typing import Any

import pytest

from tests.e2e.airflow_api import Airflow
from tests.e2e.declared import CELERY, KUBERNETES, SECRETS, digest
from tests.e2e.platform import Platform

pytestmark = pytest.mark.e2e
AREA = "change"
TURN = 3
DAG = "e2e_hello"
FIRST = "first"


@dataclass
class Kept:
    """What must survive every change."""

    airflow: Airflow
    runs: list[str]

    def check(self) -> None:
        """See the history and the connection, and that a new run ends in success."""
        assert FIRST in self.airflow.connections()
        assert [run for run in self.runs if not self.airflow.has(DAG, run)] == []
        self.runs.append(self.airflow.run(DAG, 300))


@pytest.fixture(scope="module")
def kept(platform: Platform) -> Kept:
    airflow = platform.ensure("local")
    if FIRST not in airflow.connections():
        airflow.add_connection(FIRST, "first-password")
    return Kept(airflow, [airflow.run(DAG)])


def test_a_new_environment_variable_and_a_new_secret_reach_the_tasks(kept: Kept, platform: Platform):
    platform.ensure("local", env={"E2E_MARK": "blue"}, secret_env={"E2E_TOKEN": "token"})
    kept.check()
    log = kept.airflow.log(DAG, kept.runs[-1], "one")
    assert "mark is blue" in log
    assert f"token is {digest(SECRETS['token'])}" in log


def test_a_changed_variable_and_another_secret_reach_the_tasks(kept: Kept, platform: Platform):
    platform.ensure("local", env={"E2E_MARK": "green"}, secret_env={"E2E_TOKEN": "other-token"})
    kept.check()
    log = kept.airflow.log(DAG, kept.runs[-1], "one")
    assert "mark is green" in log
    assert f"token is {digest(SECRETS['other-token'])}" in log


def test_other_sizes(kept: Kept, platform: Platform):
    platform.ensure("local", scheduler={"cpu": "150m", "memory": "1536Mi"})
    kept.check()
    scheduler = platform.cluster.pod(kept.airflow.namespace, "scheduler")
    limits = next(one for one in scheduler["spec"]["containers"] if one["name"] == "scheduler")["resources"]["limits"]
    assert limits["memory"] == "1536Mi"


@pytest.mark.parametrize(
    "executor", [CELERY, KUBERNETES, "LocalExecutor"], ids=["to Celery", "to Kubernetes", "back to Local"]
)
def test_another_executor(kept: Kept, platform: Platform, executor: Any):
    platform.ensure("local", executor=executor)
    kept.check()


def test_no_roll_out_met_a_quota(platform: Platform):
    platform.cluster.look()
    assert platform.cluster.quota_events == set()
