"""Measures planning side by side, in one run: how long, and how much memory. Judges nothing, so no test depends on it.

Each row is a process of its own: what one has loaded is not free for the next, and memory is its own. The row before
`settings and plan` is the least that any program on the same input must do, so the difference is what planning costs.
"""

import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml
from rich.console import Console
from rich.table import Table

from stacks.loader import NAMESPACE, read_stack_file, stack_file
from stacks.plan import plan_stack
from stacks.project import STACKS
from stacks.settings import PlatformSettings

DEPLOYMENTS = 1_000
WORKSPACES = 50
PROGRAM_STACK = "prod"
_KIBIBYTE, _MEBIBYTE = 1024, 1024**2


def environment(deployments: int) -> dict[str, Any]:
    """Return a stack file of many deployments: workspaces with people, every executor, queues, sizes and layers."""
    people = {f"person-{number}@example.com": {"personal_workspace": False} for number in range(WORKSPACES)}
    workspaces: dict[str, dict[str, Any]] = {
        f"team-{number}": {
            "members": {f"person-{number}@example.com": "admin", "everybody": "viewer"},
            "defaults": {"scheduler": {"size": "medium"}, "config": {"core": {"default_timezone": "utc"}}},
            "deployments": {},
        }
        for number in range(WORKSPACES)
    }
    for number in range(deployments):
        home = workspaces[f"team-{number % WORKSPACES}"]["deployments"]
        home[f"airflow-{number // WORKSPACES}"] = {"executor": _EXECUTORS[number % len(_EXECUTORS)]}
    sections = {
        "clusters": {"main": {"hosting": "enterprise", "context": "somewhere"}},
        "accounts": people,
        "teams": {"everybody": {"members": list(people)}},
        "defaults": {"database": "embedded", "airflow_version": "3.2.2"},
        "workspaces": workspaces,
    }
    return {"config": {f"{NAMESPACE}:{name}": section for name, section in sections.items()}}


_EXECUTORS: Sequence[Any] = (
    "LocalExecutor",
    {"type": "KubernetesExecutor", "max_task_pods": 20},
    {
        "type": "CeleryExecutor",
        "queues": {"default": {"workers": {"min": 1, "max": 4}}, "heavy": {"workers": 2, "size": "large"}},
    },
)


def _parse_and_validate(path: Path) -> int:
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    sections = {name.removeprefix(f"{NAMESPACE}:"): section for name, section in document["config"].items()}
    settings = PlatformSettings.model_validate(sections)
    return sum(len(workspace.deployments) for workspace in settings.workspaces.values())


def _plan(path: Path) -> int:
    return len(plan_stack(read_stack_file(path)).deployments)


def _program(path: Path) -> int:
    # Here, because Pulumi would count in the memory of rows that do without.
    from stacks.offline import record_plan

    plan = plan_stack(read_stack_file(path))
    record_plan(plan)
    return len(plan.deployments)


ROWS: Mapping[str, Callable[[Path], int]] = {
    "YAML parser and pydantic alone": _parse_and_validate,
    "settings and plan": _plan,
    "settings, plan and the whole program on mocks": _program,
}


def measure(row: str, path: Path) -> dict[str, Any]:
    """Run one row here, and tell deployments, seconds and the most memory (bytes) that this process ever had."""
    started = time.perf_counter()
    deployments = ROWS[row](path)
    seconds = time.perf_counter() - started
    # Linux counts in kibibytes.
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _KIBIBYTE
    return {"deployments": deployments, "seconds": seconds, "peak": peak}


def run(deployments: int = DEPLOYMENTS) -> list[tuple[str, str, dict[str, Any]]]:
    """Measure all rows, each in a process of its own: what is done, on what, and the figures."""
    with tempfile.TemporaryDirectory() as folder:
        many = stack_file(Path(folder), "many")
        many.write_text(yaml.safe_dump(environment(deployments), sort_keys=False), encoding="utf-8")
        program = stack_file(STACKS, PROGRAM_STACK)
        inputs = [(row, f"{deployments} deployments", many) for row in list(ROWS)[:2]]
        inputs += [(row, f"the stack {PROGRAM_STACK}", program) for row in list(ROWS)[1:]]
        return [(row, label, _elsewhere(row, path)) for row, label, path in inputs]


def _elsewhere(row: str, path: Path) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks.planning", row, str(path)], capture_output=True, text=True, check=True
    )
    figures: dict[str, Any] = json.loads(done.stdout)
    return figures


def table(measured: list[tuple[str, str, dict[str, Any]]]) -> Table:
    """Show the figures side by side."""
    shown = Table()
    shown.add_column("what is done")
    shown.add_column("on")
    for heading in ("deployments", "seconds", "peak memory"):
        shown.add_column(heading, justify="right")
    for row, label, figures in measured:
        peak = f"{figures['peak'] / _MEBIBYTE:.0f} MiB"
        shown.add_row(row, label, str(figures["deployments"]), f"{figures['seconds']:.2f}", peak)
    return shown


def main(arguments: Sequence[str]) -> int:
    """Measure everything and print a table; with a row and a file, measure that and print it as JSON."""
    if arguments:
        row, path = arguments
        print(json.dumps(measure(row, Path(path))))
    else:
        Console(width=None if sys.stdout.isatty() else 120).print(table(run()))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
