"""The benchmark measures what it says; how fast that is, nobody tests."""

import io

from rich.console import Console

from stacks.loader import read_stack_file, stack_file
from stacks.plan import plan_stack
from stacks.project import STACKS
from tests.benchmarks import planning


def test_every_row_is_measured_on_what_it_says_it_is():
    measured = planning.run(deployments=60)
    of_prod = len(plan_stack(read_stack_file(stack_file(STACKS, "prod"))).deployments)
    assert [figures["deployments"] for _, _, figures in measured] == [60, 60, of_prod, of_prod]
    assert {row for row, _, _ in measured} == set(planning.ROWS)
    assert all(figures["seconds"] > 0 and figures["peak"] > 0 for _, _, figures in measured)
    shown = io.StringIO()
    Console(width=120, file=shown).print(planning.table(measured))
    assert [row for row in planning.ROWS if row not in shown.getvalue()] == []
