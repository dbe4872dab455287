"""The chart that tests render is found as a run finds it."""

import shutil

import pytest

from tests.components import chart_rendering


@pytest.mark.chart
def test_a_cached_chart_serves_where_the_source_is_an_address(monkeypatch, tmp_path, chart_archive):
    cached = tmp_path / "charts" / chart_archive.name
    cached.parent.mkdir()
    shutil.copy(chart_archive, cached)
    monkeypatch.setenv("AIRSPACE_CACHE", str(tmp_path))
    monkeypatch.setenv("AIRSPACE_CHART", f"https://mirror.example.com/{chart_archive.name}")
    assert chart_rendering.chart_archive() == cached
