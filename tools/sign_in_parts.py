"""Fetch what the tests of sign-in run on: `uv run python -m tools.sign_in_parts`. It takes minutes, once."""

import sys
from collections.abc import Callable
from functools import partial

from tools.airflow_releases import PACKAGES_OF, obtain_airflow
from tools.errors import ComponentUnavailable
from tools.homes import Report
from tools.identity_provider import obtain_identity_provider


def main() -> int:
    """Fill the cache; say what could not be had."""
    missing = 0
    releases = [partial(obtain_airflow, version) for version in PACKAGES_OF]
    obtainers: list[Callable[[Report], object]] = [obtain_identity_provider, *releases]
    for obtain in obtainers:
        try:
            obtain(_say)
        except ComponentUnavailable as error:
            _say(str(error))
            missing = 1
    return missing


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


if __name__ == "__main__":
    sys.exit(main())
