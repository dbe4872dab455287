"""Holds what the deployments of a workspace reserve against the workspace's budget."""

from collections.abc import Callable, Iterable

from components.args import WorkspaceArgs
from components.quantities import format_bytes, format_cpu
from components.quota import Reserved, reserved
from components.quota_text import DIMENSIONS, sum_of
from stacks.problems import Problem

_WRITE: dict[str, Callable[[int], str]] = {
    "cpu": format_cpu,
    "memory": format_bytes,
    "storage": format_bytes,
    "deployments": str,
}
_REMEDIES = {
    "cpu": "Raise the budget, or choose smaller sizes, fewer replicas or fewer workers",
    "memory": "Raise the budget, or choose smaller sizes, fewer replicas or fewer workers",
    "storage": "Raise the budget, or choose smaller volumes",
    "deployments": "Raise the budget, or remove a deployment",
}


def reserved_together(workspace: WorkspaceArgs) -> dict[str, int]:
    """Add up what a workspace's deployments reserve, in the budget's own dimensions and units."""
    each = [reserved(deployment) for deployment in workspace.deployments]
    total = {dimension: sum(getattr(one, dimension) for one in each) for dimension in ("cpu", "memory", "storage")}
    return total | {"deployments": len(each)}


def budget_problems(workspace: WorkspaceArgs, path: tuple[str, ...]) -> Iterable[Problem]:
    """Refuse what is over budget, with a line on who uses what."""
    total = reserved_together(workspace)
    for dimension, amount in total.items():
        bound: int | None = getattr(workspace.budget, dimension)
        if bound is None or amount <= bound:
            continue
        write = _WRITE[dimension]
        message = (
            f"its deployments reserve {write(amount)}, the budget is {write(bound)}{_shares(workspace, dimension)}"
        )
        yield Problem((*path, "budget", dimension), f"{message}. {_REMEDIES[dimension]}{_sum(workspace, dimension)}")


def _sum(workspace: WorkspaceArgs, dimension: str) -> str:
    """Write line by line how the largest deployment adds up."""
    if dimension not in DIMENSIONS:
        return ""
    largest = max(workspace.deployments, key=lambda one: getattr(reserved(one), dimension))
    return f". {largest.name} is {sum_of(largest, dimension)}"


def _shares(workspace: WorkspaceArgs, dimension: str) -> str:
    if dimension == "deployments":
        return f" ({', '.join(sorted(deployment.name for deployment in workspace.deployments))})"
    each: list[tuple[str, Reserved]] = [(one.name, reserved(one)) for one in workspace.deployments]
    ranked = sorted(each, key=lambda entry: getattr(entry[1], dimension), reverse=True)
    return f" ({', '.join(f'{name} {_WRITE[dimension](getattr(one, dimension))}' for name, one in ranked)})"
