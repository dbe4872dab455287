"""The suite's platform, its order, and the table at its end; without a named cluster nothing of it runs."""

import os
from collections.abc import Iterator

import pytest

from stacks.project import STATE
from tests.conftest import MISSING
from tests.e2e import declared
from tests.e2e.cluster import RealCluster
from tests.e2e.platform import Platform
from tests.e2e.report import Report, Row
from tests.e2e.where import CONTEXT_VARIABLE, REMEDY, WHERE

HOME = STATE / declared.NAME
REPORT = HOME / "report.md"
PARTS = REPORT.with_suffix(".json")
"""The same for machines: where the deployments are kept, the next run's report goes on from it."""
KEEP_VARIABLE = "AIRSPACE_E2E_KEEP"
"""Leaves what stands, and the next run goes on from it: for whoever writes these tests."""
_REPORT = pytest.StashKey[Report]()
_SETUP = pytest.StashKey[float]()


def pytest_configure(config: pytest.Config) -> None:
    config.stash[_REPORT] = Report()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep the modules in the order in which the least has to be brought up."""
    items.sort(key=lambda item: getattr(getattr(item, "module", None), "TURN", 0))
    for item in items:
        if item.get_closest_marker("e2e"):
            # A tunnel's thread dies with the pod that it leads to; whoever waits for the answer asks again.
            item.add_marker(pytest.mark.filterwarnings("default::pytest.PytestUnhandledThreadExceptionWarning"))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    report: pytest.TestReport = yield  # type: ignore[assignment]
    area = getattr(getattr(item, "module", None), "AREA", None)
    if WHERE and area and item.get_closest_marker("e2e"):
        if report.when == "setup":
            item.stash[_SETUP] = report.duration
        if report.when == "call" or (report.when == "setup" and not report.passed):
            seconds = report.duration + (item.stash[_SETUP] if report.when == "call" else 0)
            row = Row(
                area=area, what=_sentence(item), outcome=report.outcome, seconds=seconds, note=_note(item, report)
            )
            item.config.stash[_REPORT].add(row)
            _write(item.config.stash[_REPORT])
    return report  # type: ignore[return-value]


def _write(report: Report) -> None:
    """Write the table at once: a run that is ended from outside has its table too."""
    REPORT.parent.mkdir(parents=True, exist_ok=True)
    REPORT.write_text(report.markdown(), encoding="utf-8")
    PARTS.write_text(report.to_json(), encoding="utf-8")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    report = config.stash[_REPORT]
    if report.rows:
        terminalreporter.section("Airflow on a real cluster")
        terminalreporter.write_line(report.markdown())


def _note(item: pytest.Item, report: pytest.TestReport) -> str:
    crash = getattr(report.longrepr, "reprcrash", None)
    if report.failed and crash:
        return str(crash.message)
    if report.skipped and isinstance(report.longrepr, tuple):
        return str(report.longrepr[2]).removeprefix("Skipped: ")
    return "; ".join(str(value) for key, value in item.user_properties if key == "note")


def _sentence(item: pytest.Item) -> str:
    name, _, parameters = item.name.removeprefix("test_").partition("[")
    return name.replace("_", " ") + (f" ({parameters.rstrip(']')})" if parameters else "")


@pytest.fixture(scope="session")
def platform(request: pytest.FixtureRequest) -> Iterator[Platform]:
    """The environment on the named cluster; what a killed run has left is removed first, everything at the end."""
    if WHERE is None:
        pytest.skip(f"{MISSING}a real cluster for Airflow itself ({CONTEXT_VARIABLE} is not set). {REMEDY}")
    request.getfixturevalue("engine")
    request.getfixturevalue("chart_archive")
    cluster = RealCluster(WHERE)
    report = request.config.stash[_REPORT]
    report.machine = cluster.described_as_machine()
    made = Platform(where=WHERE, cluster=cluster, home=HOME, report=report)
    made.cancel()
    is_kept = bool(os.environ.get(KEEP_VARIABLE))
    if not (is_kept and made.take_up()):
        made.destroy()
    elif PARTS.is_file():
        report.take_up(PARTS.read_text(encoding="utf-8"))
    try:
        yield made
    finally:
        if not is_kept:
            made.destroy()
        cluster.close()
