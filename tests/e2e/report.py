"""The table that a run of the suite leaves: what was seen, how long it took, how much memory each component used."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from components.quantities import parse_bytes
from tests.e2e.watching import Pod

MEBIBYTE = 1024**2
LONGEST_CELL = 400


@dataclass(frozen=True, kw_only=True)
class Row:
    """One thing that must be seen."""

    area: str
    what: str
    outcome: str
    seconds: float
    note: str = ""


@dataclass
class Report:
    """Everything that is printed at the end."""

    machine: str = ""
    rows: list[Row] = field(default_factory=list)
    runs: list[tuple[str, float, str]] = field(default_factory=list)
    """Each run of the engine: what it changed, seconds, operations or the first line of what went wrong."""
    memory: dict[tuple[str, str, int], tuple[int, str]] = field(default_factory=dict)
    """Component, container and bytes reserved for it: most bytes seen, and where."""

    def note_memory(self, deployment: str, pod: Pod, container: str, used: int) -> None:
        """Keep the most that a container was seen to use."""
        component = pod["metadata"]["labels"].get("component", "task pod")
        reserved = next(
            (one["resources"]["requests"]["memory"] for one in pod["spec"]["containers"] if one["name"] == container),
            None,
        )
        key = (component, container, parse_bytes(reserved or "0"))
        if reserved and used > self.memory.get(key, (0, ""))[0]:
            self.memory[key] = (used, deployment)

    def markdown(self) -> str:
        """Write everything as Markdown tables."""
        return "\n".join(self._lines()) + "\n"

    def _lines(self) -> Iterator[str]:
        if self.machine:
            yield f"{self.machine}\n"
        yield "| | what was seen | result | seconds | |\n|---|---|---|---|---|"
        for row in self.rows:
            yield f"| {row.area} | {row.what} | {row.outcome} | {row.seconds:.0f} | {_cell(row.note)} |"
        yield "\n| run of the engine | seconds | operations |\n|---|---|---|"
        for what, seconds, said in self.runs:
            yield f"| {_cell(what)} | {seconds:.0f} | {_cell(said)} |"
        yield "\n| component | container | most memory seen | reserved | used | in |\n|---|---|---|---|---|---|"
        for (component, container, reserved), (used, where) in sorted(self.memory.items()):
            share = f"{100 * used / reserved:.0f} %"
            sizes = f"{used / MEBIBYTE:.0f} MiB | {reserved / MEBIBYTE:.0f} MiB"
            yield f"| {component} | {container} | {sizes} | {share} | {where} |"


def _cell(text: str) -> str:
    line = " ".join(text.split()).replace("|", "/")
    return line if len(line) <= LONGEST_CELL else f"{line[:LONGEST_CELL]}…"
