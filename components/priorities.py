"""The PriorityClasses of an environment: one of what keeps Airflow running, and one of tasks for each priority.

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


def part(priority: Priority) -> str:
    """Name the class of tasks as far as it differs between priorities."""
    return str(Share.TASKS) if priority is Priority.NORMAL else f"{Share.TASKS}-{priority}"


CLASSES: Mapping[str, PriorityClassArgs] = {
    str(Share.CORE): PriorityClassArgs(
        share=Share.CORE, value=1_000, description="What keeps Airflow running; scheduled first and evicted last"
    ),
    # Equal to pods without a class, so that these do not push running tasks off their node either.
    part(Priority.NORMAL): PriorityClassArgs(
        share=Share.TASKS, value=0, description="Workers and task pods of Airflow"
    ),
    # Not below -10: for less than that no cluster autoscaler makes a node.
    part(Priority.LOW): PriorityClassArgs(
        share=Share.TASKS, value=-10, description="Workers and task pods of Airflow that give way to others"
    ),
    part(Priority.HIGH): PriorityClassArgs(
        share=Share.TASKS, value=100, description="Workers and task pods of Airflow that go before others"
    ),
}
"""By the end of their names."""


def class_names(environment: str, share: Share) -> list[str]:
    """Name the classes of a share."""
    return [naming.priority_class_name(environment, end) for end, one in CLASSES.items() if one.share is share]


def task_class_name(environment: str, priority: Priority) -> str:
    """Name the class of tasks of one priority."""
    return naming.priority_class_name(environment, part(priority))
