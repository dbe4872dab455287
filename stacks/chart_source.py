"""Puts the chart's archive where a run looks for it. Everything is checked here, before anything is applied."""

import filecmp
import os
import shutil
from pathlib import Path

from components import chart
from components.args import ChartArgs
from tools.chart_archive import ChartArchive, obtain_chart
from tools.homes import Report, silent


def fetch_chart(args: ChartArgs, directory: Path, report: Report = silent) -> str:
    """Get the chart, check its digest, and place it relative to the folder that a run works in.

    Returns:
        Where it came from.

    Raises:
        ComponentUnavailable: No source has an archive with this digest.
    """
    found = obtain_chart(chart.NAME, args.version, args.sha256, chart.REPOSITORY, source=args.source, report=report)
    if isinstance(found, ChartArchive) and args.reference == chart.LOCAL_ARCHIVE:
        target = directory / chart.LOCAL_ARCHIVE
        target.parent.mkdir(parents=True, exist_ok=True)
        _place(found.path, target)
    return found.origin


def _place(archive: Path, target: Path) -> None:
    """Copy the archive in one step, so that a run beside this one never reads half of it."""
    if target.exists() and filecmp.cmp(archive, target, shallow=False):
        return
    draft = target.with_name(f".{target.name}.{os.getpid()}")
    shutil.copyfile(archive, draft)
    draft.replace(target)
