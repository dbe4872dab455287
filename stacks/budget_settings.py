"""What may be said of the bounds of a workspace: how much it may reserve, and what it may choose."""

import re
from decimal import Decimal
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

from components.executor_args import ExecutorKind
from components.sizing import Size
from stacks.fields import Bytes, Cpu, Name, PositiveCount, Strict
from stacks.guard_rail_settings import Registries

_VERSION = r"\d+(\.\d+){0,2}"
_HOST = r"([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)*[a-z0-9]([a-z0-9-]*[a-z0-9])?"


def _number(low: int, high: int) -> BeforeValidator:
    def read(value: object) -> Decimal:
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        number = Decimal(str(value)) if is_number else Decimal("NaN")
        if number.is_nan() or not low <= number <= high:
            raise ValueError(f"must be a number from {low} to {high}, without quotes. Correct it")
        return number

    return BeforeValidator(read)


def _matching(pattern: str, refusal: str) -> AfterValidator:
    def check(text: str) -> str:
        if not re.fullmatch(pattern, text):
            raise ValueError(refusal)
        return text

    return AfterValidator(check)


_MOST_MONEY = 1_000_000_000
Money = Annotated[
    Decimal,
    _number(0, _MOST_MONEY),
    WithJsonSchema({"type": "number", "minimum": 0, "maximum": _MOST_MONEY}),
]
Factor = Annotated[Decimal, _number(1, 10), WithJsonSchema({"type": "number", "minimum": 1, "maximum": 10})]


class BudgetSettings(Strict):
    """The most that the deployments of a workspace may reserve together."""

    cpu: Cpu | None = None
    """CPU, such as "40"."""
    memory: Bytes | None = None
    """Memory, such as 160Gi."""
    storage: Bytes | None = None
    """Persistent volumes, such as 500Gi."""
    pods: Annotated[PositiveCount, Field(le=1000)] | None = None
    """Number of pods, task pods and those of a roll-out included."""
    deployments: PositiveCount | None = None
    """Number of Airflow deployments."""
    monthly_cost: Money | None = None
    """Cost of what is reserved, by the environment's prices."""
    overcommit: Factor = Decimal(1)
    """How many times `cpu` and `memory` may be reserved, where not everything runs at once."""


class PricesSettings(Strict):
    """What is reserved costs so much a month."""

    currency: Annotated[str, Field(min_length=1, max_length=8)]
    """Such as EUR."""
    cpu: Money
    """Price of one CPU."""
    memory: Money
    """Price of one gibibyte of memory."""
    storage: Money = Decimal(0)
    """Price of one gibibyte of volumes."""


class AllowedSettings(Strict):
    """What the deployments of a workspace may choose; what is not written here is not bounded."""

    executors: Annotated[list[ExecutorKind], Field(min_length=1)] | None = None
    """Executors; those by class path are refused where this is written."""
    airflow_versions: (
        Annotated[
            list[
                Annotated[str, _matching(_VERSION, "is not a version; write one such as 3.2.2, or 3.2 for all of it")]
            ],
            Field(min_length=1),
        ]
        | None
    ) = None
    """Airflow releases such as 3.2.2, or 3.2 for all of it."""
    largest_size: Size | None = None
    """Largest size of any part, also where it is written in numbers."""
    clusters: Annotated[list[Name], Field(min_length=1)] | None = None
    """Clusters that may host them."""
    node_groups: Annotated[list[Name], Field(min_length=1)] | None = None
    """Groups of their cluster's nodes that they are pinned to, one of them each."""
    hosts: (
        Annotated[
            list[Annotated[str, _matching(_HOST, "is not a DNS name; write one such as airflow.example.com")]],
            Field(min_length=1),
        ]
        | None
    ) = None
    """Domains that their UIs may be in."""
    registries: Registries | None = None
    """Where their images may come from; less than what their cluster allows."""
