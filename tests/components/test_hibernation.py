"""Sleep by the clock: what sleeps, what its CronJobs are, and what they may do."""

import dataclasses

import pytest

from components import naming, service_accounts, sizing
from components.hibernation import account_name, replicas_by_step
from components.hibernation_jobs import hibernation_config_map, hibernation_cron_jobs
from components.labels import TASK_POD
from components.life_args import HibernationArgs
from components.network import edges, parts
from components.pods import Share
from components.quota import quota_lines
from components.workloads import workloads
from tests.components.chart_rendering import of_kind, rendered
from tests.components.pod_security import violations
from tests.components.scenarios import scenario

NIGHTS = HibernationArgs(
    hibernate_at="0 19 * * 1-5", wake_at="0 7 * * 1-5", time_zone="Europe/Berlin", resources=sizing.HIBERNATION
)
CASES = {
    name: dataclasses.replace(scenario(*name.split(" ")), hibernation=NIGHTS)
    for name in (
        *("Local 3.2.2 plain", "Local 2.11.2 replicas", "Celery 3.2.2 plain", "Celery 2.11.2 volumes"),
        *("Kubernetes 3.2.2 support", "Celery+Kubernetes 3.2.2 site", "Celery 3.2.2 support"),
    )
}
cases = pytest.mark.parametrize("args", CASES.values(), ids=CASES.keys())


def set_by(args, step):
    return dict(one.rsplit("=", 1) for one in replicas_by_step(args)[step])


def pod(args, step="hibernate"):
    return hibernation_cron_jobs(args, NIGHTS)[step]["spec"]["jobTemplate"]["spec"]["template"]


@pytest.mark.chart
@cases
def test_all_whose_replicas_the_release_states_sleeps_and_wakes_as_it_was_installed(args):
    """Helm leaves replicas alone that the release does not state, and would not wake them at a roll-out."""
    stated = {
        f"{one['kind'].lower()}s/{one['metadata']['name']}": str(one["spec"]["replicas"])
        for one in of_kind(rendered(args), "Deployment", "StatefulSet")
        if "replicas" in one["spec"] and not one["metadata"]["name"].endswith("pgbouncer")
    }
    assert set_by(args, "wake") == stated
    assert set_by(args, "hibernate") == dict.fromkeys(stated, "0")


def test_workers_go_first_and_come_last():
    args = scenario("Celery2Queues", "3.2.2", "plain")
    names = [naming.worker_set_name(args.namespace, queue.name) for queue in args.executor.celery.queues]
    assert [one.split("/")[1] for one in list(set_by(args, "hibernate"))[:2]] == names
    assert {one.split("/")[1] for one in list(set_by(args, "wake"))[-2:]} == set(names)


@cases
def test_its_pods_are_as_restricted_as_all_others_and_run_where_they_do(args):
    for step in ("hibernate", "wake"):
        assert violations(pod(args, step)) == []
        spec = pod(args, step)["spec"]
        assert spec["containers"][0]["image"] == f"{args.image.repository}:{args.image.tag}"
        assert spec["priorityClassName"] == naming.priority_class_name(args.environment, Share.CORE)
    group = args.site.node_group
    assert spec.get("nodeSelector") == (dict(group.selector) if group else None)
    assert [one["name"] for one in spec.get("imagePullSecrets", [])] == list(args.site.registries.pull_secrets)


@cases
def test_they_may_change_the_scale_of_what_sleeps_and_nothing_else(args):
    rules = service_accounts.rules(args, service_accounts.SCALER)
    allowed = {f"{rule.resources[0].removesuffix('/scale')}/{name}" for rule in rules for name in rule.names}
    assert allowed == set(set_by(args, "hibernate"))
    assert {(rule.groups, rule.verbs) for rule in rules} == {(("apps",), ("patch",))}
    assert all(resource.endswith("/scale") for rule in rules for resource in rule.resources)
    assert service_accounts.holders(args)[service_accounts.SCALER] == [account_name(args)]


def test_their_account_is_named_like_those_that_no_task_may_have():
    args = CASES["Local 3.2.2 plain"]
    assert account_name(args).startswith(f"{args.namespace}-airflow-")
    assert pod(args)["spec"]["serviceAccountName"] == account_name(args)


@cases
def test_they_reach_the_kubernetes_api_and_nothing_else(args):
    reached = [(one.target, one.ports) for one in edges(args) if one.source == "hibernation"]
    assert reached == [(None, args.network.kubernetes_api_ports)]
    assert [one for one in edges(args) if one.target == "hibernation"] == []
    assert "hibernation" in parts(args)
    labels = pod(args)["metadata"]["labels"]
    assert (labels["tier"], labels["component"], labels["release"]) == ("airflow", "hibernation", args.namespace)


def test_room_for_each_is_reserved_beside_all_that_runs():
    args = CASES["Local 3.2.2 plain"]
    awake = dataclasses.replace(args, hibernation=None)
    added = [one for one in quota_lines(args) if one not in quota_lines(awake)]
    assert [(one.name, one.pods, one.pod) for one in added] == [
        (f"{args.namespace}-{step}", 1, sizing.HIBERNATION) for step in ("hibernate", "wake")
    ]
    assert pod(args)["spec"]["containers"][0]["resources"] == sizing.HIBERNATION.as_kubernetes()


def test_times_are_those_of_the_schedule_and_a_missed_one_is_made_up_for():
    specs = {step: one["spec"] for step, one in hibernation_cron_jobs(CASES["Local 3.2.2 plain"], NIGHTS).items()}
    assert {step: (one["schedule"], one["timeZone"]) for step, one in specs.items()} == {
        "hibernate": ("0 19 * * 1-5", "Europe/Berlin"),
        "wake": ("0 7 * * 1-5", "Europe/Berlin"),
    }
    assert {(one["concurrencyPolicy"], one["startingDeadlineSeconds"]) for one in specs.values()} == {("Forbid", 14400)}


def test_the_script_that_they_run_is_the_one_that_is_mounted():
    args = CASES["Local 3.2.2 plain"]
    spec, script = pod(args)["spec"], hibernation_config_map(args)
    assert spec["volumes"][0]["configMap"]["name"] == script["metadata"]["name"]
    assert spec["containers"][0]["command"][1].rpartition("/")[2] in script["data"]


def test_without_a_schedule_there_is_nothing_of_it():
    args = dataclasses.replace(CASES["Kubernetes 3.2.2 support"], hibernation=None)
    assert "hibernation" not in {one.component for one in workloads(args)}
    assert service_accounts.SCALER not in service_accounts.holders(args)
    assert TASK_POD in parts(args)
    assert "hibernation" not in parts(args)
