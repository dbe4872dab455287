"""Shows what an environment would consist of, without an engine."""

from datetime import UTC, datetime
from pathlib import Path

from components.args import PlatformPlan
from console.report import console, inventory_report, quota_lines_report, quota_report
from stacks.chart_source import check_chart_values
from stacks.loader import StackSource, open_stack
from stacks.notices import notices
from stacks.plan import plan_stack
from tools.errors import ComponentUnavailable


def print_notices(plan: PlatformPlan) -> None:
    """Print what is worth a look although nothing is wrong."""
    out = console()
    for line in notices(plan, datetime.now(UTC).date()):
        out.print(f"note: {line}", soft_wrap=True)


def _unchecked(plan: PlatformPlan, source: StackSource) -> str | None:
    """Hold `chart_values` against the chart; say why not where it is not to be had."""
    try:
        check_chart_values(plan, source)
    except ComponentUnavailable as missing:
        return f"chart_values were not checked: {missing.component} is not available ({'; '.join(missing.tried)})"
    return None


def show_plan(stack: str, context: str | None, *, manifests: Path | None = None, with_quota: bool = False) -> None:
    """Print the plan of an environment, and write its manifests where a folder is named.

    Raises:
        SettingsError: Anything is wrong with the input; says everything that is.
    """
    source = open_stack(stack, context)
    plan = plan_stack(source)
    unchecked = _unchecked(plan, source)
    # Only now: what is wrong with the input is said without loading Pulumi.
    from stacks.offline import record_plan, write_manifests

    recording = record_plan(plan)
    out = console()
    out.print(inventory_report(stack, recording.stack_outputs["workspaces"]))
    print_notices(plan)
    if unchecked:
        out.print(f"note: {unchecked}", soft_wrap=True)
    for deployment in plan.deployments:
        out.print(quota_report(deployment) if with_quota else quota_lines_report(deployment))
    out.print(f"{len(recording.resources)} resources planned on a simulated engine; nothing was applied.")
    if manifests:
        count = write_manifests(recording, manifests)
        out.print(f"{count} files written to {manifests}; secret values are left out.")
