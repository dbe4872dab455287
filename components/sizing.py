"""How large each container is: named sizes of what users size, and fixed sizes of what they do not.

Owns numbers only; which container gets which is decided where arguments are made. Requests equal limits throughout:
what a deployment reserves is what it may use, so a neighbour's load never changes how it runs.

The ladder starts above the working sets that the end-to-end suite has measured, and doubles from step to step. A
hosted service's smallest scheduler (1 CPU, 2 GiB, sold for about 50 DAGs) is this ladder's `medium`: most deployments
of a shared cluster are smaller than that.
"""

from collections.abc import Mapping
from enum import StrEnum

from components.quantities import Amounts, Resources, format_bytes

MEBIBYTE = 1024**2


class Size(StrEnum):
    """Named sizes, smallest first."""

    SMALL = "small"
    MEDIUM = "medium"
    LARGE = "large"
    EXTRA_LARGE = "extra_large"


class Sized(StrEnum):
    """What comes in named sizes."""

    SCHEDULER = "scheduler"
    API_SERVER = "api_server"
    DAG_PROCESSOR = "dag_processor"
    TRIGGERER = "triggerer"
    WORKER = "worker"
    TASK_POD = "task_pod"
    REDIS = "redis"
    PGBOUNCER = "pgbouncer"
    STATSD = "statsd"
    GIT_SYNC = "git_sync"
    LOG_GROOMER = "log_groomer"
    JOB = "job"


def _ladder(*steps: tuple[str, str, str]) -> dict[Size, Resources]:
    return {size: Resources.reserved(*step) for size, step in zip(Size, steps, strict=True)}


SIZES: Mapping[Sized, Mapping[Size, Resources]] = {
    # Grows with DAG runs in flight.
    Sized.SCHEDULER: _ladder(("500m", "1Gi", "1Gi"), ("1", "2Gi", "1Gi"), ("2", "4Gi", "2Gi"), ("4", "8Gi", "4Gi")),
    # 1 GiB holds two server processes, so that one slow request does not block the UI.
    Sized.API_SERVER: _ladder(
        ("500m", "1Gi", "512Mi"), ("1", "2Gi", "512Mi"), ("2", "4Gi", "1Gi"), ("4", "8Gi", "1Gi")
    ),
    # Two parsing processes each import whatever the DAGs import.
    Sized.DAG_PROCESSOR: _ladder(("500m", "1Gi", "1Gi"), ("1", "2Gi", "1Gi"), ("2", "4Gi", "2Gi"), ("4", "8Gi", "2Gi")),
    # One event loop, so CPU beyond two cores would lie idle.
    Sized.TRIGGERER: _ladder(
        ("250m", "512Mi", "512Mi"), ("500m", "1Gi", "512Mi"), ("1", "2Gi", "1Gi"), ("2", "4Gi", "1Gi")
    ),
    # Two tasks at once in the smallest one. Its local disk holds the task logs until the groomer deletes them.
    Sized.WORKER: _ladder(("500m", "1Gi", "2Gi"), ("1", "2Gi", "4Gi"), ("2", "4Gi", "8Gi"), ("4", "8Gi", "10Gi")),
    # One task each; the smallest is what hosted services give a task that asks for nothing.
    Sized.TASK_POD: _ladder(("250m", "512Mi", "1Gi"), ("500m", "1Gi", "1Gi"), ("1", "2Gi", "2Gi"), ("2", "4Gi", "4Gi")),
    # Holds queued messages of about 1 kB each, and a snapshot of them on disk. One thread, so CPU ends at one core.
    Sized.REDIS: _ladder(
        ("100m", "256Mi", "1Gi"), ("250m", "512Mi", "1Gi"), ("500m", "1Gi", "2Gi"), ("1", "2Gi", "4Gi")
    ),
    # Two kilobytes for each client and one thread; the same again, in small, for the exporter of its numbers.
    Sized.PGBOUNCER: _ladder(
        ("100m", "128Mi", "64Mi"), ("250m", "256Mi", "64Mi"), ("500m", "512Mi", "64Mi"), ("1", "1Gi", "64Mi")
    ),
    # Translates metrics; its memory follows the number of metric names, which one Airflow keeps in the thousands.
    Sized.STATSD: _ladder(
        ("100m", "128Mi", "64Mi"), ("250m", "256Mi", "64Mi"), ("500m", "512Mi", "64Mi"), ("1", "1Gi", "64Mi")
    ),
    # Fetches a shallow clone; the clone and the previous one lie on local disk.
    Sized.GIT_SYNC: _ladder(
        ("100m", "128Mi", "1Gi"), ("250m", "256Mi", "2Gi"), ("500m", "512Mi", "5Gi"), ("1", "1Gi", "10Gi")
    ),
    # A shell script that wakes every 15 minutes; the memory is for the names of the files it finds.
    Sized.LOG_GROOMER: _ladder(
        ("50m", "128Mi", "64Mi"), ("100m", "256Mi", "64Mi"), ("200m", "512Mi", "64Mi"), ("400m", "1Gi", "64Mi")
    ),
    # The database migration imports all of Airflow and runs once per roll-out; the clean-up jobs are no larger.
    Sized.JOB: _ladder(("500m", "1Gi", "256Mi"), ("1", "2Gi", "256Mi"), ("2", "4Gi", "512Mi"), ("4", "8Gi", "512Mi")),
}

MEASURED_ON = "Airflow 3.2.2 with hardly any DAGs"
WORKING_SETS: Mapping[Sized, int] = {
    part: mebibytes * MEBIBYTE
    for part, mebibytes in {
        Sized.SCHEDULER: 493,  # with the KubernetesExecutor, which watches pods
        Sized.API_SERVER: 271,  # one server process; two and their parent used 868
        Sized.DAG_PROCESSOR: 279,
        Sized.TRIGGERER: 357,
        Sized.WORKER: 309,
        Sized.TASK_POD: 174,
        Sized.REDIS: 5,
        Sized.STATSD: 10,
    }.items()
}
"""The most memory (bytes) that the end-to-end suite saw each part use; with less of it a part never gets to work."""

STATSD = SIZES[Sized.STATSD][Size.SMALL]
REDIS = SIZES[Sized.REDIS][Size.SMALL]
GIT_SYNC = SIZES[Sized.GIT_SYNC][Size.SMALL]
LOG_GROOMER = SIZES[Sized.LOG_GROOMER][Size.SMALL]
JOB = SIZES[Sized.JOB][Size.SMALL]
PGBOUNCER_EXPORTER = Resources.reserved("50m", "64Mi", "64Mi")
"""A small Go program that asks PgBouncer for a few numbers."""
HIBERNATION = Resources.reserved("50m", "64Mi", "64Mi")
"""A Python interpreter without Airflow in it: 22 MiB measured."""
EMBEDDED_DATABASE_IMAGE = "postgres:17.6-bookworm"
"""The official image; Airflow 2.11 and 3 are both tested upstream with PostgreSQL 13 to 17."""
EMBEDDED_DATABASE = Resources.reserved("250m", "1Gi", "2Gi")
"""PostgreSQL with its default buffers (128 MiB) and a few dozen connections of up to 10 MiB each."""

ASTRONOMER_UNIT = Resources.reserved("100m", "384Mi", "0")
"""The unit in which older Airflow platforms count capacity."""

_PROCESS = 384 * MEBIBYTE
"""A server process: 271 MiB measured, and a third on top for requests in flight."""
_PARENT = 256 * MEBIBYTE
"""What the parent of server processes holds itself."""
_TASK = 256 * MEBIBYTE
"""A task process that imports Airflow and little else."""
_TASK_RUNNER = 512 * MEBIBYTE
"""A worker or a scheduler before it runs any task."""
_TASKS_PER_CORE = 5
"""Hosted services run five tasks per core: most tasks wait for somebody else's system."""
_MOST_SERVER_PROCESSES = 8


def sized(part: Sized, size: Size) -> Resources:
    """Look up a named size."""
    return SIZES[part][size]


def refuse_memory(part: Sized, resources: Resources) -> str | None:
    """Tell why a part would not live with so little memory; None where nothing says so."""
    least = WORKING_SETS.get(part, 0)
    if resources.limits.memory >= least:
        return None
    return (
        f"{format_bytes(resources.limits.memory)} of memory is less than the {format_bytes(least)} that it was "
        f"measured to use ({MEASURED_ON}), so it would be killed over and over. Give it more"
    )


def astronomer_units(count: int) -> Resources:
    """Convert Astronomer Units, for those who move from a platform that counts in them."""
    return ASTRONOMER_UNIT * count + Resources.reserved("0", "0")


def with_amounts(
    base: Resources, *, cpu: int | None = None, memory: int | None = None, ephemeral_storage: int | None = None
) -> Resources:
    """Replace the dimensions that are given, in requests and limits alike."""
    amounts = Amounts(
        cpu=base.limits.cpu if cpu is None else cpu,
        memory=base.limits.memory if memory is None else memory,
        ephemeral_storage=base.limits.ephemeral_storage if ephemeral_storage is None else ephemeral_storage,
    )
    return Resources(requests=amounts, limits=amounts)


def server_processes(api_server: Resources) -> int:
    """Count the API server (or webserver) processes that fit into one replica.

    Memory decides: each process is a whole Airflow, and a replica over its limit is killed with all of them.
    """
    by_memory = (api_server.limits.memory - _PARENT) // _PROCESS
    return max(1, min(by_memory, _MOST_SERVER_PROCESSES))


def task_slots(runner: Resources) -> int:
    """Count the tasks that a Celery worker, or a scheduler with LocalExecutor, should run side by side by default."""
    by_memory = (runner.limits.memory - _TASK_RUNNER) // _TASK
    by_cpu = runner.requests.cpu * _TASKS_PER_CORE // 1000
    return max(1, min(by_memory, by_cpu))
