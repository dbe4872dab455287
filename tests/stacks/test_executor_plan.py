"""From the settings of executors to their arguments."""

import pytest

from components import sizing
from components.executor_args import ExecutorKind, Scaling, TolerationArgs
from components.quantities import parse_bytes
from components.quota import compute_quota
from components.sizing import Size, Sized
from components.values import build_values
from stacks.deployment_settings import ComponentSettings, DeploymentDefaults, DeploymentSettings
from stacks.layers import layered
from stacks.resource_plan import sized_resources
from tests.stacks.environments import deployment, deployment_on, planned, shared

REMOTE = {"hosting": "enterprise", "context": "main"}
EDGE = "airflow.providers.edge3.executors.EdgeExecutor"


def queue(**settings):
    executor = {"type": "CeleryExecutor", "queues": {"default": settings}}
    return deployment_on(REMOTE, executor=executor).executor.celery.queues[0]


@pytest.mark.parametrize(
    ("settings", "scaled_by"),
    [
        ({}, Scaling.FIXED),
        ({"workers": 3}, Scaling.FIXED),
        ({"workers": {"max": 3}}, Scaling.HPA),
        ({"workers": {"max": 3}, "scaling": "hpa"}, Scaling.HPA),
        ({"workers": {"min": 0, "max": 1}, "scaling": "keda"}, Scaling.KEDA),
    ],
)
def test_workers_are_fixed_or_follow_the_load_unless_another_way_is_chosen(settings, scaled_by):
    assert queue(**settings).scaled_by is scaled_by


def test_a_queue_may_have_nodes_disk_and_time_of_its_own():
    taints = {"gpu": {}, "dedicated": {"value": "ml", "effect": "NoSchedule"}}
    planned = queue(ephemeral_storage="20Gi", grace_seconds=7200, node_selector={"gpu": "yes"}, tolerations=taints)
    assert planned.resources.limits.ephemeral_storage == parse_bytes("20Gi")
    assert planned.grace_seconds == 7200
    assert planned.tolerations == (
        TolerationArgs(key="dedicated", value="ml", effect="NoSchedule"),
        TolerationArgs(key="gpu"),
    )


TWO_QUEUES = {"type": "CeleryExecutor", "queues": {"default": {"workers": 2}, "slow": {"grace_seconds": 7200}}}


def staged(stage, executor=TWO_QUEUES):
    workspaces = {"analytics": shared(deployments={"orders": {"executor": executor}})}
    return planned(stage=stage, workspaces=workspaces).deployments[0]


@pytest.mark.parametrize(("stage", "seconds"), [("production", 600), ("development", 60)])
def test_workers_are_waited_for_as_long_as_the_stage_is_worth_it_unless_their_queue_says_otherwise(stage, seconds):
    queues = staged(stage).executor.celery.queues
    assert {one.name: one.grace_seconds for one in queues} == {"default": seconds, "slow": 7200}
    sets = build_values(staged(stage))["workers"]["celery"]["sets"]
    assert {one["name"]: one["terminationGracePeriodSeconds"] for one in sets} == {"default": seconds, "slow": 7200}


def test_workers_that_stop_are_reserved_however_long_they_may_take():
    assert compute_quota(staged("development")) == compute_quota(staged("production"))


def broker(secret_keys=(), **settings):
    executor = {"type": "CeleryExecutor"} | ({"broker": settings} if settings else {})
    return deployment(secret_keys, executor=executor).executor.celery


def test_a_deployment_has_its_own_redis_unless_a_broker_is_named():
    own = broker()
    assert (own.redis, own.redis_volume) == (sizing.REDIS, None)
    sized = broker(redis={"size": "medium", "volume": {"size": "2Gi"}})
    assert sized.redis == sizing.sized(Sized.REDIS, Size.MEDIUM)
    assert sized.redis_volume.size == parse_bytes("2Gi")


def test_a_broker_of_somebody_else_is_referred_to():
    named = broker(secret="messages")
    assert (named.redis, named.broker_secret_name, named.broker_config_key) == (None, "messages", None)
    supplied = broker(["messages"], config="messages")
    assert (supplied.redis, supplied.broker_secret_name, supplied.broker_config_key) == (None, None, "messages")


def test_executors_by_class_path_keep_their_place():
    planned = deployment(executor=[{"type": "class", "path": EDGE}, "CeleryExecutor"]).executor
    assert planned.class_names == f"{EDGE},CeleryExecutor"
    assert planned.kinds == (ExecutorKind.CELERY,)
    assert [(one.path, one.parallelism) for one in planned.classes] == [(EDGE, 32)]


def test_what_a_task_pod_carries_is_planned():
    pod = {"labels": {"cost": "42"}, "annotations": {"example.com/note": "a b"}, "tolerations": {"spot": {}}}
    planned = deployment(executor={"type": "KubernetesExecutor", "task_pod": pod}).executor.kubernetes
    assert (planned.labels, planned.annotations) == (pod["labels"], pod["annotations"])
    assert planned.tolerations == (TolerationArgs(key="spot"),)


def test_astronomer_units_are_cpu_and_memory():
    scheduler = deployment(scheduler={"units": 10, "ephemeral_storage": "3Gi"}).scheduler.resources.limits
    assert (scheduler.cpu, scheduler.memory) == (1000, parse_bytes("3840Mi"))
    assert scheduler.ephemeral_storage == parse_bytes("3Gi")


@pytest.mark.parametrize(
    ("far", "near", "cpu", "memory"),
    [
        ({"size": "large", "cpu": 3}, {"units": 10}, 1000, "3840Mi"),
        ({"units": 10}, {"size": "large"}, 2000, "4Gi"),
        ({"units": 10}, {"cpu": 3000}, 3000, "1Gi"),
        ({"size": "large"}, {"memory": 2**33}, 2000, "8Gi"),
        ({"units": 10}, {"ephemeral_storage": 2**30}, 1000, "3840Mi"),
    ],
)
def test_the_nearest_notation_of_a_size_wins(far, near, cpu, memory):
    layers = [ComponentSettings.model_construct(**one, _fields_set=set(one)) for one in (far, near)]
    laid = layered(DeploymentDefaults(scheduler=layers[0]), DeploymentSettings(scheduler=layers[1])).scheduler
    limits = sized_resources(Sized.SCHEDULER, laid).limits
    assert (limits.cpu, limits.memory) == (cpu, parse_bytes(memory))


def test_units_take_the_local_disk_of_a_farther_size_away_too():
    far, near = DeploymentDefaults(scheduler={"size": "large"}), DeploymentSettings(scheduler={"units": 10})
    limits = sized_resources(Sized.SCHEDULER, layered(far, near).scheduler).limits
    assert limits.ephemeral_storage == sizing.sized(Sized.SCHEDULER, Size.SMALL).limits.ephemeral_storage


@pytest.mark.parametrize(("stage", "seconds"), [("production", 300), ("development", 60)])
def test_schedulers_finish_their_tasks_until_airflow_takes_them_for_lost(stage, seconds):
    assert staged(stage, "LocalExecutor").executor.local.grace_seconds == seconds


@pytest.mark.parametrize(("interval", "seconds"), [(30, 30), ("45.5", 45), (0.5, 1), (300, 300), (3600, 300)])
def test_schedulers_finish_their_tasks_no_longer_than_until_others_look_for_them(interval, seconds):
    """Airflow begins anew what a scheduler still runs that reports no more."""
    by_option = deployment(config={"scheduler": {"orphaned_tasks_check_interval": interval}})
    assert by_option.executor.local.grace_seconds == seconds
    by_variable = deployment(env={"AIRFLOW__SCHEDULER__ORPHANED_TASKS_CHECK_INTERVAL": str(interval)})
    assert by_variable.executor.local.grace_seconds == seconds
