"""`chart_values` against the schema of the chart, before anything is applied; with the genuine chart by case file."""

from pathlib import Path

import pytest

from stacks import chart_source
from stacks.chart_schema import schema_problems
from stacks.chart_source import check_chart_values
from stacks.loader import read_stack_file
from stacks.plan import plan_stack
from stacks.problems import SettingsError
from tests.stacks.environments import planned, shared, source
from tests.stacks.test_invalid_stacks import LINE, SECRET, expected, is_found
from tools.chart_archive import ChartReference

CASES = sorted((Path(__file__).parent / "invalid_chart_values").glob("*.yaml"))
SCHEDULER = {"type": "object", "required": ["affinity"], "properties": {"nodeSelector": {"type": "object"}}}
SCHEMA = {"properties": {"scheduler": SCHEDULER, "statsd": {"properties": {"x": {"enum": ["a", "b"]}}}}}


@pytest.mark.chart
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_what_the_chart_does_not_take_is_refused_with_exactly_the_lines_of_its_case_file(case):
    written = read_stack_file(case, case.name)
    with pytest.raises(SettingsError) as refused:
        check_chart_values(plan_stack(written), written)
    lines = str(refused.value).splitlines()
    assert [fragment for fragment in expected(case).lines if not is_found(fragment, lines)] == []
    assert len(lines) == len(expected(case).lines)
    matches = [LINE.fullmatch(line) for line in lines]
    assert {int(match["line"]) for match in matches} == expected(case).numbers
    assert SECRET not in str(refused.value)


def problems(values, defaults=None):
    plan = planned(workspaces={"analytics": shared(deployments={"orders": {"chart_values": values}, "plain": {}})})
    found = schema_problems(plan, SCHEMA, defaults or {"scheduler": {"affinity": {}}})
    return [(".".join(one.path[5:]), one.message) for one in found]


def test_what_the_charts_own_values_hold_need_not_be_written():
    values = {"scheduler": {"tolerations": []}}
    assert problems(values) == []
    assert problems(values, {"scheduler": {}}) == [("scheduler", "lacks affinity. Add it")]


def test_null_is_what_the_engine_leaves_out():
    assert problems({"scheduler": {"nodeSelector": None}}) == []


def test_a_choice_is_said():
    assert problems({"statsd": {"x": "c"}}) == [("statsd.x", "must be one of a, b. Choose one of them")]


def test_a_chart_that_nobody_needs_is_not_got(monkeypatch):
    monkeypatch.setattr(chart_source, "obtain_chart", lambda *_, **__: pytest.fail("got"))
    check_chart_values(planned(), source())


def test_a_chart_that_helm_resolves_is_checked_by_helm(monkeypatch):
    reference = ChartReference(chart="oci://registry.example.com/airflow", version="1.22.0")
    monkeypatch.setattr(chart_source, "obtain_chart", lambda *_, **__: reference)
    values = {"chart_values": {"scheduler": {"nosuchkey": 1}}}
    check_chart_values(planned(workspaces={"analytics": shared(deployments={"orders": values})}), source())
