"""Kubernetes quantities as whole numbers: millicores of CPU and bytes.

Owns parsing, canonical writing and the arithmetic on amounts. The client libraries that parse quantities load a
whole API model for it (half a second), which the commands that only validate cannot afford.
"""

import re
from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Self

QUANTITY_FORM = 'a Kubernetes quantity such as "500m" or "2" for CPU, "512Mi" or "2Gi" for memory and storage'

_PATTERN = re.compile(r"(?P<number>[0-9]+(?:\.[0-9]+)?)(?P<suffix>m|k|M|G|T|P|Ki|Mi|Gi|Ti|Pi)?")
_FACTORS = {
    "m": Decimal("0.001"),
    "": Decimal(1),
    **{suffix: Decimal(1000) ** power for power, suffix in enumerate("kMGTP", start=1)},
    **{f"{suffix}i": Decimal(1024) ** power for power, suffix in enumerate("KMGTP", start=1)},
}
_BINARY_UNITS = ("Pi", "Ti", "Gi", "Mi", "Ki")


def parse_quantity(text: str) -> Decimal:
    """Read a quantity in base units (cores or bytes).

    Raises:
        ValueError: The text is no quantity that Kubernetes would accept here (negative and exponent forms are not).
    """
    match = _PATTERN.fullmatch(text)
    if match is None:
        raise ValueError(f"not a quantity; write {QUANTITY_FORM}")
    return Decimal(match["number"]) * _FACTORS[match["suffix"] or ""]


def is_quantity(text: str) -> bool:
    """Tell whether `parse_quantity` reads a text."""
    return _PATTERN.fullmatch(text) is not None


def parse_cpu(text: str) -> int:
    """Read CPU in millicores, rounded up as the API server does."""
    return _round_up(parse_quantity(text) * 1000)


def parse_bytes(text: str) -> int:
    """Read memory or storage in bytes, rounded up as the API server does."""
    return _round_up(parse_quantity(text))


def format_cpu(millicores: int) -> str:
    """Write millicores canonically: whole cores without a suffix, so that a diff never shows 1000m against 1."""
    return str(millicores // 1000) if millicores % 1000 == 0 else f"{millicores}m"


def format_bytes(count: int) -> str:
    """Write bytes in the largest binary unit that needs no fraction."""
    for power, unit in zip(range(len(_BINARY_UNITS), 0, -1), _BINARY_UNITS, strict=True):
        if count and count % 1024**power == 0:
            return f"{count // 1024**power}{unit}"
    return str(count)


def _round_up(number: Decimal) -> int:
    return int(number.to_integral_value(rounding="ROUND_CEILING"))


@dataclass(frozen=True, kw_only=True)
class Amounts:
    """CPU, memory and ephemeral storage of one container, pod, namespace or workspace."""

    cpu: int = 0
    """Millicores."""
    memory: int = 0
    """Bytes."""
    ephemeral_storage: int = 0
    """Bytes."""

    def __add__(self, other: Self) -> Self:
        return type(self)(**{f.name: getattr(self, f.name) + getattr(other, f.name) for f in fields(self)})

    def __mul__(self, count: int) -> Self:
        return type(self)(**{f.name: getattr(self, f.name) * count for f in fields(self)})

    def at_least(self, other: Self) -> Self:
        """Return the larger of both in each dimension: the rule by which init containers count."""
        return type(self)(**{f.name: max(getattr(self, f.name), getattr(other, f.name)) for f in fields(self)})

    def as_kubernetes(self) -> dict[str, str]:
        """Return the amounts under the names that `resources.requests` uses; what is zero is left out."""
        written = {
            "cpu": format_cpu(self.cpu) if self.cpu else "",
            "memory": format_bytes(self.memory) if self.memory else "",
            "ephemeral-storage": format_bytes(self.ephemeral_storage) if self.ephemeral_storage else "",
        }
        return {name: amount for name, amount in written.items() if amount}


@dataclass(frozen=True, kw_only=True)
class Resources:
    """What a container asks for and what it may use at most."""

    requests: Amounts
    limits: Amounts

    @classmethod
    def reserved(cls, cpu: str, memory: str, ephemeral_storage: str = "1Gi") -> Self:
        """Reserve exactly this: limits equal requests, so nothing is promised that a neighbour could take."""
        amounts = Amounts(
            cpu=parse_cpu(cpu), memory=parse_bytes(memory), ephemeral_storage=parse_bytes(ephemeral_storage)
        )
        return cls(requests=amounts, limits=amounts)

    def __add__(self, other: Self) -> Self:
        return type(self)(requests=self.requests + other.requests, limits=self.limits + other.limits)

    def __mul__(self, count: int) -> Self:
        return type(self)(requests=self.requests * count, limits=self.limits * count)

    def at_least(self, other: Self) -> Self:
        """Return the larger of both in each dimension."""
        return type(self)(requests=self.requests.at_least(other.requests), limits=self.limits.at_least(other.limits))

    def as_kubernetes(self) -> dict[str, dict[str, str]]:
        """Return the `resources` block of a container."""
        return {"requests": self.requests.as_kubernetes(), "limits": self.limits.as_kubernetes()}


NOTHING = Resources(requests=Amounts(), limits=Amounts())
