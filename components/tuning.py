"""What Airflow is told about the room it has: options of airflow.cfg that follow from what is reserved.

Airflow that believes in more room than its quota gives starts pods that are refused, and runs tasks until memory is
gone; so these options are the platform's.
"""

from components.args import AirflowDeploymentArgs, Scalar
from components.executor_args import CeleryExecutorArgs, WorkerQueueArgs
from components.sizing import parsing_processes, server_processes, trigger_capacity
from components.task_slots import parallelism, task_slots
from components.waiting import waiting_config

DEFAULT_QUEUE = "default"
"""The worker queue of tasks that name none."""

_POOL_TO_GROW_INTO = 10_000
"""Slots of the pool that all tasks share. It is written once, into a new database, so it must not be what holds back a
deployment that is given more later: `parallelism` and the executors do, and follow what is reserved."""
_CORE = 1000
_LARGEST_BATCH = 16
"""Pods that a scheduler starts in one turn; each waits for the API server, and nothing else is scheduled meanwhile."""
_SENDING_SECONDS = 10
"""For a message to reach the broker. In Airflow's own second a scheduler that its cpu limit holds back does not manage
to start a process that sends, and the task fails before it has run."""


def tuned_config(args: AirflowDeploymentArgs) -> dict[str, dict[str, Scalar]]:
    """Return the options of airflow.cfg that follow from a deployment's arguments."""
    layers = (_core_config(args), _celery_config(args), _process_config(args), waiting_config(args))
    config: dict[str, dict[str, Scalar]] = {}
    for layer in layers:
        for section, options in layer.items():
            config.setdefault(section, {}).update(options)
    return config


def _core_config(args: AirflowDeploymentArgs) -> dict[str, dict[str, Scalar]]:
    config: dict[str, dict[str, Scalar]] = {
        "core": {
            "parallelism": parallelism(args),
            "default_pool_task_slot_count": max(_POOL_TO_GROW_INTO, task_slots(args)),
            # Pods of a Deployment have no DNS name, and task logs are fetched from the pod by this name.
            "hostname_callable": "airflow.utils.net.get_host_ip_address",
            "load_examples": False,
        },
        # Phones home; under default-deny egress it would only wait for a time-out.
        "usage_data_collection": {"enabled": False},
        **_server_config(args),
    }
    if args.executor.kubernetes:
        config["kubernetes_executor"] = {
            # A pod that the quota refuses is tried again; by default the task fails at once.
            "task_publish_max_retries": -1,
            "worker_pods_creation_batch_size": min(_LARGEST_BATCH, args.executor.kubernetes.max_task_pods),
        }
    return config


def _celery_config(args: AirflowDeploymentArgs) -> dict[str, dict[str, Scalar]]:
    if args.executor.celery is None:
        return {}
    default = default_queue(args.executor.celery)
    return {
        "celery": {
            "worker_concurrency": default.concurrency,
            # Forks of the scheduler that send tasks; by default as many as the node has cores, whoever's they are.
            "sync_parallelism": max(1, args.scheduler.resources.requests.cpu // _CORE),
            "operation_timeout": _SENDING_SECONDS,
        },
        "operators": {"default_queue": default.name},
    }


def _process_config(args: AirflowDeploymentArgs) -> dict[str, dict[str, Scalar]]:
    """Return how many DAG files are parsed and triggers run at once; the two majors name the options differently."""
    is_old = args.airflow_major == 2  # noqa: PLR2004
    parser = args.dag_processor or args.scheduler
    config: dict[str, dict[str, Scalar]] = {
        "scheduler" if is_old else "dag_processor": {"parsing_processes": parsing_processes(parser.resources)}
    }
    if args.triggerer:
        capacity = trigger_capacity(args.triggerer.resources)
        config["triggerer"] = {"default_capacity" if is_old else "capacity": capacity}
    return config


def default_queue(celery: CeleryExecutorArgs) -> WorkerQueueArgs:
    """Return the queue of tasks that name none: the one called `default`, else the first."""
    return next((queue for queue in celery.queues if queue.name == DEFAULT_QUEUE), celery.queues[0])


def _server_config(args: AirflowDeploymentArgs) -> dict[str, dict[str, Scalar]]:
    options: dict[str, Scalar] = {"workers": server_processes(args.api_server.resources)}
    if args.url:
        options["base_url"] = args.url
    return {"webserver" if args.airflow_major == 2 else "api": options}  # noqa: PLR2004
