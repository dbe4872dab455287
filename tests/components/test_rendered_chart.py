"""What the genuine chart makes of our values."""

import configparser
import dataclasses
from typing import Any

import pytest
from kubernetes.utils.quantity import parse_quantity

from components import naming
from components.executor_args import Priority
from components.labels import deployment_labels
from components.object_counts import ROOM, made_objects
from components.priorities import class_names
from components.quantities import parse_bytes
from components.quota import compute_quota
from components.service_accounts import SCHEDULER
from components.workloads import Share, WorkloadKind, workloads
from tests.components.chart_rendering import (
    airflow_config_map,
    containers,
    of_kind,
    pods,
    rendered,
    rendered_anew,
    rendered_text,
)
from tests.components.pod_security import violations
from tests.components.rendered_pods import (
    RESOURCES,
    claims,
    facts_of_chart,
    facts_of_model,
    most_replicas,
    needed,
    shared_claims,
)
from tests.components.scenarios import BRACES, SCENARIOS, scenario
from tests.factories import airflow_deployment_args, celery, executor, worker_queue

pytestmark = pytest.mark.chart

every_scenario = pytest.mark.parametrize("args", SCENARIOS.values(), ids=SCENARIOS.keys())


@every_scenario
def test_no_container_violates_pod_security(args):
    found = {owner: violations(pod) for owner, pod in pods(rendered(args)).items()}
    assert {owner: broken for owner, broken in found.items() if broken} == {}


@every_scenario
def test_every_container_has_requests_and_limits(args):
    missing = [
        f"{owner}/{container['name']}: {bound} {resource}"
        for owner, pod in pods(rendered(args)).items()
        for container in containers(pod)
        for bound in ("requests", "limits")
        for resource in RESOURCES
        if resource not in container.get("resources", {}).get(bound, {})
    ]
    assert missing == []


@every_scenario
def test_every_pod_has_our_labels_and_one_of_our_priority_classes(args):
    classes = {name for share in Share for name in class_names(args.environment, share)}
    for owner, pod in pods(rendered(args)).items():
        assert pod["spec"].get("priorityClassName") in classes, owner
        assert deployment_labels(args).items() <= pod["metadata"]["labels"].items(), owner


@every_scenario
def test_the_chart_makes_no_secret_and_no_hook_and_nothing_for_the_cluster(args):
    objects = rendered(args)
    assert of_kind(objects, "Secret", "NetworkPolicy", "ResourceQuota", "LimitRange", "PriorityClass") == []
    assert of_kind(objects, "ClusterRole", "ClusterRoleBinding") == []
    assert [entry for entry in objects if "helm.sh/hook" in entry["metadata"].get("annotations", {})] == []


def test_two_renderings_are_equal():
    args = SCENARIOS["Celery+Kubernetes-3.2.2-git_sync"]
    assert rendered_anew(args) == rendered_text(args)


@every_scenario
def test_the_pod_model_equals_what_the_chart_renders(args):
    not_rendered = {WorkloadKind.POD, WorkloadKind.CLAIM}
    stated = {facts_of_model(workload) for workload in workloads(args) if workload.kind not in not_rendered}
    assert stated == facts_of_chart(args)


@every_scenario
def test_the_quota_holds_the_widest_roll_out_exactly(args):
    plan = compute_quota(args)
    objects = rendered(args)
    for share in Share:
        expected = needed(args, objects, share)
        hard = plan.specs[share]["hard"]
        assert {name: parse_quantity(amount) for name, amount in hard.items()} == expected
    hard = plan.specs["objects"]["hard"]
    stateful = [(owner, most_replicas(owner, objects)) for owner in of_kind(objects, "StatefulSet")]
    stored = [parse_quantity(size) for owner, count in stateful for size in claims(owner) for _ in range(count)]
    stored += shared_claims(args)
    assert parse_quantity(hard["requests.storage"]) == sum(stored)
    assert int(hard["persistentvolumeclaims"]) == len(stored)


@every_scenario
def test_no_replica_goes_before_its_successor_is_ready(args):
    for owner in of_kind(rendered(args), "Deployment"):
        component = owner["spec"]["template"]["metadata"]["labels"]["component"]
        if component != "statsd":
            surge = "100%" if component == "worker" else 1
            assert owner["spec"]["strategy"]["rollingUpdate"] == {"maxSurge": surge, "maxUnavailable": 0}


@every_scenario
def test_every_service_account_that_a_pod_uses_is_made(args):
    objects = rendered(args)
    made = {entry["metadata"]["name"] for entry in of_kind(objects, "ServiceAccount")}
    assert {pod["spec"]["serviceAccountName"] for pod in pods(objects).values()} <= made | {SCHEDULER}


@every_scenario
def test_services_leave_room_in_their_quota(args):
    hard = compute_quota(args).specs["objects"]["hard"]
    assert len(of_kind(rendered(args), "Service")) == int(hard["services"]) - ROOM["services"]


@every_scenario
def test_counts_of_objects_are_those_that_are_made(args):
    objects, made = rendered(args), made_objects(args, workloads(args))
    assert len(of_kind(objects, "CronJob")) == made["count/cronjobs.batch"]
    of_the_cluster, of_sign_in = 3, 3
    assert len(of_kind(objects, "ConfigMap")) == made["configmaps"] - of_the_cluster - of_sign_in


@pytest.mark.parametrize("version", ["3.2.2", "2.11.2"])
def test_options_of_airflow_arrive_as_they_were_written(version):
    lines = '[\n {"name": "a"},\n {"name": "b"}\n]'
    args = scenario("Celery", version, "config")
    written = {**args.config, "dag_processor": {"dag_bundle_config_list": lines, "half": 0.5, "on": True}}
    parser = _airflow_config(_replaced(args, config=written))
    assert parser["logging"]["log_filename_template"] == BRACES
    assert parser["core"]["max_map_length"] == "1000000"
    assert [line.strip() for line in parser["dag_processor"]["dag_bundle_config_list"].splitlines()] == [
        line.strip() for line in lines.splitlines()
    ]
    assert (parser["dag_processor"]["half"], parser["dag_processor"]["on"]) == ("0.5", "True")


def test_variables_arrive_as_they_were_written():
    args = scenario("Celery+Kubernetes", "3.2.2", "config")
    for owner, pod in pods(rendered(args)).items():
        for container in pod["spec"]["containers"]:
            if container["name"] in {"redis", "statsd"} or container["name"].endswith("groomer"):
                continue
            variables = {entry["name"]: entry for entry in container["env"]}
            assert variables["GREETING"]["value"] == BRACES, owner
            assert variables["LINES"]["value"] == "one\ntwo", owner
            reference = {"name": "analytics-orders-env", "key": "API_TOKEN"}
            assert variables["API_TOKEN"]["valueFrom"]["secretKeyRef"] == reference, owner


def test_each_queue_runs_its_own_concurrency():
    objects = rendered(scenario("Celery2Queues", "3.2.2", "plain"))
    found = {}
    for entry in of_kind(objects, "Deployment"):
        for container in entry["spec"]["template"]["spec"]["containers"]:
            if container["name"] == "worker":
                variables = {variable["name"]: variable.get("value") for variable in container["env"]}
                queue = "-q heavy" if "-q heavy" in container["args"][-1] else "default"
                found[queue] = variables["AIRFLOW__CELERY__WORKER_CONCURRENCY"]
    assert found == {"default": "2", "-q heavy": "1"}


def test_tasks_have_the_priority_of_their_queue_or_of_task_pods():
    queues = celery(worker_queue(), worker_queue("slow", priority=Priority.LOW))
    tasks = dataclasses.replace(executor("kubernetes").kubernetes, priority=Priority.HIGH)
    both = dataclasses.replace(executor("celery", "kubernetes", celery=queues), kubernetes=tasks)
    found = {
        owner.partition("/")[2] or owner: pod["spec"]["priorityClassName"]
        for owner, pod in pods(rendered(airflow_deployment_args(executor=both))).items()
        if owner == "TaskPod" or "worker" in owner
    }
    assert found == {
        "analytics-orders-worker": "airspace-dev-workers",
        "analytics-orders-worker-slow": "airspace-dev-workers-low",
        "TaskPod": "airspace-dev-tasks-high",
    }


def test_every_secret_that_pods_read_is_one_of_ours_by_name():
    for args in (SCENARIOS["Celery+Kubernetes-3.2.2-config"], SCENARIOS["Celery-2.11.2-config"]):
        read = {
            variable["valueFrom"]["secretKeyRef"]["name"]
            for pod in pods(rendered(args)).values()
            for container in containers(pod)
            for variable in container.get("env") or []
            if "secretKeyRef" in variable.get("valueFrom", {})
        }
        keys = {"api-secret-key", "jwt"} if args.airflow_major == 3 else {"webserver-secret-key"}
        purposes = {"metadata", "broker-url", "fernet-key", "redis-password", "env", *keys}
        assert read == {naming.secret_name(args.namespace, purpose) for purpose in purposes}


def test_the_host_gets_an_ingress_with_a_certificate():
    for version in ("3.2.2", "2.11.2"):
        (ingress,) = of_kind(rendered(scenario("Local", version, "host")), "Ingress")
        assert ingress["spec"]["ingressClassName"] == "nginx"
        assert ingress["spec"]["tls"] == [{"hosts": ["orders.example.com"], "secretName": "analytics-orders-tls"}]
        assert ingress["spec"]["rules"][0]["host"] == "orders.example.com"
        assert ingress["metadata"]["annotations"] == {"cert-manager.io/cluster-issuer": "letsencrypt"}


@pytest.mark.parametrize("version", ["3.2.2", "2.11.2"])
def test_the_host_may_have_a_certificate_of_somebody_else(version):
    args = airflow_deployment_args(airflow_version=version, host="orders.example.com", tls_secret="wildcard")
    (ingress,) = of_kind(rendered(args), "Ingress")
    assert ingress["spec"]["tls"] == [{"hosts": ["orders.example.com"], "secretName": "wildcard"}]
    assert not ingress["metadata"].get("annotations")


def test_git_credentials_are_asked_for_under_their_documented_names_only():
    objects = rendered(scenario("Kubernetes", "3.2.2", "git_credentials"))
    asked = {
        variable["valueFrom"]["secretKeyRef"]["key"]
        for pod in pods(objects).values()
        for container in containers(pod)
        for variable in container.get("env") or []
        if variable.get("valueFrom", {}).get("secretKeyRef", {}).get("name") == "orders-git"
    }
    assert asked == {"GITSYNC_USERNAME", "GITSYNC_PASSWORD"}


def test_logs_are_groomed_before_they_fill_half_of_the_disk_that_holds_them():
    found = {}
    for owner, pod in pods(rendered(scenario("Celery", "3.2.2", "volumes"))).items():
        for container in pod["spec"]["containers"]:
            if container["name"].endswith("-log-groomer"):
                variables = {entry["name"]: entry.get("value") for entry in container["env"]}
                found[owner.rpartition("orders-")[2]] = variables["AIRFLOW__LOG_MAX_SIZE_BYTES"]
    half = {"worker": "7Gi", "scheduler": "1Gi", "dag-processor": "1Gi", "triggerer": "512Mi"}
    assert found == {part: str(parse_bytes(disk) // 2) for part, disk in half.items()}


@every_scenario
def test_probes_that_start_python_have_time(args):
    for owner, pod in pods(rendered(args)).items():
        for container in pod["spec"]["containers"]:
            for kind in ("livenessProbe", "readinessProbe"):
                probe = container.get(kind, {})
                if "exec" in probe and container["name"] != "metrics-exporter":
                    assert (probe["timeoutSeconds"], probe["periodSeconds"]) == (60, 120), owner


@every_scenario
def test_a_server_may_take_ten_minutes_to_start(args):
    containers = [one for pod in pods(rendered(args)).values() for one in pod["spec"]["containers"]]
    [server] = [one for one in containers if one["name"] in {"api-server", "webserver"}]
    assert server["startupProbe"]["periodSeconds"] * server["startupProbe"]["failureThreshold"] == 600


def _replaced(args: Any, **changes: Any) -> Any:
    return dataclasses.replace(args, **changes)


def _airflow_config(args: Any) -> configparser.ConfigParser:
    parser = configparser.ConfigParser(interpolation=None)
    parser.read_string(airflow_config_map(rendered(args))["airflow.cfg"])
    return parser
