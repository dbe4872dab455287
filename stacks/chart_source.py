"""Puts the chart's archive where a run looks for it. Everything is checked here, before anything is applied."""

import filecmp
import json
import os
import shutil
from pathlib import Path

import yaml

from components import chart
from components.args import ChartArgs, PlatformPlan
from stacks.chart_schema import deployments_with_chart_values, schema_problems
from stacks.loader import StackSource
from stacks.problems import SettingsError
from tools.chart_archive import ChartArchive, ChartReference, obtain_chart
from tools.homes import Report, silent


def fetch_chart(plan: PlatformPlan, source: StackSource, directory: Path, report: Report = silent) -> str:
    """Get the chart, check its digest and `chart_values`, and place it relative to the folder that a run works in.

    Returns:
        Where it came from.

    Raises:
        ComponentUnavailable: No source has an archive with this digest.
        SettingsError: The chart does not take what is written under `chart_values`.
    """
    found = _obtained(plan.chart, report)
    _refuse_misfits(plan, source, found)
    if isinstance(found, ChartArchive) and plan.chart.reference == chart.LOCAL_ARCHIVE:
        target = directory / chart.LOCAL_ARCHIVE
        target.parent.mkdir(parents=True, exist_ok=True)
        _place(found.path, target)
    return found.origin


def check_chart_values(plan: PlatformPlan, source: StackSource) -> None:
    """Hold `chart_values` against the chart, which is got only where there are any.

    Raises:
        ComponentUnavailable: No source has an archive with this digest; nothing was checked.
        SettingsError: The chart does not take what is written there.
    """
    if deployments_with_chart_values(plan):
        _refuse_misfits(plan, source, _obtained(plan.chart, silent))


def _obtained(args: ChartArgs, report: Report) -> ChartArchive | ChartReference:
    return obtain_chart(chart.NAME, args.version, args.sha256, chart.REPOSITORY, source=args.source, report=report)


def _refuse_misfits(plan: PlatformPlan, source: StackSource, found: ChartArchive | ChartReference) -> None:
    """Refuse what an archive that is here does not take; a reference is Helm's to resolve and to check."""
    if isinstance(found, ChartReference) or not deployments_with_chart_values(plan):
        return
    schema = json.loads(found.read("values.schema.json"))
    defaults = yaml.load(found.read("values.yaml"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 - both are safe
    if problems := list(schema_problems(plan, schema, defaults)):
        raise SettingsError(source.label, problems, source.lines)


def _place(archive: Path, target: Path) -> None:
    """Copy the archive in one step, so that a run beside this one never reads half of it."""
    if target.exists() and filecmp.cmp(archive, target, shallow=False):
        return
    draft = target.with_name(f".{target.name}.{os.getpid()}")
    shutil.copyfile(archive, draft)
    draft.replace(target)
