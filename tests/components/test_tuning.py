import pytest

from components.owned_options import is_owned
from components.task_slots import task_slots
from components.tuning import tuned_config
from components.values import build_values
from tests.components.scenarios import SCENARIOS
from tests.factories import airflow_deployment_args, celery, executor, worker_queue, workload


def _tuned(**overrides):
    return tuned_config(airflow_deployment_args(**overrides))


def _queues():
    return celery(
        worker_queue("heavy", max_workers=2, concurrency=1), worker_queue(min_workers=1, max_workers=4, concurrency=8)
    )


def test_local_tasks_are_counted_per_scheduler():
    args = airflow_deployment_args(executor=executor("local"), scheduler=workload("scheduler", replicas=2))
    assert tuned_config(args)["core"]["parallelism"] == 2
    assert task_slots(args) == 4


def test_celery_may_fill_every_worker_of_every_queue():
    assert _tuned(executor=executor("celery", celery=_queues()))["core"]["parallelism"] == 2 * 1 + 4 * 8


@pytest.mark.parametrize(("schedulers", "each"), [(1, 4), (2, 2), (3, 1), (4, 1)])
def test_schedulers_divide_the_task_pods_that_the_quota_admits(schedulers, each):
    tuned = _tuned(executor=executor("kubernetes"), scheduler=workload("scheduler", replicas=schedulers))
    assert tuned["core"]["parallelism"] == each


def test_several_executors_add_up():
    tuned = _tuned(executor=executor("celery", "kubernetes", "local", celery=_queues()))
    assert tuned["core"]["parallelism"] == 34 + 4 + 2


@pytest.mark.parametrize(("workers", "slots"), [(50, 10_000), (1000, 16_000)])
def test_the_shared_pool_never_holds_less_than_may_run_now_or_after_growth(workers, slots):
    large = celery(worker_queue(max_workers=workers, concurrency=16))
    tuned = _tuned(executor=executor("celery", celery=large))["core"]
    assert tuned["parallelism"] == workers * 16
    assert tuned["default_pool_task_slot_count"] == slots


def test_the_default_queue_sets_the_concurrency_of_airflow_cfg():
    tuned = _tuned(executor=executor("celery", celery=_queues()))
    assert tuned["celery"]["worker_concurrency"] == 8
    assert tuned["operators"] == {"default_queue": "default"}


def test_without_a_queue_called_default_tasks_go_to_the_first():
    only = celery(worker_queue("fast", concurrency=3), worker_queue("slow"))
    tuned = _tuned(executor=executor("celery", celery=only))
    assert tuned["operators"] == {"default_queue": "fast"}
    assert tuned["celery"]["worker_concurrency"] == 3


def test_task_pods_that_the_quota_refuses_are_tried_for_ever():
    tuned = _tuned(executor=executor("kubernetes"))
    assert tuned["kubernetes_executor"] == {"task_publish_max_retries": -1, "worker_pods_creation_batch_size": 4}
    assert "kubernetes_executor" not in _tuned(executor=executor("celery"))


@pytest.mark.parametrize(("version", "section"), [("3.2.2", "api"), ("2.11.2", "webserver")])
def test_the_server_knows_its_processes_and_its_address(version, section):
    with_host = {"host": "orders.example.com", "tls_issuer": "letsencrypt"}
    assert _tuned(airflow_version=version)[section] == {"workers": 2}
    served = _tuned(airflow_version=version, **with_host)
    assert served[section] == {"workers": 2, "base_url": "https://orders.example.com"}
    assert ("api" in served) != ("webserver" in served)


@pytest.mark.parametrize(("size", "processes"), [("small", 1), ("medium", 1), ("large", 2), ("extra_large", 4)])
def test_no_more_processes_send_tasks_than_the_scheduler_has_cores(size, processes):
    tuned = _tuned(executor=executor("celery"), scheduler=workload("scheduler", size=size))
    assert tuned["celery"]["sync_parallelism"] == processes
    assert "sync_parallelism" not in _tuned().get("celery", {})


def test_a_task_may_take_longer_to_reach_the_broker_than_airflow_gives_it():
    assert _tuned(executor=executor("celery"))["celery"]["operation_timeout"] == 10
    config = {"celery": {"operation_timeout": 30}}
    values = build_values(airflow_deployment_args(executor=executor("celery"), config=config))
    assert values["config"]["celery"]["operation_timeout"] == "30"


@pytest.mark.parametrize(("version", "section"), [("3.2.2", "dag_processor"), ("2.11.2", "scheduler")])
@pytest.mark.parametrize(("size", "processes"), [("small", 2), ("medium", 2), ("large", 4), ("extra_large", 8)])
def test_dag_files_are_parsed_by_as_many_processes_as_the_dag_processor_holds(version, section, size, processes):
    tuned = _tuned(airflow_version=version, dag_processor=workload("dag_processor", size=size))
    assert tuned[section]["parsing_processes"] == processes


def test_where_the_scheduler_parses_its_size_counts():
    large = workload("scheduler", size="large")
    assert _tuned(airflow_version="2.11.2", dag_processor=None, scheduler=large)["scheduler"]["parsing_processes"] == 4


@pytest.mark.parametrize(("version", "option"), [("3.2.2", "capacity"), ("2.11.2", "default_capacity")])
def test_a_triggerer_runs_as_many_triggers_as_its_memory_holds(version, option):
    for size, capacity in {"small": 1000, "large": 4000}.items():
        tuned = _tuned(airflow_version=version, triggerer=workload("triggerer", size=size))
        assert tuned["triggerer"] == {option: capacity}
    assert "triggerer" not in _tuned(airflow_version=version, triggerer=None)


@pytest.mark.parametrize("args", SCENARIOS.values(), ids=SCENARIOS.keys())
def test_what_is_tuned_is_owned_except_what_users_may_overrule(args):
    tuned = {(section, option) for section, options in tuned_config(args).items() for option in options}
    assert {one for one in tuned if not is_owned(*one)} == {
        ("core", "load_examples"),
        ("usage_data_collection", "enabled"),
        *({("celery", "operation_timeout")} if args.executor.celery else ()),
    }


def test_users_options_come_on_top_of_what_is_tuned():
    config = {"core": {"load_examples": True, "max_active_runs_per_dag": 3}, "smtp": {"smtp_port": 25}}
    written = build_values(airflow_deployment_args(config=config))["config"]
    assert written["core"]["load_examples"] == "True"
    assert written["core"]["max_active_runs_per_dag"] == "3"
    assert written["core"]["parallelism"] == "2"
    assert written["smtp"] == {"smtp_port": "25"}
