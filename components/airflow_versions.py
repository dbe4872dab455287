"""The Airflow releases that the pinned chart installs, and the executors that each of them runs.

Owns a table, not the way to an image: a release outside the table may work, but nobody has tried it here.
"""

from collections.abc import Collection, Mapping, Sequence

from components.executor_args import ExecutorKind

CHART_VERSION = "1.22.0"
"""The chart that the table is about; it refuses Airflow below 2.11 when it renders."""
DEFAULT_VERSION = "3.2.2"
"""The chart's own default, so the one that the chart's maintainers test most."""

VERSIONS: tuple[str, ...] = (
    *("2.11.0", "2.11.1", "2.11.2"),
    *("3.0.0", "3.0.1", "3.0.2", "3.0.3", "3.0.4", "3.0.6"),
    *("3.1.0", "3.1.1", "3.1.2", "3.1.3", "3.1.5", "3.1.6", "3.1.7", "3.1.8"),
    *("3.2.0", "3.2.1", "3.2.2"),
    *("3.3.0", "3.3.1", "3.3.2"),
)
"""Known releases, oldest first; 3.0.5 and 3.1.4 are not among those that the project offers."""

EXECUTORS: Mapping[int, frozenset[ExecutorKind]] = {
    2: frozenset(ExecutorKind),
    3: frozenset(ExecutorKind),
}
"""Executors by major version. Any set of them may run side by side; the first in the list is the default of tasks."""
_FIRST_WITH_TOKENS_FOR_THE_LINE = (3, 2, 2)


def major(version: str) -> int:
    """Return the first number of a version.

    Raises:
        ValueError: The text does not start with a number and a dot.
    """
    head, dot, _ = version.partition(".")
    if not dot or not head.isdecimal():
        raise ValueError(f"{version!r} is not an Airflow version; write one such as {DEFAULT_VERSION}")
    return int(head)


def refuse_version(version: str) -> str | None:
    """Tell why a release cannot be installed; None where it can."""
    if version in VERSIONS:
        return None
    return f"Airflow {version} is not known to chart {CHART_VERSION}; use one of {', '.join(VERSIONS)}"


def refuse_executors(version: str, kinds: Sequence[ExecutorKind]) -> str | None:
    """Tell why a release cannot run these executors together; None where it can."""
    if not kinds:
        return f"no executor is given; use one or more of {_listed(ExecutorKind)}"
    repeated = sorted({kind for kind in kinds if kinds.count(kind) > 1})
    if repeated:
        return f"{_listed(repeated)} is listed more than once; keep one of each"
    unsupported = sorted(set(kinds) - EXECUTORS.get(major(version), frozenset()))
    if unsupported:
        return f"Airflow {version} does not run {_listed(unsupported)}; use {_listed(supported_executors(version))}"
    return None


def supported_executors(version: str) -> tuple[ExecutorKind, ...]:
    """Return the executors of a release in the order in which the enum lists them."""
    supported = EXECUTORS.get(major(version), frozenset())
    return tuple(kind for kind in ExecutorKind if kind in supported)


def needs_dag_processor(version: str) -> bool:
    """Tell whether DAGs are always parsed apart from the scheduler, as Airflow does since version 3."""
    return major(version) >= 3  # noqa: PLR2004


def has_one_token_for_all(version: str) -> bool:
    """Tell whether what a task waits in line with is the short-lived token that it runs with, as in Airflow 3 at first.

    Later releases make one for the line, and another one when the task starts.
    """
    return major(version) == 3 and numbers(version) < _FIRST_WITH_TOKENS_FOR_THE_LINE  # noqa: PLR2004


def numbers(version: str) -> tuple[int, ...]:
    """Return a version as numbers, which compare as releases do."""
    return tuple(int(number) for number in version.split("."))


def _listed(kinds: Collection[ExecutorKind] | type[ExecutorKind]) -> str:
    return ", ".join(kinds)
