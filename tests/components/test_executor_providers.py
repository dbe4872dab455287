"""Executors of provider packages: the table, and what is refused by it."""

import pytest

from components.airflow_versions import VERSIONS, major
from components.executor_args import ExecutorKind
from components.executor_providers import PROVIDED, provided, refuse_path
from tests.readme import README

EDGE = "airflow.providers.edge3.executors.EdgeExecutor"
DASK = "airflow.providers.daskexecutor.executors.dask_executor.DaskExecutor"


def test_a_class_path_is_listed_once():
    paths = [path for one in PROVIDED for path in one.paths]
    assert len(paths) == len(set(paths))
    assert all(provided(path) for path in paths)


def test_what_the_platform_sizes_is_not_in_the_table():
    assert [path for one in PROVIDED for path in one.paths if any(kind in path for kind in ExecutorKind)] == []


@pytest.mark.parametrize("one", PROVIDED, ids=lambda one: one.paths[0])
def test_an_executor_says_what_takes_its_place_where_a_known_airflow_has_it_not(one):
    majors = {major(version) for version in VERSIONS}
    assert one.releases.keys() <= majors
    assert bool(one.instead) == (one.releases.keys() != majors)


def test_an_executor_is_refused_where_its_provider_has_no_release():
    assert refuse_path(DASK, "2.11.2") is None
    reason = refuse_path(DASK, "3.2.2")
    assert reason is not None
    assert reason.endswith("Choose CeleryExecutor or KubernetesExecutor")


@pytest.mark.parametrize("version", VERSIONS)
def test_what_runs_everywhere_and_what_nobody_knows_is_let_through(version):
    assert refuse_path(EDGE, version) is None
    assert refuse_path("example.executors.OwnExecutor", version) is None


def test_the_documentation_has_the_table():
    rows = [
        f"| `{one.paths[0]}` | `{one.package}` | {one.releases.get(2, 'none')} | {one.releases.get(3, 'none')} |"
        for one in PROVIDED
        if one.releases
    ]
    section = README.partition("<!-- provider executors -->")[2].strip().split("\n\n")[0]
    assert section.splitlines()[2:] == rows
