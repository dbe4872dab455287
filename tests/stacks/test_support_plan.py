"""From the settings of what stands beside Airflow's own parts to its arguments."""

import re

from components import sizing
from components.quantities import parse_bytes
from components.sizing import Size, Sized
from components.support_workloads import runs_pod_cleanup
from tests.stacks.environments import deployment, planned, refusals, shared


def test_nothing_stands_beside_airflow_unless_it_is_asked_for():
    orders = deployment()
    assert (orders.pgbouncer, orders.cleanup, orders.database_cleanup, orders.extra_task_pods) == (None,) * 4
    assert orders.scheduler.resources.limits == orders.scheduler.resources.requests


def test_cpu_limits_are_a_multiple_of_what_is_reserved_everywhere():
    orders = deployment(cpu_limit_ratio=2, executor="CeleryExecutor")
    embedded = orders.database.embedded.resources
    for resources in (orders.scheduler.resources, orders.statsd, orders.job, orders.executor.celery.redis, embedded):
        assert resources.limits.cpu == 2 * resources.requests.cpu
    fraction = deployment(cpu_limit_ratio=1.5).scheduler.resources
    assert (fraction.requests.cpu, fraction.limits.cpu) == (500, 750)


def test_a_deployment_may_take_the_ratio_of_its_environment_back():
    plan = planned(
        defaults={"database": "embedded", "cpu_limit_ratio": 4},
        workspaces={"analytics": shared(deployments={"orders": {}, "steady": {"cpu_limit_ratio": 1}})},
    )
    orders, steady = (one.scheduler.resources for one in plan.workspaces["analytics"].deployments)
    assert orders.limits.cpu == 4 * orders.requests.cpu
    assert steady.limits.cpu == steady.requests.cpu


def test_sidecars_and_jobs_may_be_sized():
    sizes = {"statsd": {"size": "large"}, "log_groomer": {"memory": "1Gi"}, "jobs": {"units": 5}}
    git = {"git": {"repo": "https://git.example.com/orders.git"}}
    orders = deployment(**sizes, git_sync={"size": "medium"}, dags=git)
    assert orders.statsd == sizing.sized(Sized.STATSD, Size.LARGE)
    assert orders.log_groomer == sizing.with_amounts(sizing.LOG_GROOMER, memory=parse_bytes("1Gi"))
    assert (orders.job.limits.cpu, orders.job.limits.memory) == (500, parse_bytes("1920Mi"))
    assert orders.git_sync.resources == sizing.sized(Sized.GIT_SYNC, Size.MEDIUM)


def test_connections_may_be_pooled_before_a_database_whose_address_is_known():
    pooled = deployment(pgbouncer={"enabled": True, "connections": 25, "size": "medium"}).pgbouncer
    assert (pooled.replicas, pooled.connections) == (1, 25)
    assert pooled.resources == sizing.sized(Sized.PGBOUNCER, Size.MEDIUM)
    assert deployment(["url"], database={"config": "url"}, pgbouncer={"enabled": True}).pgbouncer


def test_clean_up_jobs_of_a_fleet_start_at_times_of_their_own():
    on = {"executor": "KubernetesExecutor", "cleanup": {"enabled": True}, "database_cleanup": {"enabled": True}}
    names = [f"orders-{number}" for number in range(20)]
    plan = planned(workspaces={"analytics": shared(deployments=dict.fromkeys(names, on))})
    pods = {one.cleanup.schedule for one in plan.deployments}
    databases = {one.database_cleanup.schedule for one in plan.deployments}
    assert len(pods) > 8
    assert len(databases) > 15
    assert all(re.fullmatch(r"\d{1,2}-59/15 \* \* \* \*", schedule) for schedule in pods)
    assert all(re.fullmatch(r"\d{1,2} [0-5] \* \* 0", schedule) for schedule in databases)


def test_a_clean_up_job_may_have_a_schedule_and_an_age():
    cleanup = {"enabled": True, "schedule": "30 2 * * SUN", "retention_days": 30}
    planned_cleanup = deployment(database_cleanup=cleanup).database_cleanup
    assert (planned_cleanup.schedule, planned_cleanup.retention_days) == ("30 2 * * SUN", 30)


def test_room_for_pods_that_tasks_start_is_sized_and_counted():
    extra = deployment(extra_task_pods={"max_pods": 3, "cpu": 2}).extra_task_pods
    assert (extra.max_pods, extra.resources.limits.cpu) == (3, 2000)


def test_what_defaults_give_and_nobody_here_could_use_is_left_out():
    """They are for several deployments, and not all of these run task pods or start pods."""
    plan = planned(
        defaults={"database": "embedded", "cleanup": {"enabled": True}, "extra_task_pods": {"max_pods": 3}},
        workspaces={"analytics": shared(deployments={"orders": {"pod_launching": False}, "reports": {}})},
    )
    orders, reports = plan.workspaces["analytics"].deployments
    assert (orders.extra_task_pods, orders.pod_launching) == (None, False)
    assert reports.extra_task_pods.max_pods == 3
    assert not runs_pod_cleanup(orders)


def test_a_clean_up_of_pods_is_not_complained_of_where_the_executor_was_refused():
    orders = {"executor": "Kubernetes", "cleanup": {"enabled": True}}
    [line] = refusals(workspaces={"analytics": shared(deployments={"orders": orders})})
    assert line.startswith("workspaces.analytics.deployments.orders.executor: ")
