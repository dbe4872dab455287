"""How long tasks may rightly wait, and when a lost one is found."""

import pytest

from components.airflow_versions import VERSIONS
from components.waiting import LONGEST_WAIT_SECONDS, waiting_config
from tests.factories import airflow_deployment_args, celery, executor, volume


def options(*executors, version="3.2.2", **overrides):
    return waiting_config(airflow_deployment_args(airflow_version=version, executor=executor(*executors, **overrides)))


LASTING = {"redis_volume": volume()}
ELSEWHERE = {"redis": None, "broker_secret_name": "rabbit"}


@pytest.mark.parametrize("version", ["2.11.2", "3.0.0", "3.2.2", "3.3.2"])
@pytest.mark.parametrize("broker", [{}, LASTING, ELSEWHERE], ids=["passing", "lasting", "elsewhere"])
def test_no_task_is_failed_because_it_has_waited_for_a_worker_for_a_day(version, broker):
    scheduler = options("celery", version=version, celery=celery(**broker))["scheduler"]
    tries = scheduler.get("num_stuck_in_queued_retries", 2) + 1
    assert scheduler["task_queued_timeout"] * tries >= LONGEST_WAIT_SECONDS == 86_400


def test_a_task_whose_message_went_with_a_redis_without_a_volume_is_sent_again_within_an_hour():
    assert options("celery")["scheduler"]["task_queued_timeout"] == 3_600
    assert options("celery", celery=celery(**LASTING))["scheduler"] == {"task_queued_timeout": 86_400}


def test_task_pods_that_wait_for_their_quota_are_not_asked_for_twice():
    for executors in (("kubernetes",), ("celery", "kubernetes")):
        assert options(*executors)["scheduler"] == {"task_queued_timeout": 86_400}


def test_a_scheduler_that_runs_all_tasks_itself_is_left_alone():
    assert options("local") == {}


@pytest.mark.parametrize("version", VERSIONS)
def test_a_task_that_has_waited_may_still_start(version):
    found = options("kubernetes", version=version).get("execution_api")
    has_tokens_for_the_line = version == "3.2.2" or version.startswith("3.3")
    is_old = version.startswith("2.")
    assert found == (None if is_old or has_tokens_for_the_line else {"jwt_expiration_time": 86_400})
