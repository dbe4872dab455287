"""What each committed stack consists of, as lists that are reviewed like code. Renew them with `make golden`."""

from pathlib import Path

import pytest

from stacks.offline import resource_lines
from stacks.project import STACKS
from tests.environments import COMMITTED, plan_of_file
from tests.recorded_rules import deploy_plan

GOLDEN = Path(__file__).parent.parent / "golden"


@pytest.mark.parametrize("environment", COMMITTED)
def test_a_stack_consists_of_what_its_golden_list_says(environment, request):
    lines = resource_lines(deploy_plan(plan_of_file(environment)))
    path = GOLDEN / f"{environment}.txt"
    if request.config.getoption("renew_golden"):
        path.write_text("\n".join([*lines, ""]), encoding="utf-8")
    listed = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    gone = [f"- {line}" for line in listed if line not in lines]
    new = [f"+ {line}" for line in lines if line not in listed]
    difference = "\n".join([*gone, *new])
    assert not difference, f"{path.name}: a URN is a contract. If every line is meant: make golden\n{difference}"
    assert listed == lines, f"{path.name} is not sorted: make golden"


def test_every_committed_stack_has_a_list_and_every_list_a_stack():
    stacks = {path.name.removeprefix("Pulumi.").removesuffix(".yaml") for path in STACKS.glob("Pulumi.*.yaml")}
    assert stacks == set(COMMITTED) == {path.stem for path in GOLDEN.iterdir()}
