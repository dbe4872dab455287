"""KEDA, which is written in Go, gets a URL of the database that it understands."""

from dataclasses import replace

import pytest

from components import keda
from components.args import DatabaseArgs
from components.values import build_values
from tests.components.chart_rendering import of_kind, rendered
from tests.components.scenarios import SCENARIOS, SUPPORT
from tests.factories import embedded_database

OTHERS = SCENARIOS["Celery2Queues-3.2.2-keda"]
SUPPLIED = {
    version: replace(
        SCENARIOS[f"Celery2Queues-{version}-keda"],
        database=DatabaseArgs(secret_name="analytics-orders-metadata", config_key="url"),
    )
    for version in ("3.2.2", "2.11.2")
}
OWN = SUPPLIED["3.2.2"]


@pytest.mark.parametrize(
    ("url", "plain"),
    [
        (
            "postgresql+psycopg2://a:b@db:5432/airflow?sslmode=require",
            "postgresql://a:b@db:5432/airflow?sslmode=require",
        ),
        ("postgresql+psycopg://a:b+c@db/airflow", "postgresql://a:b+c@db/airflow"),
        ("postgresql://a:b+c%3A//@db/airflow", "postgresql://a:b+c%3A//@db/airflow"),
        ("postgres://a:b@db/airflow", "postgres://a:b@db/airflow"),
        ("no+url", "no+url"),
        ("", ""),
    ],
)
def test_a_url_loses_its_driver_and_nothing_else(url, plain):
    assert keda.plain_url(url) == plain


@pytest.mark.parametrize(
    ("args", "is_own"),
    [
        (OWN, True),
        (OTHERS, False),
        (replace(OWN, pgbouncer=SUPPORT["pgbouncer"]), False),
        (replace(OWN, database=embedded_database()), False),
        (replace(OWN, executor=SCENARIOS["Celery-3.2.2-plain"].executor), False),
        (replace(OWN, executor=SCENARIOS["Local-3.2.2-plain"].executor), False),
    ],
)
def test_only_where_the_url_is_known_and_not_rewritten_already_has_keda_one_of_its_own(args, is_own):
    assert keda.has_own_address(args) is is_own
    values = build_values(args)
    assert ("enableBuiltInSecretEnvVars" in values) is is_own
    assert (keda.VARIABLE in {one["envName"] for one in values["secret"]}) is is_own


def read_by_keda(args):
    """Return the Secret and the key that each queue's ScaledObject leads to, by way of the worker's environment."""
    objects = rendered(args)
    pods = {one["metadata"]["name"]: one for one in of_kind(objects, "Deployment", "StatefulSet")}
    for scaled in of_kind(objects, "ScaledObject"):
        (trigger,) = scaled["spec"]["triggers"]
        target = scaled["spec"]["scaleTargetRef"]
        containers = pods[target["name"]]["spec"]["template"]["spec"]["containers"]
        (worker,) = [one for one in containers if one["name"] == target["envSourceContainerName"]]
        (variable,) = [one for one in worker["env"] if one["name"] == trigger["metadata"]["connectionFromEnv"]]
        yield variable["valueFrom"]["secretKeyRef"], worker["env"]


@pytest.mark.chart
@pytest.mark.parametrize("version", SUPPLIED)
def test_the_genuine_chart_leads_keda_to_that_url_and_airflow_to_the_written_one(version):
    found = list(read_by_keda(SUPPLIED[version]))
    assert len(found) == 2
    for source, env in found:
        assert source == {"name": "analytics-orders-metadata", "key": "kedaConnection"}
        by_name = {one["name"]: one.get("valueFrom", {}).get("secretKeyRef") for one in env}
        assert by_name["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"] == {**source, "key": "connection"}


@pytest.mark.chart
def test_a_secret_of_somebody_else_is_read_as_it_is():
    assert {source["key"] for source, _ in read_by_keda(OTHERS)} == {"connection"}
