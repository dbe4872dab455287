"""From the settings of sleep by the clock to its arguments."""

import json
import re
from pathlib import Path

import pytest
from kubernetes import client

from components import sizing
from components.life_args import HibernationArgs
from stacks.project import STACKS
from tests.stacks.environments import deployment, planned, shared

NIGHTS = {"hibernate_at": "0 19 * * 1-5", "wake_at": "0 7 * * 1-5", "time_zone": "Europe/Berlin"}
TAKEN = (
    *("* * * * *", "*/5 0-23 1 JAN-dec sun", "0,30 */2 1-15/3 * mon,WED-fri", "? ? ? ? ?", "59 23 31 12 6"),
    *("05 07 01 02 03", "0 0 1-31 * *", "* * * * 0-6/2"),
)
SHORT = "@daily"
REFUSED = (
    *(SHORT, "60 0 * * *", "0 24 * * *", "0 0 0 * *", "0 0 * 13 *", "0 0 * * 7", "0 0 * *", "0 0 * * * *"),
    *("*/0 * * * *", "0 0 32 * *", "0 0 * * someday", "TZ=UTC 0 0 * * *", "-1 * * * *"),
)


def test_nothing_sleeps_unless_it_is_asked_for():
    assert deployment().hibernation is None


def test_times_have_a_zone():
    assert deployment(hibernation_schedule=NIGHTS).hibernation == HibernationArgs(
        **NIGHTS, resources=sizing.HIBERNATION
    )
    without = {key: value for key, value in NIGHTS.items() if key != "time_zone"}
    assert deployment(hibernation_schedule=without).hibernation.time_zone == "Etc/UTC"


def test_a_deployment_may_stay_awake_or_rise_earlier_than_its_workspace():
    deployments = {
        "orders": {},
        "early": {"hibernation_schedule": {"wake_at": "0 5 * * 1-5"}},
        "steady": {"hibernation_schedule": {"enabled": False}},
    }
    plan = planned(workspaces={"analytics": shared(defaults={"hibernation_schedule": NIGHTS}, deployments=deployments)})
    rising = {one.name: one.hibernation and one.hibernation.wake_at for one in plan.deployments}
    assert rising == {"orders": "0 7 * * 1-5", "early": "0 5 * * 1-5", "steady": None}


@pytest.mark.parametrize("state", ["hibernated", "retired"])
def test_what_does_not_run_is_not_woken_by_the_clock(state):
    assert deployment(hibernation_schedule=NIGHTS, state=state).hibernation is None


def form_of_schedules() -> str:
    schema = json.loads((Path(STACKS) / "schema.json").read_text())
    return next(
        one["properties"]["wake_at"] for one in schema["$defs"].values() if "wake_at" in one.get("properties", {})
    )["anyOf"][0]["pattern"]


@pytest.mark.cluster
@pytest.mark.parametrize("schedule", [*TAKEN, *REFUSED])
def test_a_schedule_is_taken_if_the_api_server_takes_it(schedule, api: client.ApiClient):
    """With one exception: a descriptor could be taken, but the fields are the one way to write a time."""
    pod = {"containers": [{"name": "c", "image": "i"}], "restartPolicy": "Never"}
    body = {
        "metadata": {"name": "schedule"},
        "spec": {"schedule": schedule, "jobTemplate": {"spec": {"template": {"spec": pod}}}},
    }
    if schedule in TAKEN or schedule == SHORT:
        client.BatchV1Api(api).create_namespaced_cron_job("default", body, dry_run="All")
    else:
        with pytest.raises(client.ApiException, match=r"spec\.schedule"):
            client.BatchV1Api(api).create_namespaced_cron_job("default", body, dry_run="All")
    assert bool(re.fullmatch(form_of_schedules(), schedule)) is (schedule in TAKEN)
