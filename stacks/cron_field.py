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


def _schedule(text: str) -> str:
    if not re.fullmatch(_CRON, text):
        raise ValueError(
            'is not a schedule; write the five fields of cron, such as "30 2 * * 1-5": minute, hour, day of the month, '
            "month, day of the week (0 is Sunday)"
        )
    return text


Schedule = Annotated[str, AfterValidator(_schedule), WithJsonSchema({"type": "string", "pattern": f"^{_CRON}$"})]
