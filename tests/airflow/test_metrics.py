"""Real Airflows of each major send their metrics and traces to the collector that a deployment names."""

import configparser
import os
import signal
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from components.values import build_values
from tests.stacks.environments import deployment
from tools.airflow_releases import AirflowRelease, find_airflow
from tools.errors import ComponentUnavailable

pytestmark = pytest.mark.airflow

HEADERS = "Authorization=Bearer%20hunter2,x-team=orders"
PATIENCE = 240
"""Seconds in which a scheduler has started and reported, also on a busy machine."""
TRACES = {
    2: "from airflow.traces.tracer import Trace\nwith Trace.start_span(span_name='airspace'): pass",
    3: "import airflow\nfrom opentelemetry import trace\ntrace.get_tracer('airspace').start_span('airspace').end()",
}
APART: dict[str, Any] = {"start_new_session": True}
"""So that what it starts ends with it."""
FLUSHED = "\nimport time\ntime.sleep(6)"
"""Longer than spans are held back."""


@dataclass
class Collector:
    """A server that answers as collectors do, and what it was sent."""

    server: ThreadingHTTPServer
    received: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)
    came: threading.Event = field(default_factory=threading.Event)


@pytest.fixture
def collector() -> Iterator[Collector]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            found.received.append((self.path, {name.lower(): value for name, value in self.headers.items()}, body))
            found.came.set()
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    found = Collector(ThreadingHTTPServer(("127.0.0.1", 0), Handler))
    threading.Thread(target=found.server.serve_forever, daemon=True).start()
    yield found
    found.server.shutdown()
    found.server.server_close()


def release_of(version: str) -> AirflowRelease:
    try:
        return find_airflow(version)
    except ComponentUnavailable as error:
        pytest.skip(f"missing: {error.component} ({'; '.join(error.tried)}). {error.remedy}")


def environment(version: str, collector: Collector, home: Path) -> dict[str, str]:
    """Write airflow.cfg as the chart does, and return the variables that the chart's containers have."""
    there: dict[str, Any] = {"host": "127.0.0.1", "port": collector.server.server_port, "tls": False, "traces": True}
    headers = {} if version.startswith("2.") else {"headers": {"secret": "otel", "key": "headers"}}
    settings = {"opentelemetry": {**there, "interval_seconds": 1, **headers}}
    args = deployment(airflow_version=version, metrics=settings)
    values = build_values(args)
    written = configparser.ConfigParser(interpolation=None)
    written.read_dict({section: values["config"][section] for section in ("metrics", "traces")})
    with (home / "airflow.cfg").open("w", encoding="utf-8") as file:
        written.write(file)
    release = release_of(version)
    (home / "airflow.db").write_bytes(release.database.read_bytes())
    variables = {entry["name"]: entry["value"] for entry in values["env"]}
    secret = {entry["envName"]: HEADERS for entry in values["secret"]}
    return {**release.environment(home), **variables, **secret}


def holds(sent: tuple[str, dict[str, str], bytes], version: str) -> bool:
    """Tell whether something names its deployment, and shows what opens the collector where Airflow can."""
    _, headers, body = sent
    is_open = version.startswith("2.") or (headers.get("authorization"), headers.get("x-team")) == (
        "Bearer hunter2",
        "orders",
    )
    return is_open and all(word in body for word in (b"analytics-orders", b"service.namespace", b"analytics"))


@pytest.mark.parametrize("version", ["2.11.2", "3.2.2"])
def test_a_scheduler_reports_to_the_collector(version, collector, tmp_path):
    command = [str(release_of(version).program), "scheduler"]
    with (tmp_path / "scheduler.log").open("w+") as log:
        process = subprocess.Popen(
            command, env=environment(version, collector, tmp_path), stdout=log, stderr=log, **APART
        )
        try:
            assert collector.came.wait(PATIENCE), (tmp_path / "scheduler.log").read_text()[-2000:]
        finally:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(timeout=60)
    metrics = [sent for sent in collector.received if sent[0] == "/v1/metrics"]
    assert metrics
    assert all(holds(sent, version) for sent in metrics)
    assert all(b"airflow." in body for _, _, body in metrics)


@pytest.mark.parametrize("version", ["2.11.2", "3.2.2"])
def test_traces_reach_the_collector_by_http(version, collector, tmp_path):
    command = [str(release_of(version).folder / "bin" / "python"), "-c", TRACES[int(version[0])] + FLUSHED]
    subprocess.run(command, env=environment(version, collector, tmp_path), check=True, timeout=PATIENCE)
    traces = [sent for sent in collector.received if sent[0] == "/v1/traces"]
    assert traces
    assert all(b"analytics-orders" in body for _, _, body in traces)
    # Traces of Airflow 2 say nothing of the workspace.
    assert version.startswith("2.") or all(holds(sent, version) for sent in traces)
