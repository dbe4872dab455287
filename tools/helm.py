"""Find or get Helm, which renders the chart without the engine: for tests. What runs has a Helm of its own."""

import re
import shutil
import subprocess
from pathlib import Path

from tools.binaries import ensure_binaries
from tools.errors import ComponentUnavailable
from tools.homes import Report, silent
from tools.pins import HELM

MINIMUM_HELM = (3, 19)
"""What the chart asks for; the engine's provider holds one of this major version, and another may render otherwise."""
ANSWER_SECONDS = 60
_WANTED = "3.19 or later of version 3"


def ensure_helm(report: Report = silent) -> Path:
    """Find a Helm that serves on PATH, else the pinned one in the cache, else get that.

    Raises:
        ComponentUnavailable: There is none, and none can be had; unreachable hosts are given up within seconds.
    """
    tried = "PATH: no helm there"
    if on_path := shutil.which("helm"):
        problem = _problem(on_path)
        if problem is None:
            return Path(on_path)
        tried = f"PATH: {on_path}: {problem}"
    try:
        return ensure_binaries(HELM, report).path("helm")
    except ComponentUnavailable as error:
        remedy = f"{error.remedy} A Helm {_WANTED} on PATH serves too."
        raise ComponentUnavailable(error.component, [tried, *error.tried], remedy) from None


def _problem(program: str) -> str | None:
    try:
        answer = subprocess.run(
            [program, "version", "--short"], capture_output=True, text=True, timeout=ANSWER_SECONDS, check=True
        )
    except (OSError, subprocess.SubprocessError) as error:
        return f"does not run ({error})"
    found = re.search(r"v(\d+)\.(\d+)", answer.stdout)
    version = (int(found[1]), int(found[2])) if found else (0, 0)
    if version >= MINIMUM_HELM and version[0] == MINIMUM_HELM[0]:
        return None
    return f"says {answer.stdout.strip()!r}, {_WANTED} is needed"
