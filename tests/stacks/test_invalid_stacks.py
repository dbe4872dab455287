"""Bad input by case file: which lines it is refused with, where, and that all of them come at once.

A case file says in its head what is expected: `# expect:` the beginning of a line after file and line number, and
`# alone:` why it cannot be put together with the others. `# here` marks the lines that are complained of; without a
mark it is the first one.
"""

import copy
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import reduce
from pathlib import Path
from typing import Any

import pytest

from stacks.loader import StackSource, read_stack_file
from stacks.plan import plan_stack
from stacks.problems import SettingsError
from stacks.project import STACKS

CASES = sorted((Path(__file__).parent / "invalid").glob("*.yaml"))
SECRET = "hunter2"
"""What the case files use as a password."""
LINE = re.compile(r"(?P<file>[^:]+):(?P<line>\d+): (?P<path>\S+|the file): (?P<problem>[^\n]+?)[.;] (?P<remedy>\S.+)")


@dataclass(frozen=True)
class Expected:
    lines: tuple[str, ...]
    numbers: frozenset[int]
    alone: str | None


def expected(case: Path) -> Expected:
    text = case.read_text().splitlines()
    numbers = frozenset(number for number, line in enumerate(text, 1) if line.endswith("# here"))
    alone = [line.removeprefix("# alone: ") for line in text if line.startswith("# alone: ")]
    return Expected(
        lines=tuple(line.removeprefix("# expect: ") for line in text if line.startswith("# expect: ")),
        numbers=numbers or frozenset({1}),
        alone=alone[0] if alone else None,
    )


def refusal(case: Path) -> list[str]:
    with pytest.raises(SettingsError) as refused:
        plan_stack(read_stack_file(case, case.name))
    return str(refused.value).splitlines()


def is_found(fragment: str, lines: Iterable[str]) -> bool:
    return any(f": {fragment}" in line for line in lines)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_bad_input_is_refused_with_exactly_the_lines_that_its_case_file_expects(case):
    lines = refusal(case)
    assert [fragment for fragment in expected(case).lines if not is_found(fragment, lines)] == []
    assert len(lines) == len(expected(case).lines)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_each_line_names_file_line_path_problem_and_remedy(case):
    matches = [LINE.fullmatch(line) for line in refusal(case)]
    assert all(matches)
    assert {match["file"] for match in matches} == {case.name}
    assert {int(match["line"]) for match in matches} == expected(case).numbers


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_no_refusal_repeats_a_secret(case):
    assert SECRET not in "\n".join(refusal(case))


def refusal_of(source: StackSource) -> str:
    try:
        plan_stack(source)
    except SettingsError as error:
        return str(error)
    return ""


def leaves(written: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the path of each value that is neither a map nor a list."""
    entries = written.items() if isinstance(written, dict) else enumerate(written) if isinstance(written, list) else ()
    for key, below in entries:
        yield from leaves(below, (*path, key))
    if not isinstance(written, dict | list):
        yield path


@pytest.mark.parametrize(
    "value", ["S3cret!", "postgresql://robot:S3cret!@db.example.com", ["S3cret!"], {"key": "S3cret!"}]
)
def test_a_secret_in_any_place_is_refused_or_taken_but_never_repeated(value):
    original = read_stack_file(STACKS / "Pulumi.staging.yaml")
    for path in leaves(original.sections):
        sections = copy.deepcopy(dict(original.sections))
        holder: Any = sections
        for key in path[:-1]:
            holder = holder[key]
        holder[path[-1]] = value
        assert "S3cret" not in refusal_of(replace(original, sections=sections)), path


def test_every_case_file_expects_something():
    assert [case.stem for case in CASES if not expected(case).lines] == []
    assert sum(SECRET in case.read_text() for case in CASES) > 10


def test_all_bad_input_together_is_reported_in_one_go():
    cases = [case for case in CASES if not expected(case).alone]
    sources = [read_stack_file(case, "all.yaml") for case in cases]
    with pytest.raises(SettingsError) as refused:
        plan_stack(together(sources))
    lines = str(refused.value).splitlines()
    fragments = [fragment for case in cases for fragment in expected(case).lines]
    assert [fragment for fragment in fragments if not is_found(fragment, lines)] == []
    assert len(lines) == len(set(fragments))
    assert SECRET not in str(refused.value)


def together(sources: list[StackSource]) -> StackSource:
    """Put environments into one; what they share they write alike."""
    return StackSource(
        environment="all",
        label="all.yaml",
        sections=reduce(merged, (source.sections for source in sources)),
        secret_keys=frozenset().union(*(source.secret_keys for source in sources)),
        problems=tuple(problem for source in sources for problem in source.problems),
    )


def merged(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    both = {key: merged(one[key], other[key]) for key in one.keys() & other.keys() if isinstance(one[key], Mapping)}
    return {**one, **other, **both}
