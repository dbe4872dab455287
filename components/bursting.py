"""CPU that containers may use beyond what is reserved for them, while their node has it to spare.

Only CPU: a container that wants more than is there runs slower, one that has more memory than is there is killed.
"""

from dataclasses import fields, is_dataclass, replace
from decimal import Decimal
from typing import Any, TypeVar

from components.quantities import Amounts, Resources

A = TypeVar("A")


def bursting(args: A, cpu_limit_ratio: Decimal) -> A:
    """Return arguments whose every container is limited to this many times the CPU that it requests."""
    return args if cpu_limit_ratio == 1 else _bursting(args, cpu_limit_ratio)


def _bursting(value: Any, ratio: Decimal) -> Any:
    if isinstance(value, Resources):
        return _with_limit(value, ratio)
    if isinstance(value, tuple):
        return tuple(_bursting(item, ratio) for item in value)
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{one.name: _bursting(getattr(value, one.name), ratio) for one in fields(value)})
    return value


def _with_limit(resources: Resources, ratio: Decimal) -> Resources:
    cpu = int((resources.requests.cpu * ratio).to_integral_value(rounding="ROUND_CEILING"))
    limits = resources.limits
    return Resources(
        requests=resources.requests,
        limits=Amounts(cpu=cpu, memory=limits.memory, ephemeral_storage=limits.ephemeral_storage),
    )
