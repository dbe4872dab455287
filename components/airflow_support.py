"""How long the Airflow project maintains its releases. Data, no rules.

The dates are those of the project's own table of supported versions; within a major it mends the newest minor only.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, kw_only=True)
class Support:
    """The life of one major version."""

    first_release: date
    limited_since: date | None = None
    """From then on only critical and security fixes; None while nobody has said when."""
    end_of_life: date | None = None
    """From then on nothing; None while nobody has said when."""


SUPPORT: Mapping[int, Support] = {
    2: Support(first_release=date(2020, 12, 17), limited_since=date(2025, 10, 22), end_of_life=date(2026, 4, 22)),
    3: Support(first_release=date(2025, 4, 22)),
}
"""By major version."""
