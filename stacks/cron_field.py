"""Times by the clock, in the five fields of cron that Kubernetes understands."""

import re
from collections.abc import Sequence
from typing import Annotated

from pydantic import AfterValidator, WithJsonSchema

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")


def _field(number: str, names: Sequence[str] = ()) -> str:
    """Write the form of one field: values, ranges and steps, by commas."""
    in_any_case = ["".join(f"[{letter.upper()}{letter}]" for letter in name) for name in names]
    value = "|".join((number, *in_any_case))
    one = rf"([*?]|({value})(-({value}))?)(/[1-9][0-9]*)?"
    return f"{one}(,{one})*"


# Unlike some others, Kubernetes takes no 7 for Sunday.
_CRON = " ".join(
    (
        _field("[0-5]?[0-9]"),
        _field("[01]?[0-9]|2[0-3]"),
        _field("0?[1-9]|[12][0-9]|3[01]"),
        _field("0?[1-9]|1[0-2]", _MONTHS),
        _field("0?[0-6]", _DAYS),
    )
)


_FIELDS = ((0, 59, ()), (0, 23, ()), (1, 31, ()), (1, 12, _MONTHS), (0, 6, _DAYS))
"""First and last value of each field, and the names of its values."""
_LONGEST = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
"""Days of each month, in a leap year."""


def moments(schedule: str) -> tuple[frozenset[int], ...]:
    """Return the values that each field stands for, so that two ways to write the same time are equal.

    Raises:
        ValueError: A range runs backwards.
    """
    return tuple(_values(text, *field) for text, field in zip(schedule.split(), _FIELDS, strict=True))


def _values(text: str, low: int, high: int, names: Sequence[str]) -> frozenset[int]:
    found: set[int] = set()
    for one in text.split(","):
        span, _, step = one.partition("/")
        first, _, last = span.partition("-")
        start = low if first in {"*", "?"} else _number(first, low, names)
        is_open = first in {"*", "?"} or (step and not last)
        end = high if is_open else _number(last or first, low, names)
        if start > end:
            raise ValueError(
                f"has the range {span}, which runs backwards; write two with a comma, to the end and from the start"
            )
        found.update(range(start, end + 1, int(step or 1)))
    return frozenset(found)


def _number(text: str, low: int, names: Sequence[str]) -> int:
    return int(text) if text.isdigit() else low + names.index(text.lower())


def _schedule(text: str) -> str:
    if not re.fullmatch(_CRON, text):
        raise ValueError(
            'is not a schedule; write the five fields of cron, such as "30 2 * * 1-5": minute, hour, day of the month, '
            "month, day of the week (0 is Sunday)"
        )
    _, _, days, months, _ = moments(text)
    is_any_weekday = text.rsplit(maxsplit=1)[-1] in {"*", "?"}
    if is_any_weekday and not any(day <= _LONGEST[month - 1] for day in days for month in months):
        raise ValueError("names a day that its months do not have, so it never comes; correct the day or the month")
    return text


Schedule = Annotated[str, AfterValidator(_schedule), WithJsonSchema({"type": "string", "pattern": f"^{_CRON}$"})]
