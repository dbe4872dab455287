"""What the deployments of a workspace may reserve together."""

from decimal import Decimal

import pytest

from stacks.budgets import monthly_cost, reserved_together
from stacks.inventory import inventory
from tests.stacks.environments import ADA, GRACE, planned, refusals, shared

TWO = {
    "orders": {"executor": {"type": "CeleryExecutor", "queues": {"default": {"volume": {"size": "10Gi"}}}}},
    "reports": {},
}


def total(**workspace):
    return reserved_together(planned(workspaces={"analytics": shared(**workspace)}).workspaces["analytics"])


def written(dimension, amount):
    return f"{amount}m" if dimension == "cpu" else amount


@pytest.mark.parametrize("dimension", ["cpu", "memory", "storage", "pods", "deployments"])
def test_a_budget_may_be_used_up_but_not_exceeded(dimension):
    amount = total(deployments=TWO)[dimension]
    exactly = shared(budget={dimension: written(dimension, amount)}, deployments=TWO)
    assert planned(workspaces={"analytics": exactly})
    below = shared(budget={dimension: written(dimension, amount - 1)}, deployments=TWO)
    (line,) = refusals(workspaces={"analytics": below})
    assert line.startswith(f"workspaces.analytics.budget.{dimension}: its deployments reserve ")


def test_a_refusal_says_who_uses_what_the_largest_first():
    (line,) = refusals(workspaces={"analytics": shared(budget={"storage": "5Gi"}, deployments=TWO)})
    assert "reserve 10Gi, the budget is 5Gi (orders 10Gi, reports 0)" in line
    (line,) = refusals(workspaces={"analytics": shared(budget={"cpu": "1"}, deployments=TWO)})
    assert line.index("(orders ") < line.index("reports ")


def test_a_refusal_says_line_by_line_how_the_largest_adds_up():
    (line,) = refusals(workspaces={"analytics": shared(budget={"cpu": 1}, deployments=TWO)})
    start, _, added = line.rpartition(". orders is scheduler 2 x 550m + dag-processor 2 x 550m + ")
    assert start
    assert added.endswith(f" = {total(deployments={'orders': TWO['orders']})['cpu']}m")
    (line,) = refusals(workspaces={"analytics": shared(budget={"storage": "5Gi"}, deployments=TWO)})
    assert line.endswith(". orders is worker 1 x 10Gi = 10Gi")
    (line,) = refusals(workspaces={"analytics": shared(budget={"pods": 1}, deployments=TWO)})
    assert ". orders is scheduler 2 + api-server 2 + dag-processor 2 + " in line


def test_what_is_no_sum_of_pods_says_how_every_dimension_of_the_largest_adds_up():
    dear = shared(budget={"monthly_cost": 1, "deployments": 1}, deployments=TWO)
    alone = total(deployments={"orders": TWO["orders"]})
    for line in refusals(prices=PRICES, workspaces={"analytics": dear}):
        sums = line.partition(". orders is ")[2].split("; ")
        assert [text.split()[0] for text in sums] == ["cpu", "memory", "storage", "pods"]
        assert sums[0].endswith(f" = {alone['cpu']}m")
        assert sums[3].endswith(f" = {alone['pods']}")


def test_too_many_deployments_are_listed_with_what_each_reserves_the_largest_first():
    (line,) = refusals(workspaces={"analytics": shared(budget={"deployments": 1}, deployments=TWO)})
    one, other = (total(deployments={name: TWO[name]}) for name in ("orders", "reports"))
    assert f"the budget is 1 (orders with {one['cpu']}m CPU " in line
    assert (
        f" {one['pods']} pods, reports with {other['cpu']}m CPU 10Gi memory 0 storage {other['pods']} pods). " in line
    )


def test_each_exceeded_dimension_has_a_line_of_its_own():
    lines = refusals(
        workspaces={"analytics": shared(budget={"cpu": 1, "memory": "1Gi", "deployments": 1}, deployments=TWO)}
    )
    assert [line.split(":")[0].rpartition(".")[2] for line in lines] == ["cpu", "deployments", "memory"]


def test_without_a_budget_nothing_is_refused():
    many = {f"orders-{number}": {} for number in range(40)}
    assert total(deployments=many)["deployments"] == 40


def test_what_a_workspace_reserves_is_the_sum_of_its_deployments():
    alone = [total(deployments={name: settings}) for name, settings in TWO.items()]
    assert total(deployments=TWO) == {key: sum(one[key] for one in alone) for key in alone[0]}


def test_personal_workspaces_have_a_budget_without_asking():
    many = {name: {} for name in ("one", "two", "three", "four")}
    lines = refusals(accounts={ADA: {"personal_workspace": {"deployments": many}}, GRACE: {}})
    assert all(line.startswith(f"accounts.{ADA}.personal_workspace.budget.") for line in lines)
    assert len(lines) == 3


PRICES = {"currency": "EUR", "cpu": 20, "memory": 4, "storage": 0.1}


def test_cost_is_what_is_reserved_by_its_price():
    plan = planned(prices=PRICES, workspaces={"analytics": shared(deployments=TWO)})
    used = total(deployments=TWO)
    cents = round(used["cpu"] / 1000 * 2000 + (used["memory"] * 400 + used["storage"] * 10) / 1024**3)
    assert monthly_cost(plan.workspaces["analytics"]) == Decimal(cents) / 100
    assert inventory(plan)["analytics"]["monthly_cost"] == f"{Decimal(cents) / 100:.2f} EUR"


def test_a_budget_of_money_may_be_used_up_but_not_exceeded():
    cost = monthly_cost(
        planned(prices=PRICES, workspaces={"analytics": shared(deployments=TWO)}).workspaces["analytics"]
    )
    exactly = shared(budget={"monthly_cost": float(cost)}, deployments=TWO)
    assert planned(prices=PRICES, workspaces={"analytics": exactly})
    below = shared(budget={"monthly_cost": float(cost) - 0.01}, deployments=TWO)
    (line,) = refusals(prices=PRICES, workspaces={"analytics": below})
    assert f"its deployments reserve {cost} EUR, the budget is {cost - Decimal('0.01')} EUR (orders " in line


def test_without_prices_there_is_no_cost():
    plan = planned(workspaces={"analytics": shared(deployments=TWO)})
    assert monthly_cost(plan.workspaces["analytics"]) is None
    assert inventory(plan)["analytics"]["monthly_cost"] is None


def test_overcommit_stretches_cpu_and_memory_and_nothing_else():
    used = total(deployments=TWO)
    half = {"cpu": f"{-(-used['cpu'] // 2)}m", "memory": -(-used["memory"] // 2), "overcommit": 2}
    assert planned(workspaces={"analytics": shared(budget=half, deployments=TWO)})
    lines = refusals(workspaces={"analytics": shared(budget={**half, "overcommit": 1.9}, deployments=TWO)})
    assert [line.split(":")[0].rpartition(".")[2] for line in lines] == ["cpu", "memory"]
    rest = {"storage": used["storage"] - 1, "pods": used["pods"] - 1, "deployments": 1, "overcommit": 10}
    assert len(refusals(workspaces={"analytics": shared(budget=rest, deployments=TWO)})) == 3
