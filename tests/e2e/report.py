"""The table that a run of the suite leaves: what was seen, how long it took, how much memory each component used."""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field

from components.quantities import parse_bytes
from components.sizing import WORKING_SETS, Sized
from tests.e2e.watching import Pod

MEBIBYTE = 1024**2
LONGEST_CELL = 400
TASK_POD = "task pod"
_OWN_NAMES = {(TASK_POD, "base"): Sized.TASK_POD}
_TABLE = {(part.value.replace("_", "-"),) * 2: part for part in WORKING_SETS} | _OWN_NAMES
"""What the table of working sets speaks of, by component and container."""


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

    def add(self, row: Row) -> None:
        """Add a row, in place of what an earlier run has seen of the same."""
        names = [(one.area, one.what) for one in self.rows]
        if (row.area, row.what) in names:
            self.rows[names.index((row.area, row.what))] = row
        else:
            self.rows.append(row)

    def to_json(self) -> str:
        """Write everything so that a later run can go on from it."""
        memory = [[*key, *found] for key, found in self.memory.items()]
        return json.dumps({"rows": [asdict(one) for one in self.rows], "runs": self.runs, "memory": memory}, indent=1)

    def take_up(self, text: str) -> None:
        """Go on from what an earlier run has written."""
        earlier = json.loads(text)
        self.rows = [Row(**one) for one in earlier["rows"]]
        self.runs = [(what, seconds, said) for what, seconds, said in earlier["runs"]]
        self.memory = {
            (component, container, reserved): (used, where)
            for component, container, reserved, used, where in earlier["memory"]
        }

    def note_memory(self, deployment: str, pod: Pod, container: str, used: int) -> None:
        """Keep the most that a container was seen to use."""
        labels = pod["metadata"].get("labels", {})
        # Pods of tasks are also called workers.
        component = TASK_POD if "dag_id" in labels else labels.get("component", "?")
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
        yield "\n| component | container | most memory seen | reserved | used | working set as sized | in |"
        yield "|---|---|---|---|---|---|---|"
        for (component, container, reserved), (used, where) in sorted(self.memory.items()):
            share = f"{100 * used / reserved:.0f} %"
            known = _known(component, container)
            sizes = f"{_mebibytes(used)} | {_mebibytes(reserved)} | {share} | {_mebibytes(known) if known else ''}"
            yield f"| {component} | {container} | {sizes} | {where} |"
        for line in self.above_the_table():
            yield f"\n{line}"

    def above_the_table(self) -> Iterator[str]:
        """Name what used more memory than the table of sizes has as a working set."""
        for (component, container, _), (used, where) in sorted(self.memory.items()):
            known = _known(component, container)
            if known and used > known:
                seen = f"{_mebibytes(used)} in {where}, the table's working set is {_mebibytes(known)}"
                yield f"More than components/sizing.py says: {component} used {seen}."


def _known(component: str, container: str) -> int | None:
    """Look up the most memory that the table of sizes has for a container; None where it has none."""
    part = _TABLE.get((component, container))
    return max(one.memory for one in WORKING_SETS[part]) if part else None


def _mebibytes(count: int) -> str:
    return f"{count / MEBIBYTE:.0f} MiB"


def _cell(text: str) -> str:
    line = " ".join(text.split()).replace("|", "/")
    return line if len(line) <= LONGEST_CELL else f"{line[:LONGEST_CELL]}…"
