"""Holds what the deployments of a workspace reserve against the workspace's budget."""

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal

from components.args import AirflowDeploymentArgs, WorkspaceArgs
from components.quantities import format_bytes, format_cpu
from components.quota import reserved
from components.quota_text import DIMENSIONS, sum_of, sums_of
from stacks.problems import Problem

Amount = int | Decimal
_WRITE: Mapping[str, Callable[[int], str]] = {"cpu": format_cpu, "memory": format_bytes, "storage": format_bytes}
_SMALLER = "Raise the budget, or choose smaller sizes, fewer replicas or fewer workers"
_REMEDIES = {
    "cpu": _SMALLER,
    "memory": _SMALLER,
    "storage": "Raise the budget, or choose smaller volumes",
    "pods": "Raise the budget, or choose fewer replicas, workers or task pods",
    "deployments": "Raise the budget, or remove a deployment",
    "monthly_cost": _SMALLER,
}
_OVERCOMMITTED = ("cpu", "memory")
"""What waits or slows down where too much of it was promised; volumes and money do not."""


def reserved_together(workspace: WorkspaceArgs) -> dict[str, int]:
    """Add up what a workspace's deployments reserve, in the budget's own dimensions and units."""
    each = [reserved(deployment) for deployment in workspace.deployments]
    dimensions = ("cpu", "memory", "storage", "pods")
    total = {dimension: sum(getattr(one, dimension) for one in each) for dimension in dimensions}
    return total | {"deployments": len(each)}


def monthly_cost(workspace: WorkspaceArgs) -> Decimal | None:
    """Price what a workspace's deployments reserve; None where there are no prices."""
    total = reserved_together(workspace)
    if workspace.prices is None:
        return None
    return workspace.prices.cost(cpu=total["cpu"], memory=total["memory"], storage=total["storage"])


def budget_problems(workspace: WorkspaceArgs, path: tuple[str, ...]) -> Iterable[Problem]:
    """Refuse what is over budget, with a line on who uses what."""
    total: dict[str, Amount] = {**reserved_together(workspace)}
    if (cost := monthly_cost(workspace)) is not None:
        total["monthly_cost"] = cost
    elif workspace.budget.monthly_cost is not None:
        message = "has nothing to be held against. Write what CPU and memory cost under `prices`, or remove it"
        yield Problem((*path, "budget", "monthly_cost"), message)
    for dimension, amount in total.items():
        bound = _bound(workspace, dimension)
        if bound is None or amount <= bound:
            continue
        message = f"its deployments reserve {_written(workspace, dimension, amount)}, {_said(workspace, dimension)}"
        remedy = f"{_REMEDIES[dimension]}{_sum(workspace, dimension)}"
        yield Problem((*path, "budget", dimension), f"{message}{_shares(workspace, dimension)}. {remedy}")


def _bound(workspace: WorkspaceArgs, dimension: str) -> Amount | None:
    bound: Amount | None = getattr(workspace.budget, dimension)
    if bound is None or dimension not in _OVERCOMMITTED:
        return bound
    return int(bound * workspace.budget.overcommit)


def _said(workspace: WorkspaceArgs, dimension: str) -> str:
    bound: Amount = getattr(workspace.budget, dimension)
    said = f"the budget is {_written(workspace, dimension, bound)}"
    factor = workspace.budget.overcommit
    return f"{said}, {factor} times over" if dimension in _OVERCOMMITTED and factor != 1 else said


def _written(workspace: WorkspaceArgs, dimension: str, amount: Amount) -> str:
    if isinstance(amount, Decimal):
        return workspace.prices.written(amount) if workspace.prices else str(amount)
    return _WRITE.get(dimension, str)(amount)


def _sum(workspace: WorkspaceArgs, dimension: str) -> str:
    """Write line by line how the largest deployment adds up."""
    largest = max(workspace.deployments, key=lambda one: _share(workspace, one, dimension))
    if dimension in DIMENSIONS:
        return f". {largest.name} is {sum_of(largest, dimension)}"
    return f". {largest.name} is {'; '.join(f'{name} {text}' for name, text in sums_of(largest).items())}"


def _shares(workspace: WorkspaceArgs, dimension: str) -> str:
    """Write who uses what, the largest first."""
    ranked = sorted(workspace.deployments, key=lambda one: _share(workspace, one, dimension), reverse=True)
    if dimension == "deployments":
        return f" ({', '.join(f'{one.name} {_reserved(one)}' for one in ranked)})"
    each = [(one.name, _share(workspace, one, dimension)) for one in ranked]
    return f" ({', '.join(f'{name} {_written(workspace, dimension, amount)}' for name, amount in each)})"


def _reserved(deployment: AirflowDeploymentArgs) -> str:
    used = reserved(deployment)
    amounts = {"CPU": format_cpu(used.cpu), "memory": format_bytes(used.memory), "storage": format_bytes(used.storage)}
    return f"with {' '.join(f'{amount} {name}' for name, amount in amounts.items())} {used.pods} pods"


def _share(workspace: WorkspaceArgs, deployment: AirflowDeploymentArgs, dimension: str) -> Amount:
    """Return what a deployment takes of a dimension; where each is one, its CPU."""
    used = reserved(deployment)
    if dimension == "monthly_cost":
        prices = workspace.prices
        return prices.cost(cpu=used.cpu, memory=used.memory, storage=used.storage) if prices else Decimal(0)
    amount: int = getattr(used, "cpu" if dimension == "deployments" else dimension)
    return amount
