import itertools

import pytest

from components import airflow_versions
from components.executor_args import ExecutorKind

CELERY, KUBERNETES, LOCAL = ExecutorKind.CELERY, ExecutorKind.KUBERNETES, ExecutorKind.LOCAL


def test_the_default_is_a_known_release():
    assert airflow_versions.refuse_version(airflow_versions.DEFAULT_VERSION) is None


def test_releases_are_listed_once_and_in_order():
    numbers = [tuple(map(int, version.split("."))) for version in airflow_versions.VERSIONS]
    assert numbers == sorted(set(numbers))
    assert numbers[0] >= (2, 11, 0)


@pytest.mark.parametrize("version", ["2.10.5", "3.0.5", "3.1.4", "3.4.0", "3.2", "latest", ""])
def test_an_unknown_release_is_refused_with_the_known_ones(version):
    reason = airflow_versions.refuse_version(version)
    assert reason is not None
    assert "3.2.2" in reason


@pytest.mark.parametrize("version", airflow_versions.VERSIONS)
def test_every_release_runs_any_set_of_executors_in_any_order(version):
    for count in (1, 2, 3):
        for kinds in itertools.permutations(ExecutorKind, count):
            assert airflow_versions.refuse_executors(version, kinds) is None


def test_no_executor_is_refused():
    assert "no executor" in (airflow_versions.refuse_executors("3.2.2", ()) or "")


def test_an_executor_that_is_listed_twice_is_refused():
    reason = airflow_versions.refuse_executors("3.2.2", (CELERY, LOCAL, CELERY))
    assert reason is not None
    assert reason.startswith("CeleryExecutor is listed more than once")


def test_an_executor_that_a_major_version_does_not_run_is_refused(monkeypatch):
    monkeypatch.setattr(airflow_versions, "EXECUTORS", {3: frozenset({LOCAL})})
    reason = airflow_versions.refuse_executors("3.2.2", (LOCAL, KUBERNETES))
    assert reason == "Airflow 3.2.2 does not run KubernetesExecutor; use LocalExecutor"


def test_major_versions_decide_who_parses_dags():
    assert not airflow_versions.needs_dag_processor("2.11.2")
    assert airflow_versions.needs_dag_processor("3.0.0")


@pytest.mark.parametrize("text", ["latest", "3", "", "v3.2.2"])
def test_the_major_version_of_something_else_is_an_error(text):
    with pytest.raises(ValueError, match="is not an Airflow version"):
        airflow_versions.major(text)
