"""Tables for people: what stands or would stand in an environment, and how a quota adds up."""

from collections.abc import Iterable, Mapping
from typing import Any

from rich import box
from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from components.args import AirflowDeploymentArgs
from components.quantities import format_bytes, format_cpu
from components.quota import compute_quota
from components.quota_text import DIMENSIONS, sum_of

_GIBIBYTE = 1024**3


def inventory_report(environment: str, workspaces: Mapping[str, Any]) -> RenderableType:
    """Show workspace by workspace what is there and what it reserves."""
    deployments = sum(len(workspace["deployments"]) for workspace in workspaces.values())
    title = Text(f"{environment}: {len(workspaces)} workspaces, {deployments} Airflow deployments", style="bold")
    with_deployments = {name: one for name, one in workspaces.items() if one["deployments"]}
    empty = sorted(name for name, one in workspaces.items() if not one["deployments"])
    parts: list[RenderableType] = [title]
    parts += [_workspace_table(name, one) for name, one in with_deployments.items()]
    if empty:
        parts.append(Text(f"without deployments: {', '.join(empty)}"))
    return Group(*parts)


def _workspace_table(name: str, workspace: Mapping[str, Any]) -> Table:
    kind = f"personal, of {workspace['owner']}" if workspace["owner"] else "shared"
    caption = f"{_people(workspace['members'])} · reserved {_against_budget(workspace)}"
    table = Table(
        title=f"{name} ({kind})", caption=caption, title_justify="left", caption_justify="left", box=box.SIMPLE_HEAD
    )
    for heading in ("deployment", "namespace", "executor", "Airflow", "cluster"):
        table.add_column(heading, no_wrap=heading != "executor")
    for heading in ("CPU", "memory", "storage", "pods"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("Helm", no_wrap=True)
    for deployment, one in workspace["deployments"].items():
        reserved = one["reserved"]
        table.add_row(
            *(deployment, one["namespace"], _executors(one), one["airflow_version"], one["cluster"]),
            *(reserved["cpu"], reserved["memory"], reserved["storage"], str(reserved["pods"])),
            one.get("helm_status") or "?",
        )
    return table


def _executors(deployment: Mapping[str, Any]) -> str:
    """Name one executor a line, by its class alone; what nothing is reserved for is marked."""
    not_sized = deployment.get("not_sized", [])
    names = deployment["executor"].split(",")
    return "\n".join(f"{name.rpartition('.')[2]} (not sized)" if name in not_sized else name for name in names)


def _people(members: Mapping[str, Iterable[str]]) -> str:
    return ", ".join(f"{role}: {' '.join(people)}" for role, people in members.items())


def _against_budget(workspace: Mapping[str, Any]) -> str:
    budget, reserved = workspace["budget"], workspace["reserved"]
    parts = [
        f"{reserved[dimension]} {label}" + (f" of {budget[dimension]}" if dimension in budget else "")
        for dimension, label in (("cpu", "CPU"), ("memory", "memory"), ("storage", "storage"))
    ]
    return ", ".join(parts)


def quota_report(deployment: AirflowDeploymentArgs) -> Table:
    """Show line by line how a deployment's quota adds up: (replicas + surge) x pod = sum."""
    quota = compute_quota(deployment)
    table = Table(title=f"Quota of {deployment.namespace}", title_justify="left", box=box.SIMPLE_HEAD)
    table.add_column("workload")
    table.add_column("share")
    for heading in ("replicas", "surge", "CPU a pod", "memory a pod", "CPU", "memory", "claims"):
        table.add_column(heading, justify="right")
    for line in quota.lines:
        pod, total = line.pod.requests, line.total.requests
        table.add_row(
            *(line.name.removeprefix(f"{deployment.namespace}-"), str(line.share), str(line.replicas), str(line.surge)),
            *(format_cpu(pod.cpu), format_bytes(pod.memory), format_cpu(total.cpu), format_bytes(total.memory)),
            format_bytes(line.storage) if line.storage else "",
        )
    whole = quota.total
    table.add_section()
    table.add_row(
        *("sum", "", "", f"{whole.pods} pods", "", "", format_cpu(whole.cpu), format_bytes(whole.memory)),
        format_bytes(whole.storage) if whole.storage else "",
    )
    return table


def quota_lines_report(deployment: AirflowDeploymentArgs) -> Text:
    """Show how a deployment's quota adds up in a line for each of CPU, memory and storage."""
    sums = {dimension: sum_of(deployment, dimension) for dimension in DIMENSIONS}
    lines = [f"  {dimension}: {text}" for dimension, text in sums.items() if not text.startswith("nothing")]
    return Text("\n".join([deployment.namespace, *lines]))


def console() -> Console:
    """Return a console that prints names as they are, and folds no table because its output goes to a file."""
    plain: dict[str, Any] = {"highlight": False, "markup": False, "emoji": False}
    found = Console(**plain)
    return found if found.is_terminal else Console(**plain, width=160)
