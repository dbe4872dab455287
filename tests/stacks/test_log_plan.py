"""Where task logs go: what Airflow is told of it, where what opens the place comes from, and what the chart says."""

from typing import Any

import pytest

from components.generated_secrets import Purpose, secret_purposes
from components.labels import TASK_POD
from components.network import edges
from components.secret_args import SecretKeyArgs
from components.values import build_values
from tests.components.values_schema import schema_errors
from tests.stacks.environments import deployment

VERSIONS = ("3.2.2", "2.11.2")
SEARCH = {"json_format": True, "write_stdout": False, "target_index": "airflow-logs"}
OPENSEARCH = {"host": "search.example.com", "username": "airflow"}
PLACES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "s3": (
        {"folder": "s3://logs/orders", "encrypt": True},
        {"logging": {"remote_base_log_folder": "s3://logs/orders", "encrypt_s3_logs": True}},
    ),
    "gcs": ({"folder": "gs://logs/orders"}, {"logging": {"remote_base_log_folder": "gs://logs/orders"}}),
    "azure": (
        {"container": "logs", "folder": "team/orders"},
        {
            "logging": {"remote_base_log_folder": "wasb://team/orders"},
            "azure_remote_logging": {"remote_wasb_log_container": "logs"},
        },
    ),
    "elasticsearch": ({}, {"elasticsearch": {**SEARCH, "write_to_es": True}, "logging": {}}),
    "opensearch": (
        OPENSEARCH,
        {
            "opensearch": {**OPENSEARCH, "port": 9200, **SEARCH, "write_to_os": True},
            "opensearch_configs": {"use_ssl": True, "verify_certs": True},
            "logging": {},
        },
    ),
}
VARIABLES = {"elasticsearch": "AIRFLOW__ELASTICSEARCH__HOST", "opensearch": "AIRFLOW__OPENSEARCH__PASSWORD"}
BUCKETS = ("s3", "gcs", "azure")


def variable(place: str) -> str:
    return VARIABLES.get(place, "AIRFLOW_CONN_AIRSPACE_LOGS")


def expected(place: str, **logging: Any) -> dict[str, Any]:
    options = PLACES[place][1]
    return {**options, "logging": {**options["logging"], "remote_logging": True, **logging}}


def opened(place: str) -> dict[str, Any]:
    """Return the option that says which connection opens the place; search engines have none."""
    return {"remote_log_conn_id": "airspace_logs"} if place in BUCKETS else {}


@pytest.mark.parametrize("place", PLACES)
def test_a_place_that_a_secret_of_the_configuration_opens(place: str):
    args = deployment(["key"], logs={place: {**PLACES[place][0], "config": "key"}})
    assert args.config == expected(place, **opened(place))
    assert args.secret_env == {variable(place): "key"}
    assert args.secret_keys == {"key"}
    assert args.referenced_env == {}


@pytest.mark.parametrize("place", PLACES)
def test_a_place_that_a_secret_of_somebody_else_opens(place: str):
    args = deployment(logs={place: {**PLACES[place][0], "secret": "theirs"}})
    assert args.config == expected(place, **opened(place))
    assert args.referenced_env == {variable(place): SecretKeyArgs(secret_name="theirs", key="connection")}
    assert args.secret_env == {}
    assert Purpose.ENV not in secret_purposes(args)


@pytest.mark.parametrize("place", BUCKETS)
def test_a_bucket_that_the_pods_own_identity_opens(place: str):
    args = deployment(logs={place: PLACES[place][0]})
    assert args.config == expected(place)
    assert (args.secret_env, args.referenced_env) == ({}, {})


def test_a_log_shipper_takes_what_is_printed():
    args = deployment(logs={"elasticsearch": {"secret": "search", "write": "stdout"}})
    assert args.config["elasticsearch"] == {**SEARCH, "write_stdout": True, "write_to_es": False}


def test_logs_stay_where_nothing_is_said():
    args = deployment()
    assert (args.config, args.secret_env, args.referenced_env) == ({}, {}, {})


def test_other_options_of_the_same_section_stay():
    args = deployment(logs={"s3": {"folder": "s3://logs"}}, config={"logging": {"logging_level": "DEBUG"}})
    assert args.config == {
        "logging": {
            "logging_level": "DEBUG",
            "remote_base_log_folder": "s3://logs",
            "encrypt_s3_logs": False,
            "remote_logging": True,
        }
    }


@pytest.mark.chart
@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("place", PLACES)
def test_the_chart_takes_the_values(place: str, version: str):
    if (place, version) == ("opensearch", "2.11.2"):
        version = "3.0.6"
    args = deployment(airflow_version=version, logs={place: {**PLACES[place][0], "secret": "theirs"}})
    values = build_values(args)
    assert schema_errors(values) == []
    assert {"envName": variable(place), "secretName": "theirs", "secretKey": "connection"} in values["secret"]
    assert values["config"]["logging"]["remote_logging"] == "True"


PORTS = {"s3": (443,), "gcs": (443,), "azure": (443,), "elasticsearch": (9200, 443), "opensearch": (9200,)}


def ways(**settings: Any) -> dict[str, Any]:
    executors = ["CeleryExecutor", "KubernetesExecutor"]
    found = edges(deployment(executor=executors, **settings))
    return {one.source: one for one in found if one.why == "remote task logs"}


@pytest.mark.parametrize("place", PLACES)
def test_what_writes_and_reads_task_logs_reaches_their_place_and_nobody_else(place: str):
    open_ways = ways(logs={place: {**PLACES[place][0], "secret": "theirs"}})
    assert set(open_ways) == {"scheduler", "worker", TASK_POD, "triggerer", "api-server"}
    assert {one.ports for one in open_ways.values()} == {PORTS[place]}
    assert {one.outside.cidr for one in open_ways.values()} == {None}


def test_the_way_to_the_logs_may_be_narrowed():
    network = {"logs": {"cidr": "10.0.0.0/8", "ports": [9000]}}
    [way] = {(one.outside.cidr, one.ports) for one in ways(logs={"s3": {"folder": "s3://b"}}, network=network).values()}
    assert way == ("10.0.0.0/8", (9000,))


def test_no_way_is_open_where_logs_stay():
    assert ways(network={"logs": {"cidr": "10.0.0.0/8"}}) == {}
