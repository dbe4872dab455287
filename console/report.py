"""Tables for people: what stands or would stand in an environment, and how a quota adds up."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from rich import box
from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from components.args import AirflowDeploymentArgs
from components.quantities import Resources, format_bytes, format_cpu
from components.quota import compute_quota
from components.quota_text import sums_of

_ANY_WIDTH = 10_000


def inventory_report(environment: str, workspaces: Mapping[str, Any]) -> RenderableType:
    """Show workspace by workspace what is there and what it reserves."""
    deployments = sum(len(workspace["deployments"]) for workspace in workspaces.values())
    title = Text(f"{environment}: {len(workspaces)} workspaces, {deployments} Airflow deployments", style="bold")
    with_deployments = {name: one for name, one in workspaces.items() if one["deployments"]}
    empty = sorted(name for name, one in workspaces.items() if not one["deployments"])
    parts: list[RenderableType] = [title]
    parts += [_Workspace(name, one) for name, one in with_deployments.items()]
    if empty:
        parts.append(Text(f"without deployments: {', '.join(empty)}"))
    return Group(*parts)


@dataclass(frozen=True)
class _Workspace:
    """A workspace with its deployments: a table, or lines where the terminal is too narrow for one."""

    name: str
    exported: Mapping[str, Any]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        table = self._table()
        if Measurement.get(console, options.update(width=_ANY_WIDTH), table).maximum <= options.max_width:
            yield table
        else:
            yield Text(self._title, style="italic")
            yield from self._lines()
            yield Text(f"{self._caption}\n", style="dim italic")

    @property
    def _title(self) -> str:
        kind = f"personal, of {self.exported['owner']}" if self.exported["owner"] else "shared"
        return f"{self.name} ({kind})"

    @property
    def _caption(self) -> str:
        return f"{_people(self.exported['members'])} · reserved {_against_budget(self.exported)}"

    def _table(self) -> Table:
        justify: dict[str, Any] = {"title_justify": "left", "caption_justify": "left"}
        table = Table(title=self._title, caption=self._caption, box=box.SIMPLE_HEAD, **justify)
        for heading in ("deployment", "namespace", "executor", "Airflow", "cluster"):
            table.add_column(heading, no_wrap=True)
        for heading in ("CPU", "memory", "storage", "pods"):
            table.add_column(heading, justify="right", no_wrap=True)
        table.add_column("Helm", no_wrap=True)
        for deployment, one in self.exported["deployments"].items():
            reserved = one["reserved"]
            table.add_row(
                *(deployment, one["namespace"], _executors(one), one["airflow_version"], one["cluster"]),
                *(reserved["cpu"], reserved["memory"], reserved["storage"], str(reserved["pods"])),
                _helm_status(one),
            )
        return table

    def _lines(self) -> Iterator[Text]:
        for deployment, one in self.exported["deployments"].items():
            executors, reserved = _executors(one).replace("\n", ", "), _sum(one["reserved"])
            yield Text(f"  {deployment}: Airflow {one['airflow_version']}, {executors}, {_helm_status(one)}")
            yield Text(f"    namespace {one['namespace']} on cluster {one['cluster']}")
            yield Text(f"    reserved {reserved}, {one['reserved']['pods']} pods")


def _helm_status(deployment: Mapping[str, Any]) -> str:
    return deployment.get("helm_status") or "?"


def _executors(deployment: Mapping[str, Any]) -> str:
    """Name one executor a line, by its class alone; what nothing is reserved for is marked."""
    not_sized = deployment.get("not_sized", [])
    names = deployment["executor"].split(",")
    return "\n".join(f"{name.rpartition('.')[2]} (not sized)" if name in not_sized else name for name in names)


def _people(members: Mapping[str, Iterable[str]]) -> str:
    return ", ".join(f"{role}: {' '.join(people)}" for role, people in members.items())


def _against_budget(workspace: Mapping[str, Any]) -> str:
    return _sum(workspace["reserved"], workspace["budget"])


def _sum(reserved: Mapping[str, Any], budget: Mapping[str, Any] = MappingProxyType({})) -> str:
    parts = [
        f"{reserved[dimension]} {label}" + (f" of {budget[dimension]}" if dimension in budget else "")
        for dimension, label in (("cpu", "CPU"), ("memory", "memory"), ("storage", "storage"))
    ]
    return ", ".join(parts)


def quota_report(deployment: AirflowDeploymentArgs) -> RenderableType:
    """Show line by line how a deployment's quota adds up, (replicas + surge) x pod = sum, and the quotas of that."""
    quota = compute_quota(deployment)
    table = Table(title=f"Quota of {deployment.namespace}", title_justify="left", box=box.SIMPLE_HEAD)
    table.add_column("workload", no_wrap=True)
    table.add_column("share")
    for heading in (*_COUNTED, *_OF_A_POD, *_SUMS):
        table.add_column(heading, justify="right")
    for line in quota.lines:
        name = line.name.removeprefix(f"{deployment.namespace}-")
        counted = (line.replicas, line.surge, line.pods)
        table.add_row(
            name, str(line.share), *map(str, counted), *_requested(line.pod), *_sums(line.total, line.storage)
        )
    whole = quota.total
    table.add_section()
    total = Resources(requests=whole.requests, limits=whole.limits)
    table.add_row("sum", "", "", "", str(whole.pods), "", "", "", *_sums(total, whole.storage))
    return Group(table, *(Text(f"  {name}: {_written(spec['hard'])}") for name, spec in quota.specs.items()))


_COUNTED = ("replicas", "surge", "pods")
_OF_A_POD = ("CPU\na pod", "memory\na pod", "disk\na pod")
_SUMS = ("CPU", "memory", "disk", "CPU\nlimit", "memory\nlimit", "claims")


def _requested(pod: Resources) -> list[str]:
    amounts = pod.requests
    return [format_cpu(amounts.cpu), format_bytes(amounts.memory), format_bytes(amounts.ephemeral_storage)]


def _sums(total: Resources, storage: int) -> list[str]:
    limits = [format_cpu(total.limits.cpu), format_bytes(total.limits.memory)]
    return [*_requested(total), *limits, format_bytes(storage) if storage else ""]


def _written(hard: Mapping[str, str]) -> str:
    return ", ".join(f"{name} {amount}" for name, amount in hard.items())


def quota_lines_report(deployment: AirflowDeploymentArgs) -> Text:
    """Show how a deployment's quota adds up in a line for each of CPU, memory, storage and pods."""
    lines = [f"  {dimension}: {text}" for dimension, text in sums_of(deployment).items()]
    return Text("\n".join([deployment.namespace, *lines]))


def console() -> Console:
    """Return a console that prints names as they are, and folds no table because its output goes to a file."""
    plain: dict[str, Any] = {"highlight": False, "markup": False, "emoji": False}
    found = Console(**plain)
    return found if found.is_terminal else Console(**plain, width=160)
