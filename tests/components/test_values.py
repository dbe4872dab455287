import copy
import json
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.values import build_values
from components.values.templating import config_text, literal
from tests.components.scenarios import SCENARIOS, scenario
from tests.factories import airflow_deployment_args, celery, executor, volume, worker_queue

every_scenario = pytest.mark.parametrize("args", SCENARIOS.values(), ids=SCENARIOS.keys())

PURE = ("sizing", "airflow_versions", "tuning", "workloads", "quota", "values", "database")


@every_scenario
def test_equal_arguments_give_equal_values(args):
    once = json.dumps(build_values(args))
    assert json.dumps(build_values(copy.copy(args))) == once


def test_values_of_one_deployment_cannot_change_those_of_the_next():
    args = SCENARIOS["Celery+Kubernetes-3.2.2-git_sync"]
    clean = json.dumps(build_values(args))
    _spoil(build_values(args))
    assert json.dumps(build_values(args)) == clean


def test_the_order_of_maps_makes_no_difference():
    pairs = {"B": "1", "A": "2"}
    config = {"smtp": {"b": 1, "a": 2}, "core": {"x": 3}}
    one = build_values(airflow_deployment_args(env=pairs, secret_env=pairs, config=config))
    reverse = {section: dict(reversed(options.items())) for section, options in reversed(config.items())}
    backwards = dict(reversed(pairs.items()))
    other = build_values(airflow_deployment_args(env=backwards, secret_env=backwards, config=reverse))
    assert json.dumps(one) == json.dumps(other)


def test_queues_keep_to_themselves():
    queues = celery(
        worker_queue(volume=volume(), node_selector={"disk": "fast"}, grace_seconds=3600), worker_queue("heavy")
    )
    workers = build_values(airflow_deployment_args(executor=executor("celery", celery=queues)))["workers"]["celery"]
    default, heavy = workers["sets"]
    assert default["persistence"]["enabled"]
    assert default["terminationGracePeriodSeconds"] == 3600
    assert heavy["persistence"] == {"enabled": False}
    assert "nodeSelector" not in heavy
    assert workers["persistence"] == {"enabled": False}
    assert "nodeSelector" not in workers


@pytest.mark.parametrize(
    ("least", "most", "expected"),
    [
        (2, 2, {"replicas": 2, "hpa": {"enabled": False}}),
        (0, 1, {"replicas": 1, "hpa": {"enabled": False}}),
        (0, 3, {"hpa": {"enabled": True, "minReplicaCount": 1, "maxReplicaCount": 3}}),
        (2, 3, {"hpa": {"enabled": True, "minReplicaCount": 2, "maxReplicaCount": 3}}),
    ],
)
def test_workers_scale_between_their_bounds_but_never_to_zero(least, most, expected):
    queue = worker_queue(min_workers=least, max_workers=most)
    (written,) = build_values(airflow_deployment_args(executor=executor("celery", celery=celery(queue))))["workers"][
        "celery"
    ]["sets"]
    assert {key: written[key] for key in written.keys() & {"replicas", "hpa"}} == expected


@pytest.mark.parametrize(("is_protected", "kept"), [(True, "Retain"), (False, "Delete")])
def test_claims_outlive_their_workers_only_where_the_deployment_is_protected(is_protected, kept):
    args = scenario("Celery", "3.2.2", "volumes")
    values = build_values(airflow_deployment_args(executor=args.executor, is_protected=is_protected))
    persistence = values["workers"]["celery"]["sets"][0]["persistence"]
    assert persistence["persistentVolumeClaimRetentionPolicy"] == {"whenDeleted": kept, "whenScaled": kept}


@pytest.mark.parametrize("is_protected", [True, False])
def test_a_redis_never_leaves_its_volume_to_the_next_one(is_protected):
    args = scenario("Celery", "3.2.2", "volumes")
    values = build_values(airflow_deployment_args(executor=args.executor, is_protected=is_protected))
    policy = values["redis"]["persistence"]["persistentVolumeClaimRetentionPolicy"]
    assert policy == {"whenDeleted": "Delete", "whenScaled": "Delete"}


def test_a_scheduler_that_runs_tasks_is_given_time_and_is_not_evicted():
    local = build_values(SCENARIOS["Local-3.2.2-plain"])["scheduler"]
    assert (local["terminationGracePeriodSeconds"], local["safeToEvict"]) == (300, False)
    assert local["env"] == [{"name": "DUMB_INIT_SETSID", "value": "0"}], "its tasks are told to stop with it"
    assert (
        not {"terminationGracePeriodSeconds", "env"} & build_values(SCENARIOS["Celery-3.2.2-plain"])["scheduler"].keys()
    )


def test_jobs_are_no_hooks_and_vanish_when_they_are_done():
    values = build_values(SCENARIOS["Local-3.2.2-plain"])
    for name in ("migrateDatabaseJob", "createUserJob"):
        assert (values[name]["useHelmHooks"], values[name]["ttlSecondsAfterFinished"]) == (False, 0)
    assert values["createUserJob"]["enabled"] is False


def test_without_celery_there_is_no_redis_but_the_brokers_secret_is_still_named():
    values = build_values(SCENARIOS["Kubernetes-3.2.2-plain"])
    assert values["redis"] == {"enabled": False}
    assert values["data"]["brokerUrlSecretName"] == "analytics-orders-broker-url"


def test_a_host_without_an_issuer_is_served_without_tls():
    ingress = build_values(airflow_deployment_args(host="orders.example.com"))["ingress"]["apiServer"]
    assert ingress == {"enabled": True, "pathType": "Prefix", "hosts": [{"name": "orders.example.com"}]}


def test_values_hold_no_secret():
    text = json.dumps(build_values(SCENARIOS["Celery-3.2.2-config"]))
    assert "orders_token" not in text


@given(st.text())
def test_nothing_is_left_for_the_template_engine_to_run(text):
    parts = literal(text).split('{{ "{{" }}')
    assert "{{".join(parts) == text
    assert not any("{{" in part for part in parts)


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Zl", "Zp"])), st.text(alphabet="ab{\n\r"))
def test_no_line_of_an_option_starts_where_a_new_option_would(first, rest):
    lines = config_text(first + rest).splitlines()
    assert all(line.startswith(" " * 6) for line in lines[1:])


@pytest.mark.parametrize(
    ("value", "text"), [(True, "True"), (False, "False"), (1_000_000, "1000000"), (0.25, "0.25"), ("", "")]
)
def test_options_are_written_as_text(value, text):
    assert config_text(value) == text


def test_the_pure_modules_load_neither_pulumi_nor_pydantic():
    names = ", ".join(f"components.{name}" for name in PURE)
    program = f"import sys, {names}; print(sorted({{'pulumi', 'pydantic', 'yaml', 'kubernetes'}} & sys.modules.keys()))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def _spoil(node):
    if isinstance(node, dict):
        for value in node.values():
            _spoil(value)
        node["spoilt"] = True
    elif isinstance(node, list):
        for value in node:
            _spoil(value)
        node.append("spoilt")
