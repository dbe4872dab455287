import io

import pytest
from rich.console import Console

from tools.progress import Progress


def test_plain_lines_name_the_phases_and_the_total() -> None:
    console = Console(file=io.StringIO())
    with Progress(console) as progress:
        with progress.phase("engine") as report:
            report("found [it]")
        with progress.phase("chart"):
            pass
    lines = console.file.getvalue().splitlines()  # type: ignore[attr-defined]
    assert lines == [
        "engine ...",
        "engine: found [it]",
        "engine: done in 0.0 s",
        "chart ...",
        "chart: done in 0.0 s",
        "done in 0.0 s",
    ]


def test_a_failed_phase_says_so() -> None:
    console = Console(file=io.StringIO())
    with pytest.raises(ValueError, match="broken"), Progress(console) as progress, progress.phase("engine"):
        raise ValueError("broken")
    assert "engine: failed after 0.0 s\nfailed after 0.0 s" in console.file.getvalue()  # type: ignore[attr-defined]


def test_a_terminal_shows_the_running_phase() -> None:
    console = Console(file=io.StringIO(), force_terminal=True, color_system=None, width=80)
    with Progress(console) as progress, progress.phase("engine") as report:
        report("installing")
    assert "engine: installing" in console.file.getvalue()  # type: ignore[attr-defined]
    assert "engine: done in 0.0 s" in console.file.getvalue()  # type: ignore[attr-defined]
