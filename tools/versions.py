"""Ask a program which version it is."""

import subprocess
from pathlib import Path

from tools.pins import Binary

ANSWER_SECONDS = 60
_QUESTIONS = {"kubectl": ("version", "--client"), "helm": ("version",)}
"""What to ask by program; all others know `--version`."""


def check_version(binary: Binary, program: Path) -> str | None:
    """Say in one line why a program is not the pinned one, or None when it runs and says the pinned version."""
    question = _QUESTIONS.get(binary.name, ("--version",))
    try:
        answer = subprocess.run(
            [program, *question], capture_output=True, text=True, timeout=ANSWER_SECONDS, check=True
        )
    except (OSError, subprocess.SubprocessError) as error:
        return f"{binary.name} does not run ({error})"
    if f"v{binary.version}" in answer.stdout or f" {binary.version}" in answer.stdout:
        return None
    said = (answer.stdout.strip().splitlines() or ["nothing"])[0]
    return f"{binary.name} says {said!r}, expected {binary.version}"
