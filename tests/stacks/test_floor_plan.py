"""Which sizes are small and yet enough: nothing is refused that was not measured to need more."""

import pytest

from components.airflow_versions import VERSIONS
from stacks.deployment_settings import DeploymentSettings
from stacks.floor_plan import floor_problems

CELERY = {"type": "CeleryExecutor", "queues": {"default": {"memory": "320Mi", "concurrency": 1}}}


def refused(**settings):
    return [problem.path for problem in floor_problems(DeploymentSettings.model_validate(settings), ())]


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"scheduler": {"memory": "400Mi"}, "executor": ["LocalExecutor"]},
        {"scheduler": {"units": 1}},
        {"scheduler": {"units": 2}, "executor": ["KubernetesExecutor"]},
        {"executor": [CELERY]},
        {"triggerer": {"enabled": False, "memory": "64Mi"}},
    ],
    ids=str,
)
def test_what_was_measured_to_be_enough_is_planned(settings):
    assert refused(**settings) == []


@pytest.mark.parametrize("version", VERSIONS)
def test_only_the_major_version_that_was_measured_is_held_to_its_figures(version):
    found = refused(airflow_version=version, api_server={"memory": "260Mi"})
    assert found == ([("api_server", "memory")] if version.startswith("3.") else [])


def test_one_of_several_executors_may_make_the_scheduler_watch_pods():
    assert refused(scheduler={"memory": "492Mi"}, executor=["CeleryExecutor", "KubernetesExecutor"]) == [
        ("scheduler", "memory")
    ]
