"""Puts the chart's archive where a run looks for it. Everything is checked here, before anything is applied."""

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
        if target.resolve() != found.path.resolve():
            shutil.copyfile(found.path, target)
    return found.origin
