"""A deployment sleeps and wakes as by the clock: its own CronJobs are started, an hour that nobody waits for."""

import pytest
from kubernetes import client

from tests.e2e.airflow_api import Airflow, wait_for
from tests.e2e.platform import Platform
from tests.e2e.watching import is_ready

pytestmark = pytest.mark.e2e
AREA = "life"
TURN = 5.5
DAG = "e2e_hello"
# By themselves on a leap day only.
NIGHTS = {"hibernate_at": "0 19 29 2 *", "wake_at": "0 20 29 2 *", "time_zone": "Europe/Berlin"}
RUNS_ON = {"postgresql"}
RUNS = {"scheduler", "api-server", "dag-processor", "triggerer", *RUNS_ON}


def strike(platform: Platform, airflow: Airflow, step: str) -> None:
    """Start what a CronJob would start at its time, and wait for its end."""
    batch = client.BatchV1Api(platform.cluster.api)
    name = f"{airflow.namespace}-{step}"
    template = batch.read_namespaced_cron_job(name, airflow.namespace).spec.job_template
    body = client.V1Job(metadata=client.V1ObjectMeta(generate_name=f"{name}-now-"), spec=template.spec)
    job = batch.create_namespaced_job(airflow.namespace, body).metadata.name

    def has_ended() -> bool:
        return bool(batch.read_namespaced_job(job, airflow.namespace).status.succeeded)

    wait_for(f"the Job {job}", 180, has_ended, platform.cluster)


def serving(platform: Platform, airflow: Airflow) -> set[str]:
    """Return the components with a pod that is ready."""
    return {one["metadata"]["labels"]["component"] for one in platform.cluster.pods(airflow.namespace) if is_ready(one)}


@pytest.fixture(scope="module")
def airflow(platform: Platform) -> Airflow:
    return platform.ensure("local", hibernation_schedule=NIGHTS)


@pytest.fixture(scope="module")
def run(airflow: Airflow) -> str:
    return airflow.run(DAG, 300)


def test_its_own_cron_job_ends_all_pods_but_the_database(platform: Platform, airflow: Airflow, run: str):
    strike(platform, airflow, "hibernate")
    wait_for("the end of all others", 180, lambda: serving(platform, airflow) == RUNS_ON, platform.cluster)


def test_its_own_cron_job_wakes_it_and_it_goes_on(platform: Platform, airflow: Airflow, run: str):
    strike(platform, airflow, "wake")
    wait_for("all that ran", 600, lambda: serving(platform, airflow) >= RUNS, platform.cluster)
    assert airflow.has(DAG, run)
    airflow.run(DAG, 300)
