"""The chart that tests render is found as a run finds it."""

import functools
import shutil
from pathlib import Path

import pytest

from tests.components import chart_rendering
from tools.errors import ComponentUnavailable


@pytest.mark.chart
def test_a_cached_chart_serves_where_the_source_is_an_address(monkeypatch, tmp_path, chart_archive):
    cached = tmp_path / "charts" / chart_archive.name
    cached.parent.mkdir()
    shutil.copy(chart_archive, cached)
    monkeypatch.setenv("AIRSPACE_CACHE", str(tmp_path))
    monkeypatch.setenv("AIRSPACE_CHART", f"https://mirror.example.com/{chart_archive.name}")
    assert chart_rendering.chart_archive() == cached


def test_a_helm_that_cannot_be_had_is_named_and_looked_for_once(monkeypatch):
    looked = []

    def ensure_helm():
        looked.append(1)
        raise ComponentUnavailable("Helm 3.21.4", ["PATH: no helm there", "PATH: no go there"], "Go online.")

    monkeypatch.setattr(chart_rendering, "ensure_helm", ensure_helm)
    monkeypatch.setattr(chart_rendering, "_helm", functools.cache(chart_rendering._helm.__wrapped__))
    for _ in range(2):
        with pytest.raises(pytest.skip.Exception) as caught:
            chart_rendering.render("{}", "orders", Path("chart.tgz"))
    assert str(caught.value) == "missing: Helm 3.21.4 (PATH: no helm there; PATH: no go there). Go online."
    assert looked == [1]
