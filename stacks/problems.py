"""What is wrong with an input, said so that it can be mended: file, path, problem and remedy, all at once."""

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Problem:
    """One thing that is wrong."""

    path: tuple[str, ...]
    """Keys from the section downwards, as the reader wrote them."""
    message: str
    """What is wrong with the allowed values, then what to do. Never repeats a value that may be secret."""
    meant: tuple[str, ...] | None = None
    """Path of the key that was probably meant, where an unknown one was written."""


class SettingsError(ValueError):
    """The input cannot be planned; says everything that stands in the way, one line each."""

    def __init__(self, label: str, problems: Iterable[Problem], lines: Mapping[tuple[str, ...], int]) -> None:
        self.problems = tuple(sorted(_without_misspelt(set(problems)), key=lambda one: (one.path, one.message)))
        self.label = label
        super().__init__("\n".join(_line(label, problem, lines) for problem in self.problems))


def _without_misspelt(problems: Iterable[Problem]) -> Iterable[Problem]:
    """Leave out that a key is missing where it was only misspelt."""
    found = list(problems)
    misspelt = {one.meant for one in found if one.meant}
    return [one for one in found if not (one.path in misspelt and one.message.startswith("is missing"))]


def _line(label: str, problem: Problem, lines: Mapping[tuple[str, ...], int]) -> str:
    """Write a problem with the line of its path, or of the nearest written part of it."""
    path = problem.path
    while path and path not in lines:
        path = path[:-1]
    place = f"{label}:{lines[path]}" if path in lines else label
    return f"{place}: {'.'.join(problem.path) or 'the file'}: {problem.message}"


def one_of(allowed: Iterable[str]) -> str:
    """List allowed values for a message."""
    return ", ".join(sorted(allowed)) or "none"


def nearest(word: str, known: Sequence[str] | Iterable[str]) -> str:
    """Suggest the known word that was probably meant, in brackets, or nothing."""
    close = closest(word, known)
    return f" (did you mean {close}?)" if close else ""


def closest(word: str, known: Iterable[str]) -> str | None:
    """Return the known word that was probably meant, or None; people are told apart by what is before the `@`."""
    folded = {one.lower(): one for one in known}
    wanted = word.lower()
    heads = difflib.get_close_matches(_head(wanted), {_head(one) for one in folded}, n=1, cutoff=0.6)
    alike = [one for one in folded if _head(one) in heads]
    return folded[difflib.get_close_matches(wanted, alike, n=1, cutoff=0)[0]] if alike else None


def but_for_case(word: str, known: Iterable[str]) -> str | None:
    """Return the known word that differs in upper and lower case only, or None."""
    return next((one for one in known if one != word and one.lower() == word.lower()), None)


def _head(word: str) -> str:
    return word.partition("@")[0]
