"""What the deployments of a workspace may reserve together, and what it costs. Plain values, no Pulumi."""

from dataclasses import dataclass
from decimal import Decimal

_GIBIBYTE = 1024**3
_CENT = Decimal("0.01")


@dataclass(frozen=True, kw_only=True)
class PricesArgs:
    """What is reserved costs so much a month."""

    currency: str
    cpu: Decimal
    """Of one CPU."""
    memory: Decimal
    """Of one gibibyte."""
    storage: Decimal
    """Of one gibibyte."""

    def cost(self, *, cpu: int, memory: int, storage: int) -> Decimal:
        """Price millicores and bytes, to the cent."""
        total = self.cpu * cpu / 1000 + (self.memory * memory + self.storage * storage) / _GIBIBYTE
        return total.quantize(_CENT)

    def written(self, amount: Decimal) -> str:
        """Write an amount with its currency."""
        return f"{amount.quantize(_CENT)} {self.currency}"


@dataclass(frozen=True, kw_only=True)
class BudgetArgs:
    """The most that a workspace's deployments may reserve together; None means no bound."""

    cpu: int | None = None
    """Millicores."""
    memory: int | None = None
    """Bytes."""
    storage: int | None = None
    """Bytes."""
    pods: int | None = None
    deployments: int | None = None
    monthly_cost: Decimal | None = None
    overcommit: Decimal = Decimal(1)
    """How many times its CPU and memory may be reserved."""
