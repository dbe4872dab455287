"""Limits above requests: CPU only, of every container, and in the quota."""

from decimal import Decimal

import pytest

from components.bursting import bursting
from components.quantities import parse_bytes, parse_cpu
from components.quota import compute_quota, quota_lines
from components.quota_text import DIMENSIONS, sum_of
from components.tuning import tuned_config
from components.workloads import workloads
from tests.components.scenarios import SUPPORT
from tests.factories import airflow_deployment_args, celery, embedded_database, executor, git_sync, volume, worker_queue

RATIO = Decimal("2.5")


def _everything():
    queues = celery(worker_queue(max_workers=3, volume=volume("5Gi")), redis_volume=volume("1Gi"))
    return airflow_deployment_args(
        executor=executor("local", "celery", "kubernetes", celery=queues),
        database=embedded_database(volume=volume("8Gi")),
        git_sync=git_sync(),
        **SUPPORT,
    )


def test_every_container_may_use_more_cpu_and_nothing_else():
    for workload in workloads(bursting(_everything(), RATIO)):
        for container in (*workload.containers, *workload.init_containers):
            requests, limits = container.resources.requests, container.resources.limits
            assert limits.cpu == requests.cpu * RATIO, container.name
            assert limits.memory == requests.memory
            assert limits.ephemeral_storage == requests.ephemeral_storage


def test_what_is_reserved_stays_and_the_limits_of_the_quota_follow():
    plain, burst = (compute_quota(args).specs for args in (_everything(), bursting(_everything(), RATIO)))
    for share in ("core", "workers", "tasks"):
        assert burst[share]["hard"]["requests.cpu"] == plain[share]["hard"]["requests.cpu"]
        limit = parse_cpu(burst[share]["hard"]["limits.cpu"])
        assert limit == parse_cpu(plain[share]["hard"]["requests.cpu"]) * RATIO
        assert burst[share]["hard"]["limits.memory"] == plain[share]["hard"]["limits.memory"]


def test_airflow_is_tuned_to_what_is_reserved_not_to_what_may_be_spare():
    assert tuned_config(bursting(_everything(), RATIO)) == tuned_config(_everything())


def test_a_ratio_of_one_changes_nothing():
    args = _everything()
    assert bursting(args, Decimal(1)) is args


def test_limits_are_whole_millicores():
    limits = {line.pod.limits.cpu for line in quota_lines(bursting(_everything(), Decimal("1.333")))}
    assert all(isinstance(limit, int) for limit in limits)


@pytest.mark.parametrize("dimension", DIMENSIONS)
def test_a_sum_in_one_line_adds_up_to_what_is_reserved(dimension):
    args = _everything()
    terms, _, total = sum_of(args, dimension).rpartition(" = ")
    read = parse_cpu if dimension == "cpu" else parse_bytes
    added = 0
    for term in terms.split(" + "):
        _, count, *times = term.split(" ")
        added += int(count) * (read(times[-1]) if times else 1)
    said = int(total) if dimension == "pods" else read(total)
    assert added == said == getattr(compute_quota(args).total, dimension)


def test_a_sum_names_the_largest_first_and_leaves_out_what_takes_nothing():
    args = airflow_deployment_args(executor=executor("celery", celery=celery(worker_queue(volume=volume("5Gi")))))
    assert sum_of(args, "storage") == "worker 1 x 5Gi = 5Gi"
    assert sum_of(airflow_deployment_args(), "storage") == "nothing = 0"
    cpu = sum_of(airflow_deployment_args(), "cpu")
    assert cpu.startswith("scheduler 2 x 550m + dag-processor 2 x 550m + api-server 2 x 500m")
