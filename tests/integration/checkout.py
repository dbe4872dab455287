"""A copy of this checkout, so that tests of whole commands leave this one alone."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from stacks.project import PROJECT_ROOT


@dataclass(frozen=True)
class Checkout:
    """What a fresh clone with its dependencies set up would be, with whatever is not committed yet."""

    path: Path

    @classmethod
    def copied_to(cls, path: Path) -> "Checkout":
        listed = subprocess.run(
            ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
            cwd=PROJECT_ROOT, capture_output=True, text=True, check=True,
        )  # fmt: skip
        for name in filter(None, listed.stdout.split("\0")):
            if (PROJECT_ROOT / name).is_file():
                (path / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(PROJECT_ROOT / name, path / name)
        (path / ".venv").symlink_to(sys.prefix)
        return cls(path)

    def run(self, *command: str, seconds: int = 180, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run a command in it; the environment is the tests' own but for the variables given."""
        return subprocess.run(
            command, cwd=self.path, env=self._environment(variables), timeout=seconds,
            capture_output=True, text=True, check=False,
        )  # fmt: skip

    def console(self, *arguments: str, seconds: int = 60, **variables: str) -> subprocess.CompletedProcess[str]:
        return self.run(sys.executable, "-m", "console", *arguments, seconds=seconds, **variables)

    def make(self, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run make with the dependencies that are there already."""
        python = f"AIRSPACE={sys.executable} -m console"
        return self.run("make", "UV=/bin/true", python, *arguments, **variables)

    def write_stack(self, name: str, text: str) -> None:
        (self.path / "stacks" / f"Pulumi.{name}.yaml").write_text(text, encoding="utf-8")

    def _environment(self, variables: Mapping[str, str]) -> dict[str, str]:
        return {**os.environ, "UV_NO_SYNC": "1", **variables}
