"""How long a task may wait after Airflow has handed it to an executor, before Airflow takes it for lost.

Airflow's own ten minutes, and three tries, fail tasks that rightly wait: one scheduler counts the slots of all queues
together, so that a whole deployment's worth of tasks may stand before the one worker of a small queue, workers may
still be starting, and task pods wait for room in their quota. A lost task is one whose message a broker has lost.
"""

from components import airflow_versions
from components.args import AirflowDeploymentArgs, Scalar

LONGEST_WAIT_SECONDS = 86_400
"""A day; also how long Airflow lets Redis keep a message that a worker holds."""
_SENT_AGAIN_SECONDS = 3_600
"""After which a task is sent again where its message may be lost. Until then it stands in line for nothing."""


def waiting_config(args: AirflowDeploymentArgs) -> dict[str, dict[str, Scalar]]:
    """Return the options that say so; a LocalExecutor alone starts what it is handed."""
    executor = args.executor
    if not (executor.celery or executor.kubernetes):
        return {}
    if not _may_lose_messages(args):
        scheduler: dict[str, Scalar] = {"task_queued_timeout": LONGEST_WAIT_SECONDS}
    else:
        tries = LONGEST_WAIT_SECONDS // _SENT_AGAIN_SECONDS
        scheduler = {"task_queued_timeout": _SENT_AGAIN_SECONDS, "num_stuck_in_queued_retries": tries - 1}
    config = {"scheduler": scheduler}
    if airflow_versions.has_one_token_for_all(args.airflow_version):
        # What a task presents when it starts is made when it is queued, and would be over before its turn comes.
        config["execution_api"] = {"jwt_expiration_time": scheduler["task_queued_timeout"]}
    return config


def _may_lose_messages(args: AirflowDeploymentArgs) -> bool:
    """Tell whether messages go with the pod of a Redis that has no volume.

    A KubernetesExecutor would start a task that is sent again a second time, once its quota has room for both.
    """
    celery = args.executor.celery
    return celery is not None and args.executor.kubernetes is None and bool(celery.redis and not celery.redis_volume)
