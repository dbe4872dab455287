"""Say what is going on: phases with a running sign and seconds on a terminal, plain lines elsewhere."""

import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from types import TracebackType

from rich.console import Console
from rich.progress import Progress as Live
from rich.progress import SpinnerColumn, TextColumn, TimeElapsedColumn

from tools.homes import Report


class Progress(AbstractContextManager["Progress"]):
    """Phases of one command, one after the other; says the total when the block ends.

    Use as `with Progress() as progress:` and inside it `with progress.phase("control plane") as report:`.
    """

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or Console(stderr=True, highlight=False)
        self._started = time.monotonic()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Say the total of all phases, in seconds."""
        verdict = "failed after" if error else "done in"
        self._say(f"{verdict} {time.monotonic() - self._started:.1f} s")

    @contextmanager
    def phase(self, name: str) -> Iterator[Report]:
        """Run one phase; what is called with a line shows it beside the phase."""
        started = time.monotonic()
        verdict = "failed after"
        try:
            with self._live(name) if self._console.is_terminal else self._plain(name) as report:
                yield report
            verdict = "done in"
        finally:
            self._say(f"{name}: {verdict} {time.monotonic() - started:.1f} s")

    @contextmanager
    def _live(self, name: str) -> Iterator[Report]:
        columns = (SpinnerColumn(), TextColumn("{task.description}", markup=False), TimeElapsedColumn())
        with Live(*columns, console=self._console, transient=True) as live:
            task = live.add_task(name, total=None)
            yield lambda line: live.update(task, description=f"{name}: {line}")

    @contextmanager
    def _plain(self, name: str) -> Iterator[Report]:
        self._say(f"{name} ...")
        yield lambda line: self._say(f"{name}: {line}")

    def _say(self, line: str) -> None:
        self._console.print(line, markup=False, soft_wrap=True)
