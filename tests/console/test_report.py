"""The tables: every fact of an inventory and of a quota can be read off them."""

import io
from decimal import Decimal

import pytest
from rich.console import Console

from components.bursting import bursting
from components.quantities import format_bytes, format_cpu
from components.quota import compute_quota
from console import report
from console.report import inventory_report, quota_lines_report, quota_report
from stacks.inventory import inventory
from tests.environments import ADA, COMMITTED, embedded, plan_of, plan_of_file, small_environment, workspace
from tests.factories import airflow_deployment_args, celery, executor, volume, worker_queue


def text_of(renderable) -> str:
    console = report.console()
    console.file = io.StringIO()
    console.print(renderable)
    return console.file.getvalue()


def row(text: str, first: str) -> list[str]:
    """Return the cells of the row that begins with a word."""
    (found,) = [cells for line in text.splitlines() if (cells := line.split()) and cells[0] == first]
    return found


@pytest.mark.parametrize("environment", COMMITTED)
def test_every_deployment_has_a_row_with_its_facts(environment):
    plan = plan_of_file(environment)
    described = inventory(plan)
    text = text_of(inventory_report(environment, described))
    rows = [line.split() for line in text.splitlines()]
    for name in plan.workspaces:
        for deployment, facts in described[name]["deployments"].items():
            (found,) = [cells for cells in rows if cells[:2] == [deployment, facts["namespace"]]]
            executors, reserved = facts["executor"].split(","), facts["reserved"]
            amounts = [reserved[dimension] for dimension in ("cpu", "memory", "storage", "pods")]
            assert found[2:] == [executors[0], facts["airflow_version"], facts["cluster"], *amounts, "?"]
            assert all(executor in text for executor in executors)


def test_the_title_counts_what_there_is():
    plan = plan_of_file("prod")
    text = text_of(inventory_report("prod", inventory(plan)))
    assert f"prod: {len(plan.workspaces)} workspaces, {len(plan.deployments)} Airflow deployments" in text


def test_a_workspace_shows_whose_it_is_who_is_in_it_and_how_full_it_is():
    analytics = workspace("orders", members={"crew": "viewer", ADA: "admin"}, budget={"cpu": "40", "memory": "80Gi"})
    plan = plan_of(small_environment(workspaces={"analytics": analytics}))
    described = inventory(plan)
    text = text_of(inventory_report("dev", described))
    reserved = described["analytics"]["reserved"]
    assert "analytics (shared)" in text
    assert "viewer: bob@example.com, admin: ada@example.com" in text
    assert f"{reserved['cpu']} CPU of 40, {reserved['memory']} memory of 80Gi, 0 storage" in text


def test_personal_workspaces_say_whose_they_are_and_empty_ones_are_listed_together():
    accounts = {ADA: {"personal_workspace": {"name": "ada", "deployments": {"own": embedded()}}}, "bob@example.com": {}}
    text = text_of(inventory_report("dev", inventory(plan_of(small_environment(accounts=accounts, workspaces={})))))
    assert "ada (personal, of ada@example.com)" in text
    assert "without deployments: bob-" in text


def test_what_helm_says_is_shown_once_it_is_known():
    described = inventory(plan_of(small_environment()))
    described["analytics"]["deployments"]["orders"]["helm_status"] = "deployed"
    assert row(text_of(inventory_report("dev", described)), "orders")[-1] == "deployed"


def test_names_in_brackets_are_not_taken_for_markup():
    """A group of an identity provider may be called anything."""
    teams = {"crew": {"members": [ADA], "identity_group": "[bold]staff[/x] :key:"}}
    described = inventory(plan_of(small_environment(teams=teams)))
    assert "group:[bold]staff[/x] :key:" in text_of(inventory_report("dev", described))


def test_a_table_is_not_folded_because_nobody_looks(monkeypatch):
    monkeypatch.setenv("COLUMNS", "40")
    text = text_of(inventory_report("prod", inventory(plan_of_file("prod"))))
    assert "analytics-customers   CeleryExecutor" in text


def test_a_terminal_too_narrow_for_the_table_still_shows_everything():
    described = inventory(plan_of_file("prod"))
    out = Console(file=io.StringIO(), force_terminal=True, color_system=None, width=80)
    out.print(inventory_report("prod", described))
    text = " ".join(out.file.getvalue().split())
    assert "…" not in text
    for name, one in ((name, one) for found in described.values() for name, one in found["deployments"].items()):
        reserved = one["reserved"]
        assert f"{name}: Airflow {one['airflow_version']}, {one['executor'].replace(',', ', ')}, ?" in text
        assert f"namespace {one['namespace']} on cluster {one['cluster']}" in text
        assert f"{reserved['cpu']} CPU, {reserved['memory']} memory, {reserved['storage']} storage" in text


def test_a_quota_adds_up_line_by_line():
    queues = celery(worker_queue(max_workers=3, volume=volume("5Gi")), worker_queue("heavy"))
    args = bursting(airflow_deployment_args(executor=executor("celery", celery=queues)), Decimal(2))
    text = text_of(quota_report(args))
    quota = compute_quota(args)
    for line in quota.lines:
        cells = row(text, line.name.removeprefix(f"{args.namespace}-"))
        counted = [str(number) for number in (line.replicas, line.surge, line.replicas + line.surge)]
        assert cells[1:5] == [str(line.share), *counted]
        assert cells[5:] == [*requested(line.pod), *requested(line.total), *limits(line.total), *size(line.storage)]
    whole = quota.total
    assert row(text, "sum")[1:] == [str(whole.pods), *requested(whole), *limits(whole), *size(whole.storage)]
    assert requested(whole)[0] != limits(whole)[0]


def requested(one) -> list[str]:
    amounts = one.requests
    return [format_cpu(amounts.cpu), format_bytes(amounts.memory), format_bytes(amounts.ephemeral_storage)]


def limits(one) -> list[str]:
    return [format_cpu(one.limits.cpu), format_bytes(one.limits.memory)]


def size(storage: int) -> list[str]:
    return [format_bytes(storage)] if storage else []


def test_all_that_the_quotas_bound_is_below_the_table():
    args = airflow_deployment_args(executor=executor("celery", "kubernetes"))
    said = " ".join(text_of(quota_report(args)).split())
    for name, spec in compute_quota(args).specs.items():
        assert f" {name}: {', '.join(f'{bound} {amount}' for bound, amount in spec['hard'].items())}" in said
    assert "count/cronjobs.batch 0" in said


def test_a_line_says_how_each_dimension_adds_up():
    queues = celery(worker_queue(max_workers=3, volume=volume("5Gi")))
    text = text_of(quota_lines_report(airflow_deployment_args(executor=executor("celery", celery=queues))))
    assert "  storage: worker 3 x 5Gi = 15Gi" in text
    assert (
        "  pods: worker 3 + scheduler 2 + api-server 2 + dag-processor 2 + triggerer 2 + statsd 2 + redis 1 + " in text
    )
