"""What Airflow's own project says of its releases: how long it mends them, and with which Kubernetes it tests them.

Data and look-ups, no rules. Within a major it mends the newest minor only.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from components.airflow_versions import VERSIONS, numbers


@dataclass(frozen=True, kw_only=True)
class Minor:
    """The life of one minor version."""

    first_release: date
    kubernetes: tuple[str, str]
    """The oldest and the newest Kubernetes that it was tested with."""
    end_of_life: date | None = None
    """From then on nothing, where that was said; else it ends with the first release of the next one."""


MINORS: Mapping[str, Minor] = {
    "2.11": Minor(first_release=date(2025, 5, 20), kubernetes=("1.26", "1.30"), end_of_life=date(2026, 4, 22)),
    "3.0": Minor(first_release=date(2025, 4, 22), kubernetes=("1.30", "1.33")),
    "3.1": Minor(first_release=date(2025, 9, 25), kubernetes=("1.30", "1.33")),
    "3.2": Minor(first_release=date(2026, 4, 7), kubernetes=("1.30", "1.35")),
    "3.3": Minor(first_release=date(2026, 7, 6), kubernetes=("1.30", "1.35")),
}
"""By minor version, oldest first."""
KUBERNETES_FLOOR = "1.30"
"""The oldest Kubernetes that the chart asks for; the guard rails need it too."""


def minor(version: str) -> str:
    """Return the minor version of a release."""
    return ".".join(version.split(".")[:2])


def end_of_life(version: str) -> date | None:
    """Return the day from which a release is not mended any more; None while it is the newest of its kind."""
    name = minor(version)
    later = [one.first_release for other, one in MINORS.items() if numbers(other) > numbers(name)]
    return MINORS[name].end_of_life or min(later, default=None)


def newest_release() -> str:
    """Return the newest release that is known."""
    return max(VERSIONS, key=numbers)


def is_older(version: str, other: str) -> bool:
    """Compare versions of Kubernetes, such as 1.9 and 1.30."""
    return numbers(version) < numbers(other)
