"""What runs is changed by one `up` each, and history, connections and keys are still there after each."""

import time
from dataclasses import dataclass
from typing import Any

import pytest

from tests.e2e.airflow_api import Airflow
from tests.e2e.declared import CELERY, KUBERNETES, SECRETS, digest
from tests.e2e.platform import UP_SECONDS, Platform, RunError
from tests.e2e.watching import is_ready

pytestmark = pytest.mark.e2e
AREA = "change"
TURN = 3
DAG = "e2e_hello"
FIRST = "first"
NO_IMAGE = "no-such-tag"


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
    """Also smaller: one server process in place of two."""
    sizes = {"scheduler": "1536Mi", "api-server": "640Mi"}
    platform.ensure("local", scheduler={"memory": sizes["scheduler"]}, api_server={"memory": sizes["api-server"]})
    kept.check()
    platform.measure()
    for component, memory in sizes.items():
        pod = platform.cluster.pod(kept.airflow.namespace, component)
        limits = next(one for one in pod["spec"]["containers"] if one["name"] == component)["resources"]["limits"]
        assert limits["memory"] == memory


def test_to_celery(kept: Kept, platform: Platform):
    platform.ensure("local", executor=CELERY)
    kept.check()


def test_more_workers(kept: Kept, platform: Platform):
    queues = {name: {**queue, "workers": 2} for name, queue in CELERY["queues"].items()}
    platform.ensure("local", executor={**CELERY, "queues": queues})
    assert workers(kept, platform) == 4
    kept.check()


def test_two_changes_within_a_minute_of_each_other(kept: Kept, platform: Platform, record_property: Any):
    """Fewer workers, and then the KubernetesExecutor."""
    platform.ensure("local", executor=CELERY)
    ended = time.monotonic()
    assert workers(kept, platform) == 2
    pause = time.monotonic() - ended
    platform.ensure("local", executor=KUBERNETES)
    record_property("note", f"the second began {pause:.0f} s after the first")
    assert pause < 60
    kept.check()


def workers(kept: Kept, platform: Platform) -> int:
    found = platform.cluster.pods(kept.airflow.namespace, "component=worker")
    return len([one for one in found if is_ready(one) and not one["metadata"].get("deletionTimestamp")])


def test_back_to_local(kept: Kept, platform: Platform):
    platform.ensure("local", executor="LocalExecutor")
    kept.check()


def test_from_airflow_2_to_3(platform: Platform):
    old = platform.ensure("legacy")
    run = old.run(DAG, 300)
    if FIRST not in old.connections():
        old.add_connection(FIRST, "first-password")
    new = platform.ensure("legacy", airflow_version="3.2.2")
    assert new.has(DAG, run)
    assert FIRST in new.connections()
    new.run(DAG, 300)


def test_an_image_that_does_not_exist_is_told_early_and_the_next_run_recovers(platform: Platform, record_property: Any):
    newer = {"airflow_version": "3.2.2"}
    airflow = platform.ensure("legacy", **newer)
    run = airflow.run(DAG, 300)
    started = time.monotonic()
    with pytest.raises(RunError) as told:
        platform.ensure("legacy", **newer, image={"tag": NO_IMAGE})
    seconds = time.monotonic() - started
    said = str(told.value)
    record_property("note", f"told after {seconds:.0f} s: {said.splitlines()[0]}")
    assert f"pod {airflow.namespace}/" in said
    events = said.partition("last events:")[2]
    assert NO_IMAGE in events
    assert seconds < UP_SECONDS / 2
    platform.ensure("legacy", **newer)
    assert airflow.has(DAG, run)
    airflow.run(DAG, 300)


def test_no_roll_out_met_a_quota(platform: Platform):
    platform.cluster.look()
    assert platform.cluster.quota_events == set()
