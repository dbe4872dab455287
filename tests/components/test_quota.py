from hypothesis import given
from hypothesis import strategies as st

from components.executor_args import Priority
from components.quantities import parse_bytes, parse_cpu
from components.quota import NOTHING_RESERVED, compute_quota, reserved
from components.workloads import Share
from tests.factories import (
    airflow_deployment_args,
    celery,
    embedded_database,
    executor,
    git_sync,
    volume,
    worker_queue,
    workload,
)

counts = st.integers(min_value=1, max_value=9)


def _with_everything():
    queues = celery(worker_queue(volume=volume("5Gi"), max_workers=3), redis_volume=volume("1Gi"))
    return airflow_deployment_args(
        executor=executor("celery", "kubernetes", celery=queues),
        database=embedded_database(volume=volume("8Gi")),
        git_sync=git_sync(),
    )


@given(counts, counts, counts)
def test_each_line_is_replicas_and_surge_times_its_pod_and_the_quota_is_their_sum(schedulers, servers, workers):
    args = airflow_deployment_args(
        executor=executor("celery", celery=celery(worker_queue(max_workers=workers))),
        scheduler=workload("scheduler", replicas=schedulers),
        api_server=workload("api_server", replicas=servers),
    )
    plan = compute_quota(args)
    for line in plan.lines:
        assert line.total == line.pod * (line.replicas + line.surge)
    for share in Share:
        hard = plan.specs[share]["hard"]
        lines = [line for line in plan.lines if line.share is share]
        assert parse_cpu(hard["requests.cpu"]) == sum(line.total.requests.cpu for line in lines)
        assert parse_bytes(hard["limits.memory"]) == sum(line.total.limits.memory for line in lines)
        assert int(hard["pods"]) == sum(line.pods for line in lines)


def test_no_pod_can_be_left_out_of_the_quota():
    plan = compute_quota(_with_everything())
    for share in Share:
        hard = plan.specs[share]["hard"]
        for line in plan.lines:
            if line.share is share:
                rest = plan.share(share).cpu - line.pod.requests.cpu
                assert rest < parse_cpu(hard["requests.cpu"])
                assert plan.share(share).pods - 1 < int(hard["pods"])


def test_a_quota_of_a_priority_class_names_only_what_the_server_lets_it_name():
    plan = compute_quota(_with_everything())
    allowed = {"pods", "requests.cpu", "requests.memory", "limits.cpu", "limits.memory"}
    for role, spec in plan.specs.items():
        if "scopeSelector" in spec:
            assert spec["hard"].keys() <= allowed, role


def test_every_pod_falls_under_exactly_one_scope():
    plan = compute_quota(_with_everything())
    selectors = {
        role: spec["scopeSelector"]["matchExpressions"][0]
        for role, spec in plan.specs.items()
        if "scopeSelector" in spec
    }
    named = [name for share in Share for name in selectors[share]["values"]]
    assert len(named) == len(set(named)) == 1 + 2 * len(Priority)
    assert selectors["other"]["values"] == named
    assert {selectors[share]["operator"] for share in Share} == {"In"}
    assert selectors["other"]["operator"] == "NotIn"
    assert plan.specs["other"]["hard"] == {"pods": "0"}


def test_claims_are_counted_for_the_most_replicas_and_never_for_a_roll_out():
    hard = compute_quota(_with_everything()).specs["objects"]["hard"]
    assert hard["persistentvolumeclaims"] == str(3 + 1 + 1)
    assert hard["requests.storage"] == "24Gi"
    none = compute_quota(airflow_deployment_args()).specs["objects"]["hard"]
    assert (none["persistentvolumeclaims"], none["requests.storage"]) == ("0", "0")


def test_nothing_opens_a_way_in_from_outside_the_cluster():
    hard = compute_quota(airflow_deployment_args()).specs["objects"]["hard"]
    assert (hard["services.nodeports"], hard["services.loadbalancers"]) == ("0", "0")


def test_without_workers_and_task_pods_no_task_pod_fits():
    specs = compute_quota(airflow_deployment_args()).specs
    assert {amount for share in ("workers", "tasks") for amount in specs[share]["hard"].values()} == {"0"}


def test_task_pods_never_take_the_room_in_which_workers_roll_over():
    """Airflow with both executors may ask for as many task pods as there are slots in all."""
    both = executor("celery", "kubernetes", celery=celery(worker_queue(max_workers=3)))
    specs = compute_quota(airflow_deployment_args(executor=both)).specs
    assert specs["tasks"]["hard"]["pods"] == "4"
    assert specs["workers"]["hard"]["pods"] == str(3 + 3)


def test_a_deployment_takes_its_whole_quota_out_of_the_budget():
    args = _with_everything()
    plan = compute_quota(args)
    taken = reserved(args)
    assert taken == plan.total
    assert taken == sum((plan.share(share) for share in Share), NOTHING_RESERVED)
    assert taken + NOTHING_RESERVED == taken
    hard = [plan.specs[share]["hard"] for share in Share]
    assert taken.cpu == sum(parse_cpu(entry["requests.cpu"]) for entry in hard)
    assert taken.memory == sum(parse_bytes(entry["requests.memory"]) for entry in hard)
    assert taken.pods == sum(int(entry["pods"]) for entry in hard)
    assert (taken.claims, taken.storage) == (5, parse_bytes("24Gi"))


def test_disk_of_all_pods_is_bounded_together():
    plan = compute_quota(_with_everything())
    hard = plan.specs["objects"]["hard"]
    assert parse_bytes(hard["requests.ephemeral-storage"]) == plan.total.requests.ephemeral_storage
    assert parse_bytes(hard["limits.ephemeral-storage"]) == plan.total.limits.ephemeral_storage
