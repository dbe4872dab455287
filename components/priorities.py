"""The PriorityClasses of an environment: one of what keeps Airflow running, and of what runs tasks one per priority.

All of them are always there, whoever uses them: pods that tasks start may name any of those of tasks.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from components import naming
from components.executor_args import Priority
from components.pods import Share


@dataclass(frozen=True, kw_only=True)
class PriorityClassArgs:
    """One PriorityClass. None of them pushes others off a node: a pod of ours waits for room."""

    share: Share
    value: int
    description: str


_VALUES: Mapping[Priority, int] = {
    # Equal to pods without a class, so that these do not push running tasks off their node either.
    Priority.NORMAL: 0,
    # Not below -10: for less than that no cluster autoscaler makes a node.
    Priority.LOW: -10,
    Priority.HIGH: 100,
}
_PODS = {Share.WORKERS: "Celery workers of Airflow", Share.TASKS: "Task pods of Airflow"}
_AMONG = {Priority.NORMAL: "", Priority.LOW: " that give way to others", Priority.HIGH: " that go before others"}


def _end(share: Share, priority: Priority) -> str:
    return str(share) if priority is Priority.NORMAL else f"{share}-{priority}"


CLASSES: Mapping[str, PriorityClassArgs] = {
    str(Share.CORE): PriorityClassArgs(
        share=Share.CORE, value=1_000, description="What keeps Airflow running; scheduled first and evicted last"
    ),
    **{
        _end(share, priority): PriorityClassArgs(share=share, value=value, description=f"{pods}{_AMONG[priority]}")
        for share, pods in _PODS.items()
        for priority, value in _VALUES.items()
    },
}
"""By the end of their names."""


def class_names(environment: str, share: Share) -> list[str]:
    """Name the classes of a share."""
    return [naming.priority_class_name(environment, end) for end, one in CLASSES.items() if one.share is share]


def class_name(environment: str, share: Share, priority: Priority) -> str:
    """Name the class of what runs tasks with one priority."""
    return naming.priority_class_name(environment, _end(share, priority))
