"""The genuine chart, rendered by the real helm, and the shared oracles; skips by name where one is missing."""

import functools
import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from components import chart
from components.args import AirflowDeploymentArgs
from components.values import build_values
from tools.chart_archive import SOURCE_VARIABLE, ChartArchive, obtain_chart
from tools.errors import ComponentUnavailable
from tools.helm import ensure_helm

ORACLES = Path(__file__).resolve().parents[3] / "shared" / "data" / "airflow-chart-1.22.0"

LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The parser in C where there is one; it reads the same and is ten times as fast."""

ORACLES_MISSING = f"missing: the chart oracles of the shared folder (looked in {ORACLES}); place the folder there"


def oracles() -> Path:
    if not ORACLES.is_dir():
        pytest.skip(ORACLES_MISSING)
    return ORACLES


def chart_archive() -> Path:
    """Find the chart as a run does, by the same variables and the same digest."""
    return _obtained(os.environ.get(SOURCE_VARIABLE))


@functools.cache
def _obtained(source: str | None) -> Path:
    try:
        found = obtain_chart(chart.NAME, chart.VERSION, chart.SHA256, chart.REPOSITORY, source=source)
    except ComponentUnavailable as error:
        pytest.skip(_missing(error))
    if not isinstance(found, ChartArchive):
        pytest.skip(f"missing: the chart as an archive; let {SOURCE_VARIABLE} name one instead of {found.chart}")
    return found.path


def chart_file(name: str) -> str:
    """Read a file of the chart, such as `values.yaml`."""
    return ChartArchive(path=chart_archive(), origin="tests").read(name)


def _missing(error: ComponentUnavailable) -> str:
    return f"missing: {error.component} ({'; '.join(error.tried)}). {error.remedy}"


def helm() -> str:
    """Find Helm, or get it."""
    found = _helm()
    return str(found) if isinstance(found, Path) else pytest.skip(found)


@functools.cache
def _helm() -> Path | str:
    # What was missing once is not looked for by hundreds of tests more.
    try:
        return ensure_helm()
    except ComponentUnavailable as error:
        return _missing(error)


def render(values: str, release: str, archive: Path) -> str:
    """Run helm; the chart's schema is checked by helm on the way."""
    command = [helm(), "template", release, str(archive), "--namespace", release, "--values", "-"]
    done = subprocess.run(command, input=values, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


_rendered = functools.cache(render)


def rendered_text(args: AirflowDeploymentArgs) -> str:
    archive = chart_archive()
    return _rendered(json.dumps(build_values(args)), args.namespace, archive)


def rendered_anew(args: AirflowDeploymentArgs) -> str:
    """Render without a look at earlier renderings."""
    return render(json.dumps(build_values(args)), args.namespace, chart_archive())


def rendered(args: AirflowDeploymentArgs) -> list[dict[str, Any]]:
    """Render the chart from our values; the objects in the chart's order, not to be changed."""
    return _parsed(rendered_text(args))


@functools.cache
def _parsed(text: str) -> list[dict[str, Any]]:
    return [document for document in yaml.load_all(text, Loader=LOADER) if document]


def of_kind(objects: list[dict[str, Any]], *kinds: str) -> list[dict[str, Any]]:
    return [entry for entry in objects if entry["kind"] in kinds]


def airflow_config_map(objects: list[dict[str, Any]]) -> dict[str, str]:
    maps = of_kind(objects, "ConfigMap")
    return next(entry["data"] for entry in maps if "airflow.cfg" in entry["data"])


def task_pod_template(objects: list[dict[str, Any]]) -> dict[str, Any] | None:
    text = airflow_config_map(objects).get("pod_template_file.yaml")
    return None if text is None else yaml.load(text, Loader=LOADER)  # noqa: S506


def pods(objects: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Return every pod template by its owner, as `{"metadata": …, "spec": …}`."""
    owners = of_kind(objects, "Deployment", "StatefulSet", "Job", "DaemonSet", "ReplicaSet", "Pod")
    found = {f"{owner['kind']}/{owner['metadata']['name']}": owner["spec"]["template"] for owner in owners}
    for cron in of_kind(objects, "CronJob"):
        found[f"CronJob/{cron['metadata']['name']}"] = cron["spec"]["jobTemplate"]["spec"]["template"]
    task_pod = task_pod_template(objects)
    if task_pod is not None:
        found["TaskPod"] = task_pod
    return found


def containers(pod: dict[str, Any]) -> list[dict[str, Any]]:
    return [*(pod["spec"].get("initContainers") or []), *pod["spec"]["containers"]]
