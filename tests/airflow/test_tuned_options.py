"""That each real Airflow knows the options by which it is told what room it has."""

import pytest

from components.tuning import tuned_config
from tests.airflow.test_owned_options import options  # noqa: F401 - the fixture
from tests.factories import airflow_deployment_args, executor

pytestmark = pytest.mark.airflow

UNDOCUMENTED = {("scheduler", "num_stuck_in_queued_retries")}
"""Read by the scheduler of both majors, and left out of the list of options on purpose."""

ELSEWHERE = {"celery", "kubernetes_executor", "usage_data_collection"}
"""Sections of providers, which are not installed with it, and of releases before these."""


def test_every_tuned_option_is_one_of_the_real_airflow(options, request):  # noqa: F811
    described, _ = options
    version = request.node.callspec.params["options"]
    for executors in (("local",), ("celery",), ("celery", "kubernetes")):
        args = airflow_deployment_args(airflow_version=version, executor=executor(*executors))
        tuned = {(section, name) for section, names in tuned_config(args).items() for name in names}
        known = {(section, name) for section, names in described.items() for name in names} | UNDOCUMENTED
        assert {(section, name) for section, name in tuned - known if section not in ELSEWHERE} == set()
