"""How large each container is: named sizes of what users size, and fixed sizes of what they do not.

Owns numbers only; which container gets which is decided where arguments are made. Requests equal limits throughout:
what a deployment reserves is what it may use, so a neighbour's load never changes how it runs.

The ladder starts above the working sets that the end-to-end suite has measured, and doubles from step to step. A
hosted service's smallest scheduler (1 CPU, 2 GiB, sold for about 50 DAGs) is this ladder's `medium`: most deployments
of a shared cluster are smaller than that.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from components.quantities import Amounts, Resources

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


@dataclass(frozen=True)
class WorkingSet:
    """The most memory that a part was seen to use."""

    load: str
    """What it had to do."""
    memory: int
    """Bytes."""


def _measured(**seen: int) -> tuple[WorkingSet, ...]:
    return tuple(WorkingSet(load.replace("_", " "), mebibytes * MEBIBYTE) for load, mebibytes in seen.items())


MEASURED_VERSION = "3.2.2"
"""The Airflow that was measured, with hardly any DAGs."""
WORKING_SETS: Mapping[Sized, tuple[WorkingSet, ...]] = {
    Sized.SCHEDULER: _measured(without_KubernetesExecutor=264, watching_task_pods=569),
    Sized.API_SERVER: _measured(one_server_process=271, two_server_processes=869),
    Sized.DAG_PROCESSOR: _measured(hardly_any_DAGs=280),
    Sized.TRIGGERER: _measured(hardly_any_triggers=357),
    Sized.WORKER: _measured(one_task=309, two_tasks=452),
    Sized.TASK_POD: _measured(one_task=178),
    Sized.REDIS: _measured(hardly_any_messages=5),
    Sized.STATSD: _measured(one_Airflow=13),
}
"""What parts were seen to use on a real node, from the least to the most work; with less they never get to work."""


@dataclass(frozen=True)
class TaskMemory:
    """What a part that runs tasks itself was seen to use, with tasks that import hardly anything."""

    version: str
    """The Airflow that was measured."""
    idle: int
    """Bytes before any task."""
    each: int
    """Bytes for each task that runs."""

    def of(self, tasks: int) -> int:
        """Return the memory of so many tasks at once."""
        return self.idle + tasks * self.each


TASK_MEMORY: Mapping[tuple[Sized, int], TaskMemory] = {
    (Sized.WORKER, 3): TaskMemory(MEASURED_VERSION, 166 * MEBIBYTE, 143 * MEBIBYTE),
    (Sized.WORKER, 2): TaskMemory("2.11.2", 145 * MEBIBYTE, 83 * MEBIBYTE),
    (Sized.SCHEDULER, 3): TaskMemory(MEASURED_VERSION, 264 * MEBIBYTE, 41 * MEBIBYTE),
    (Sized.SCHEDULER, 2): TaskMemory("2.11.2", 280 * MEBIBYTE, 110 * MEBIBYTE),
}
"""By part and major version of Airflow. A scheduler runs tasks with the LocalExecutor, and forks itself for them."""

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
_PARSER = 256 * MEBIBYTE
"""A process that imports Airflow and whatever the DAGs of one file import."""
_PARSERS_PER_CORE = 2
"""Parsing is work, but a good part of it is waiting for files and for the database."""
_FEWEST_PARSERS = 2
_TRIGGERS = 1000


def sized(part: Sized, size: Size) -> Resources:
    """Look up a named size."""
    return SIZES[part][size]


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


def parsing_processes(parser: Resources) -> int:
    """Count the processes that parse DAG files: Airflow's own two until there is more than a core, as memory allows."""
    by_cpu = max(_FEWEST_PARSERS, parser.requests.cpu * _PARSERS_PER_CORE // 1000)
    return max(1, min(by_cpu, (parser.limits.memory - _PARENT) // _PARSER))


def trigger_capacity(triggerer: Resources) -> int:
    """Count the triggers that one triggerer may run: Airflow's own thousand where it is small, by memory beyond."""
    return max(1, _TRIGGERS * triggerer.limits.memory // SIZES[Sized.TRIGGERER][Size.SMALL].limits.memory)


def task_slots(runner: Resources) -> int:
    """Count the tasks that a Celery worker, or a scheduler with LocalExecutor, should run side by side by default."""
    by_memory = (runner.limits.memory - _TASK_RUNNER) // _TASK
    by_cpu = runner.requests.cpu * _TASKS_PER_CORE // 1000
    return max(1, min(by_memory, by_cpu))
