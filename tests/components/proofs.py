"""What tests have found out of each scenario, in numbers: the table at the end of a run, and its committed copy."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import astuple, dataclass, fields
from pathlib import Path

COPY = Path(__file__).parent / "proofs.txt"
PROPERTY = "proof"
"""Name under which a test hands a proof to the end of the run."""
_HEADINGS = ("schema errors", "unknown keys", "Pod Security", "admitted", "of pods", "refused", "of one more")


@dataclass(frozen=True, kw_only=True)
class Proof:
    """One deployment on the genuine chart and the real API server."""

    schema_errors: int
    unknown_keys: int
    violations: int
    """Of the Pod Security level `restricted`, in all pods."""
    admitted: int
    """Pods of the widest roll-out under the computed quota, all of which must be."""
    pods: int
    refused: int
    """Pods on top of that, one of each workload, none of which may be admitted."""
    more: int

    @property
    def is_whole(self) -> bool:
        """Say whether everything is as it must be."""
        faults = self.schema_errors + self.unknown_keys + self.violations
        return (faults, self.admitted, self.refused) == (0, self.pods, self.more)

    def __add__(self, other: "Proof") -> "Proof":
        return Proof(**{one.name: getattr(self, one.name) + getattr(other, one.name) for one in fields(self)})


def headings(first: str) -> str:
    return _row(first, _HEADINGS)


def line(name: str, proof: Proof) -> str:
    return _row(name, map(str, astuple(proof)))


def summary(proofs: Iterable[tuple[str, Proof]]) -> Iterator[str]:
    """Add up over the sets of options, a line for each executor and Airflow version."""
    groups: dict[str, list[Proof]] = defaultdict(list)
    for scenario, proof in proofs:
        groups[" ".join(scenario.split("-")[:2])].append(proof)
    yield headings("executor, Airflow, sets of options")
    for name, found in sorted(groups.items()):
        first, *others = found
        yield line(f"{name}: {len(found)}", sum(others, start=first))


def renew(scenario: str, proof: Proof, scenarios: Iterable[str]) -> None:
    """Write one line of the committed copy anew; lines of what is no scenario any more go."""
    lines = {**read(), scenario: line(scenario, proof)}
    COPY.write_text("\n".join([headings("case"), *(lines[one] for one in sorted(scenarios) if one in lines), ""]))


def read() -> dict[str, str]:
    """Return the lines of the committed copy by scenario."""
    written = COPY.read_text(encoding="utf-8").splitlines()[1:] if COPY.exists() else []
    return {one.split()[0]: one for one in written}


def _row(first: str, cells: Iterable[str]) -> str:
    widths = [len(heading) for heading in _HEADINGS]
    return "  ".join([f"{first:42}", *(f"{cell:>{width}}" for cell, width in zip(cells, widths, strict=True))])
