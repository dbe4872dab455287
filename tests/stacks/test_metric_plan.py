"""Where metrics go: what Airflow and OpenTelemetry are told, what StatsD leaves behind, and which ways are open."""

from datetime import date
from typing import Any

import pytest

from components.images import images
from components.network import edges, parts
from components.quota import reserved
from components.secret_args import SecretKeyArgs
from components.service_accounts import accounts
from components.values import build_values
from stacks.notices import notices
from tests.environments import CLOUD
from tests.stacks.environments import deployment, planned, refusals, shared

ORDERS = "workspaces.analytics.deployments.orders"
COLLECTOR = {"host": "otel.example.com"}
HEADERS = "OTEL_EXPORTER_OTLP_HEADERS"


def orders(secret_keys: tuple[str, ...] = (), metrics: Any = COLLECTOR, **settings: Any) -> Any:
    executors = ["CeleryExecutor", "KubernetesExecutor"]
    return deployment(secret_keys, executor=executors, metrics={"opentelemetry": metrics}, **settings)


def refused(**settings: Any) -> list[str]:
    written = {"metrics": {"opentelemetry": COLLECTOR}, **settings}
    return refusals(workspaces={"analytics": shared(deployments={"orders": written})})


def test_both_ways_by_which_releases_are_told_of_a_collector_say_the_same():
    collector = {"host": "otel.example.com", "port": 4319, "tls": False, "interval_seconds": 30, "traces": True}
    args = orders(metrics=collector)
    there = {
        "otel_on": True,
        "otel_host": "otel.example.com",
        "otel_port": 4319,
        "otel_ssl_active": False,
        "otel_service": "analytics-orders",
    }
    off = {"statsd_on": False, "statsd_datadog_enabled": False}
    assert args.config == {"metrics": {**there, **off, "otel_interval_milliseconds": 30_000}, "traces": there}
    assert args.env == {
        "OTEL_EXPORTER_OTLP_ENDPOINT": "http://otel.example.com:4319",
        "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf",
        "OTEL_TRACES_EXPORTER": "otlp_proto_http",
        "OTEL_METRIC_EXPORT_INTERVAL": "30000",
        "OTEL_SERVICE_NAME": "analytics-orders",
        "OTEL_RESOURCE_ATTRIBUTES": "service.namespace=analytics,deployment.environment.name=test",
    }


def test_without_a_word_a_collector_is_asked_by_tls_and_gets_no_traces():
    args = orders()
    assert args.env["OTEL_EXPORTER_OTLP_ENDPOINT"] == "https://otel.example.com:4318"
    assert args.config["traces"]["otel_on"] is False


def test_headers_come_from_a_secret_of_the_configuration_or_of_somebody_else():
    args = orders(("token",), {**COLLECTOR, "headers": "token"})
    assert (args.secret_env, args.secret_keys) == ({HEADERS: "token"}, {"token"})
    args = orders(metrics={**COLLECTOR, "headers": {"secret": "otel", "key": "all"}})
    assert args.referenced_env == {HEADERS: SecretKeyArgs(secret_name="otel", key="all")}


def test_nothing_of_statsd_is_left_and_its_room_is_given_back():
    args, before = orders(), orders(metrics=None)
    assert "statsd" in parts(before)
    assert "statsd" not in parts(args)
    assert build_values(args)["statsd"] == {"enabled": False}
    assert "statsd" not in {account.part for account in accounts(args)}
    assert "statsd" not in images(args)
    assert (reserved(before).cpu - reserved(args).cpu, reserved(before).pods - reserved(args).pods) == (200, 2)


def ways(args: Any) -> set[tuple[Any, ...]]:
    return {
        (edge.source, edge.target, edge.ports, edge.outside.cidr, edge.outside.namespace)
        for edge in edges(args)
        if edge.why.startswith("metrics")
    }


def test_every_part_of_airflow_reaches_the_collector_and_nothing_else_does():
    args = orders(database="embedded", cleanup={"enabled": True}, extra_task_pods={"max_pods": 1})
    sources = {"scheduler", "api-server", "dag-processor", "triggerer", "worker", "task-pod"}
    jobs = {"run-airflow-migrations", "airflow-cleanup-pods"}
    assert ways(args) == {(one, None, (4318,), None, None) for one in sources | jobs}


def test_the_way_to_the_collector_may_be_narrowed():
    args = orders(network={"metrics": {"namespace": "observability", "ports": [4320]}})
    assert {way[2:] for way in ways(args)} == {((4320,), None, "observability")}
    assert {way[1:3] for way in ways(orders(metrics=None))} == {("statsd", (9125,))}


def test_a_cloud_wants_the_collector_named():
    cluster = {**CLOUD, "context": "somewhere"}
    written = {"database": "embedded", "metrics": {"opentelemetry": COLLECTOR}}
    sections = {"clusters": {"main": cluster}, "workspaces": {"analytics": shared(deployments={"orders": written})}}
    [line] = refusals(**sections)
    assert line.startswith(f"{ORDERS}.network.metrics: is missing: with `hosting: cloud` every place outside is named")
    written["network"] = {"metrics": {"cidr": "192.0.2.0/24"}}
    assert planned(**sections)


@pytest.mark.parametrize("cidr", ["169.254.169.254/32", "10.40.3.0/24"], ids=["of the nodes", "closed"])
def test_a_collector_is_nowhere_that_no_deployment_may_go(cidr):
    network = CLOUD["network"] | {"closed": ["10.40.0.0/16"]}
    cluster = {"hosting": "enterprise", "context": "somewhere", "network": network}
    written = {"metrics": {"opentelemetry": COLLECTOR}, "network": {"metrics": {"cidr": cidr}}}
    workspaces = {"analytics": shared(deployments={"orders": written})}
    [line] = refusals(clusters={"main": cluster}, workspaces=workspaces)
    assert line.startswith(f"{ORDERS}.network.metrics.cidr: ")


def test_a_deployment_goes_back_to_statsd_where_defaults_name_a_collector():
    defaults = {"metrics": {"opentelemetry": COLLECTOR}, "database": "embedded"}
    deployments = {"orders": {}, "back": {"metrics": {}}}
    plan = planned(workspaces={"analytics": shared(defaults=defaults, deployments=deployments)})
    assert {one.name: one.statsd is None for one in plan.deployments} == {"orders": True, "back": False}


def test_what_the_collector_comes_to_is_set_by_nobody_else():
    lines = refused(env={"OTEL_SERVICE_NAME": "mine"}, config={"metrics": {"statsd_datadog_enabled": True}})
    assert [line.removeprefix(f"{ORDERS}.") for line in lines] == [
        "config.metrics.statsd_datadog_enabled: is set by metrics.opentelemetry already. Remove one of them",
        "env.OTEL_SERVICE_NAME: is set by metrics.opentelemetry already. Remove one of them",
    ]
    assert refused(env={"OTEL_SERVICE_NAME": None}, secret_env={"OTEL_SERVICE_NAME": "token"})[0].startswith(
        f"{ORDERS}.secret_env.OTEL_SERVICE_NAME: is set by metrics.opentelemetry already"
    )


def test_a_size_of_statsd_is_not_judged_where_there_is_none():
    orders(statsd={"memory": "1Mi"})


def test_airflow_2_is_said_to_need_an_older_exporter():
    args = {"airflow_version": "2.11.2", "database": "embedded"}
    deployments = {"orders": {**args, "metrics": {"opentelemetry": COLLECTOR}}, "plain": args}
    plan = planned(workspaces={"analytics": shared(deployments=deployments)})
    said = [line for line in notices(plan, date(2025, 1, 1)) if "OpenTelemetry" in line]
    assert [line.partition(":")[0] for line in said] == ["analytics.orders"]
