"""Judges passwords of people that are supplied; their values are known to a run only, and to no plan."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from stacks.loader import StackSource
from stacks.problems import Problem, SettingsError

LEAST_LENGTH = 12


def refuse_short_passwords(source: StackSource, value: Callable[[str], str]) -> None:
    """Refuse passwords that could be guessed: each of them opens every deployment that its account may enter.

    Args:
        source: Where they are written, judged already.
        value: Looks up the value of a secret of the configuration by its key.

    Raises:
        SettingsError: Says every password that is too short, and none of them itself.
    """
    problems = [
        Problem(
            where,
            f"its secret holds fewer than {LEAST_LENGTH} characters. Store a longer one with `pulumi config set "
            f"--secret airspace:{key}`",
        )
        for where, key in _supplied(source.sections)
        if len(value(key)) < LEAST_LENGTH
    ]
    if problems:
        raise SettingsError(source.label, problems, source.lines)


def _supplied(sections: Mapping[str, Any]) -> Iterator[tuple[tuple[str, ...], str]]:
    """Yield where each password is named, and the key of its value."""
    written: dict[tuple[str, ...], Any] = {("sign_in",): sections.get("sign_in")}
    written |= {("clusters", name, "sign_in"): one.get("sign_in") for name, one in sections["clusters"].items()}
    for where, sign_in in written.items():
        for email, key in ((sign_in or {}).get("passwords") or {}).items():
            yield (*where, "passwords", email), key
