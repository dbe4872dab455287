"""What a run of the engine did, in plain data."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace

from stacks.inventory import Inventory

_UNCHANGED = "same"


@dataclass(frozen=True, kw_only=True)
class RunResult:
    """What one run of the engine did."""

    environment: str
    changes: Mapping[str, int]
    """Number of resources by operation: create, update, replace, delete, same."""
    workspaces: Inventory
    """The inventory that the stack exports; empty after a destroy."""
    duration_seconds: float

    @property
    def is_unchanged(self) -> bool:
        """Tell a run that found everything as it should be."""
        return not any(count for operation, count in self.changes.items() if operation != _UNCHANGED)

    def followed_by(self, later: "RunResult") -> "RunResult":
        """Return what this run and a later one of the same environment did together."""
        changed = Counter({name: count for name, count in self.changes.items() if name != _UNCHANGED})
        return replace(
            later,
            changes=dict(changed + Counter(later.changes)),
            duration_seconds=self.duration_seconds + later.duration_seconds,
        )
