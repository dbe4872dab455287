"""The README in parts, for the tests that hold it against the code."""

import re
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from components.args import PlatformPlan
from stacks.loader import read_stack_file
from stacks.plan import plan_stack
from stacks.project import PROJECT_ROOT

README = (PROJECT_ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


def blocks(language: str) -> list[str]:
    return [text for found, text in BLOCKS if found == language]


def table(marker: str) -> list[list[str]]:
    """Return the cells of the table below `<!-- marker -->`, without its heading."""
    found = re.search(rf"^<!-- {re.escape(marker)} -->\n((?:\|.*\n)+)", README, re.MULTILINE)
    assert found, f"README.md has no table below <!-- {marker} -->"
    rows = found[1].splitlines()[2:]
    return [[cell.strip() for cell in row.strip("|").split(" |")] for row in rows]


def first_words(rows: list[list[str]]) -> list[str]:
    return [re.match(r"`([^`]+)`", row[0])[1] for row in rows]


def plan_file(path: Path) -> PlatformPlan:
    return plan_stack(read_stack_file(path, f"stacks/{path.name}"))


def committed_plan(environment: str) -> PlatformPlan:
    return plan_file(PROJECT_ROOT / "stacks" / f"Pulumi.{environment}.yaml")


def smallest_stack_file(folder: Path) -> Path:
    """Write the smallest stack file, as the README gives it."""
    path = folder / "Pulumi.demo.yaml"
    path.write_text(blocks("yaml")[0], encoding="utf-8")
    return path


def merged(below: Any, above: Any) -> Any:
    if isinstance(below, Mapping) and isinstance(above, Mapping):
        return {**below, **{key: merged(below.get(key), value) for key, value in above.items()}}
    return above


def run(command: str, cwd: Path = PROJECT_ROOT, **options: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", "-euo", "pipefail", "-c", command],
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        **options,
    )
