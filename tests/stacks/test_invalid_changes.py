"""Bad changes by case file: what stands, in `<case>.before.yaml`, and what is refused, as for any bad input.

What stands may be from another Airspace: `# exported:` in its head is laid over what it has exported.
"""

from functools import reduce
from pathlib import Path
from typing import Any

import pytest
import yaml

from stacks.loader import read_stack_file
from stacks.offline import record_plan
from stacks.plan import plan_stack
from stacks.problems import SettingsError
from stacks.recording import reveal
from stacks.transitions import refuse_losses
from tests.stacks.test_invalid_stacks import LINE, expected, is_found, merged

FOLDER = Path(__file__).parent / "invalid_changes"
CASES = sorted(path for path in FOLDER.glob("*.yaml") if not path.name.endswith(".before.yaml"))


def exported(before: Path) -> dict[str, Any]:
    outputs = reveal(record_plan(plan_stack(read_stack_file(before, before.name))).stack_outputs)
    head = (line.removeprefix("# exported: ") for line in before.read_text().splitlines() if "# exported: " in line)
    return reduce(merged, map(yaml.safe_load, head), outputs)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_a_bad_change_is_refused_with_exactly_the_lines_that_its_case_file_expects(case):
    after = read_stack_file(case, case.name)
    outputs = exported(case.with_name(f"{case.stem}.before.yaml"))
    with pytest.raises(SettingsError) as refused:
        refuse_losses(outputs, plan_stack(after), after)
    lines = str(refused.value).splitlines()
    assert [fragment for fragment in expected(case).lines if not is_found(fragment, lines)] == []
    assert len(lines) == len(expected(case).lines)
    matches = [LINE.fullmatch(line) for line in lines]
    assert {int(match["line"]) for match in matches} == expected(case).numbers
    assert {match["file"] for match in matches} == {case.name}
