"""The real components, for the tests that ask for them by marker, and a closing count of what ran on which.

A component that is missing skips its tests with the reason and the way to get it; nothing is deselected.
"""

import contextlib
import os
import signal
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import hypothesis
import pytest
from kubernetes import client

from components import chart
from tests.api_client import connect
from tests.components import chart_rendering, proofs
from tools.chart_archive import SOURCE_VARIABLE, ChartArchive, obtain_chart
from tools.control_plane import ControlPlane
from tools.engine import Engine, find_engine
from tools.errors import ComponentUnavailable
from tools.helm import ensure_helm
from tools.homes import Report

EXERCISED = {
    "engine": "real Pulumi engine",
    "cluster": "real API server",
    "chart": "genuine chart",
    "airflow": "real Airflow and identity provider",
    "e2e": "Airflow on a real cluster",
    "oracle": "chart oracles of the shared folder",
}
"""What a test ran on, by marker."""
MISSING = "missing: "
"""Start of the reason of each skip that more components would have made a test of."""

_USERS_OWN = (
    *("PULUMI_BACKEND_URL", "PULUMI_ACCESS_TOKEN", "PULUMI_STACK", "PULUMI_CONFIG_PASSPHRASE"),
    *(
        "PULUMI_CONFIG_PASSPHRASE_FILE",
        "KUBECONFIG",
        "COLUMNS",
        "MAKEFLAGS",
        "MAKELEVEL",
        "MFLAGS",
        "FORCE_COLOR",
        "TTY_COMPATIBLE",
    ),
)
_MARKERS = pytest.StashKey[dict[str, set[str]]]()

# Time limits per example say more about the machine than about the code.
hypothesis.settings.register_profile("airspace", deadline=None)
hypothesis.settings.load_profile("airspace")


def pytest_configure() -> None:
    """End in order also when told to from outside, such as by a time limit: no control plane may be left running."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--renew-golden", action="store_true", help="Write the golden resource lists anew.")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Note which real components each test runs on; the engine needs a cluster to work on."""
    config.stash[_MARKERS] = {
        item.nodeid: {marker for marker in EXERCISED if item.get_closest_marker(marker)}
        | ({"cluster"} if item.get_closest_marker("engine") else set())
        for item in items
    }


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Count what was exercised for real, and say what was missing and how to get it."""
    markers = config.stash.get(_MARKERS, {})
    asked = set().union(*markers.values()) if markers else set()
    if not asked:
        return
    ran: Counter[str] = Counter()
    for outcome in ("passed", "failed", "xfailed", "xpassed"):
        for report in terminalreporter.stats.get(outcome, []):
            ran.update(markers.get(report.nodeid, ()) if report.when == "call" else ())
    terminalreporter.section("real components")
    for marker, label in EXERCISED.items():
        if marker in asked:
            terminalreporter.write_line(f"{label}: {ran[marker]} tests")
    for reason, count in _missing(terminalreporter).items():
        terminalreporter.write_line(f"{count} tests did not run, {reason}")
    if found := list(_proofs(terminalreporter)):
        terminalreporter.section("deployments under their computed quota, on the genuine chart and the real API server")
        for line in proofs.summary(found):
            terminalreporter.write_line(line)


def _proofs(terminalreporter: pytest.TerminalReporter) -> Iterator[tuple[str, proofs.Proof]]:
    """Return what tests have found out, also those that failed for it."""
    for report in (*terminalreporter.stats.get("passed", []), *terminalreporter.stats.get("failed", [])):
        yield from (value for name, value in report.user_properties if name == proofs.PROPERTY)


def _missing(terminalreporter: pytest.TerminalReporter) -> Counter[str]:
    reasons = (str(report.longrepr[2]) for report in terminalreporter.stats.get("skipped", []))
    texts = (reason.removeprefix("Skipped: ") for reason in reasons)
    return Counter(text for text in texts if text.startswith(MISSING))


@pytest.fixture(scope="session", autouse=True)
def _own_environment() -> Iterator[None]:
    """Keep tests away from the state, the passphrase, the clusters and the terminal of whoever runs them."""
    with pytest.MonkeyPatch.context() as patch:
        for name in _USERS_OWN:
            patch.delenv(name, raising=False)
        patch.setenv("PULUMI_SKIP_UPDATE_CHECK", "true")
        yield


@pytest.fixture(autouse=True)
def _real_components(request: pytest.FixtureRequest) -> None:
    """Get what a test's markers name, or skip it."""
    fixtures = {
        "engine": ("engine", "control_plane"),
        "cluster": ("control_plane",),
        "chart": ("chart_archive", "helm"),
    }
    for marker, names in fixtures.items():
        for name in names if request.node.get_closest_marker(marker) else ():
            request.getfixturevalue(name)
    if request.node.get_closest_marker("oracle"):
        chart_rendering.oracles()


@pytest.fixture(scope="session")
def progress(request: pytest.FixtureRequest) -> Report:
    """Say on the terminal what takes its time, such as the first build of the control plane."""
    reporter = request.config.pluginmanager.get_plugin("terminalreporter")
    capture = request.config.pluginmanager.get_plugin("capturemanager")

    def report(line: str) -> None:
        if reporter and capture:
            with capture.global_and_fixture_disabled():
                reporter.ensure_newline()
                reporter.write_line(f"real components: {line}")

    return report


@pytest.fixture(scope="session")
def control_plane(tmp_path_factory: pytest.TempPathFactory, progress: Report) -> Iterator[ControlPlane]:
    """A control plane of this test run alone: what `make up` has made stays untouched."""
    plane = ControlPlane(root=tmp_path_factory.mktemp("control-plane"))
    try:
        _obtained(lambda: plane.ensure(progress))
        yield plane
    finally:
        plane.delete()


@pytest.fixture(scope="session")
def control_plane_kubeconfig(control_plane: ControlPlane) -> Path:
    return control_plane.kubeconfig


@pytest.fixture(scope="session")
def api(control_plane_kubeconfig: Path) -> Iterator[client.ApiClient]:
    """The API server, asked as its administrator."""
    with connect(str(control_plane_kubeconfig)) as connection:
        yield connection


@pytest.fixture(scope="session")
def engine(progress: Report) -> Engine:
    return _obtained(lambda: find_engine(progress))


@pytest.fixture(scope="session")
def chart_archive(progress: Report) -> Path:
    """The genuine chart; it also lies in the cache then, for whoever looks there."""
    source = os.environ.get(SOURCE_VARIABLE)
    found = _obtained(
        lambda: obtain_chart(chart.NAME, chart.VERSION, chart.SHA256, chart.REPOSITORY, source=source, report=progress)
    )
    if not isinstance(found, ChartArchive):
        pytest.skip(f"{MISSING}the chart as an archive; let {SOURCE_VARIABLE} name one instead of {found.chart}")
    return found.path


@pytest.fixture(scope="session")
def helm(progress: Report) -> None:
    """Get Helm where it can be had; what cannot be rendered without it is skipped where it renders."""
    with contextlib.suppress(ComponentUnavailable):
        ensure_helm(progress)


T = TypeVar("T")


def _obtained(get: Callable[[], T]) -> T:
    try:
        return get()
    except ComponentUnavailable as error:
        tried = "; ".join(error.tried)
        pytest.skip(f"{MISSING}{error.component} ({tried}). {error.remedy}")
