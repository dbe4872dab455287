"""Our values against the chart's own schema, also where the schema is open."""

import copy
import functools
import json
from typing import Any

import pytest

from components.values import build_values
from tests.components.chart_rendering import oracles
from tests.components.scenarios import SCENARIOS
from tests.components.values_schema import chart_values, schema_errors, unknown_keys

pytestmark = pytest.mark.chart

every_scenario = pytest.mark.parametrize("args", SCENARIOS.values(), ids=SCENARIOS.keys())


@every_scenario
def test_values_fit_the_schema(args):
    assert schema_errors(build_values(args)) == []


@pytest.mark.parametrize("name", [name for name in SCENARIOS if name.endswith("-git_sync")])
def test_values_fit_the_schema_also_when_helm_has_laid_them_over_the_charts_own(name):
    args = SCENARIOS[name]
    assert schema_errors(_laid_over(chart_values(), build_values(args))) == []


@every_scenario
def test_values_name_only_keys_that_the_chart_knows(args):
    assert unknown_keys(build_values(args)) == []


@pytest.mark.parametrize(
    "path",
    [
        ("schedular",),
        ("scheduler", "replica"),
        ("ingress", "apiserver"),
        ("workers", "celery", "maxSurge"),
        ("workers", "celery", "sets", 0, "replica"),
        ("workers", "celery", "sets", 0, "hpa", "minReplicas"),
        ("workers", "kubernetes", "maxPods"),
        ("dags", "gitSync", "repository"),
        ("securityContexts", "container"),
    ],
)
def test_a_misspelt_key_is_found(path):
    values: Any = copy.deepcopy(build_values(SCENARIOS["Celery+Kubernetes-3.2.2-host"]))
    place = values
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = "x"
    assert any(str(path[-1]) in found for found in unknown_keys(values))


def test_values_of_the_other_major_version_are_left_out():
    af2, af3 = (build_values(SCENARIOS[f"Celery-{version}-host"]) for version in ("2.11.2", "3.2.2"))
    assert {"webserver", "webserverSecretKeySecretName"} == af2.keys() - af3.keys()
    assert {"apiServer", "apiSecretKeySecretName", "jwtSecretName"} == af3.keys() - af2.keys()


@pytest.mark.oracle
def test_every_value_path_that_feeds_a_containers_resources_is_filled():
    """The oracles name the path for each container of each pod; pods that the platform switches off are left out."""
    off = {"pgbouncer", "flower", "cleanup", "databaseCleanup", "createUserJob"}
    for name, af in (("3.2.2", "3.2.2"), ("2.11.2", "2.11.2")):
        values = build_values(SCENARIOS[f"Celery+Kubernetes-{name}-git_sync"])
        for file in sorted((oracles() / "workloads").glob(f"airflow-{af}.CeleryExecutor+KubernetesExecutor.git*.json")):
            for path in _resource_paths(json.loads(file.read_text())):
                if path.split(".")[0] not in off:
                    assert _filled(values, path), path


def _resource_paths(oracle: dict[str, Any]) -> set[str]:
    return {
        container["resources_from"]
        for workload in oracle["workloads"]
        for container in (*workload["init_containers"], *workload["containers"])
    }


def _filled(values: Any, path: str) -> bool:
    if path.startswith("workers.celery."):
        rest = path.removeprefix("workers.celery.").split(".")
        return all(_at(entry, rest) for entry in values["workers"]["celery"]["sets"])
    return bool(_at(values, path.split(".")))


def _at(values: Any, path: list[str]) -> Any:
    return functools.reduce(lambda place, key: place[key], path, values)


def _laid_over(base: Any, over: Any) -> Any:
    if isinstance(base, dict) and isinstance(over, dict):
        return {key: _laid_over(base.get(key), over.get(key, base.get(key))) for key in {**base, **over}}
    return over
