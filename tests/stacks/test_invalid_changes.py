"""Bad changes by case file: what stands, in `<case>.before.yaml`, and what is refused, as for any bad input."""

from pathlib import Path

import pytest

from stacks.loader import read_stack_file
from stacks.offline import record_plan
from stacks.plan import plan_stack
from stacks.problems import SettingsError
from stacks.recording import reveal
from stacks.transitions import refuse_losses
from tests.stacks.test_invalid_stacks import LINE, expected, is_found

FOLDER = Path(__file__).parent / "invalid_changes"
CASES = sorted(path for path in FOLDER.glob("*.yaml") if not path.name.endswith(".before.yaml"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_a_bad_change_is_refused_with_exactly_the_lines_that_its_case_file_expects(case):
    before = read_stack_file(case.with_name(f"{case.stem}.before.yaml"), case.name)
    after = read_stack_file(case, case.name)
    outputs = reveal(record_plan(plan_stack(before)).stack_outputs)
    with pytest.raises(SettingsError) as refused:
        refuse_losses(outputs, plan_stack(after), after)
    lines = str(refused.value).splitlines()
    assert [fragment for fragment in expected(case).lines if not is_found(fragment, lines)] == []
    assert len(lines) == len(expected(case).lines)
    matches = [LINE.fullmatch(line) for line in lines]
    assert {int(match["line"]) for match in matches} == expected(case).numbers
    assert {match["file"] for match in matches} == {case.name}
