import hashlib
from pathlib import Path
from typing import Any

import pytest

from tools.chart_archive import ChartArchive, ChartReference, obtain_chart
from tools.errors import ComponentUnavailable

CONTENT = b"a chart"
DIGEST = hashlib.sha256(CONTENT).hexdigest()
INDEX = b"""
entries:
  airflow:
  - {version: 2.0.0, urls: [wrong.tgz]}
  - {version: 1.2.3, urls: [archives/airflow-1.2.3.tgz]}
"""


def obtain(**arguments: Any) -> ChartArchive | ChartReference:
    defaults = {"name": "airflow", "version": "1.2.3", "sha256": DIGEST, "repository": "https://charts.example.com"}
    return obtain_chart(**{**defaults, **arguments})


def test_the_index_of_the_repository_names_the_archive(web: Any, cache: Path) -> None:
    web.pages = {"/charts/index.yaml": INDEX, "/charts/archives/airflow-1.2.3.tgz": CONTENT}
    found = obtain(repository=f"{web.address}/charts")
    assert found.chart == str(cache / "charts" / "airflow-1.2.3.tgz")
    assert Path(found.chart).read_bytes() == CONTENT


def test_a_kept_archive_is_used_without_the_network(web: Any, closed_address: str) -> None:
    web.pages = {"/airflow-1.2.3.tgz": CONTENT}
    first = obtain(source=f"{web.address}/airflow-1.2.3.tgz")
    assert obtain(repository=closed_address).chart == first.chart
    assert web.asked == ["/airflow-1.2.3.tgz"]


def test_a_damaged_kept_archive_is_said_and_replaced(web: Any, cache: Path) -> None:
    kept = cache / "charts" / "airflow-1.2.3.tgz"
    kept.parent.mkdir(parents=True)
    kept.write_bytes(b"damaged")
    web.pages = {"/airflow-1.2.3.tgz": CONTENT}
    said: list[str] = []
    obtain(source=f"{web.address}/airflow-1.2.3.tgz", report=said.append)
    assert kept.read_bytes() == CONTENT
    assert "is damaged or another chart" in said[0]


def test_a_damaged_kept_archive_is_never_returned(cache: Path, closed_address: str) -> None:
    kept = cache / "charts" / "airflow-1.2.3.tgz"
    kept.parent.mkdir(parents=True)
    kept.write_bytes(b"damaged")
    with pytest.raises(ComponentUnavailable) as caught:
        obtain(repository=closed_address)
    assert "has sha256" in caught.value.tried[0]
    assert "cannot be reached" in caught.value.tried[1]


def test_a_mirror_with_another_archive_is_refused(web: Any, cache: Path) -> None:
    web.pages = {"/airflow-1.2.3.tgz": b"another"}
    with pytest.raises(ComponentUnavailable, match=f"expected {DIGEST}"):
        obtain(source=f"{web.address}/airflow-1.2.3.tgz")
    assert not list((cache / "charts").glob("*.tgz"))


@pytest.mark.parametrize("index", [b"entries: {}", b"- not an index", b"{", b"entries: {airflow: [{version: 1.2.3}]}"])
def test_an_index_without_the_chart_is_said(web: Any, index: bytes) -> None:
    web.pages = {"/index.yaml": index}
    with pytest.raises(ComponentUnavailable, match=r"does not list airflow 1\.2\.3"):
        obtain(repository=web.address)


def test_a_path_is_checked_and_used_where_it_is(tmp_path: Path) -> None:
    path = tmp_path / "own.tgz"
    path.write_bytes(CONTENT)
    assert obtain(source=str(path)).chart == str(path)
    path.write_bytes(b"another")
    with pytest.raises(ComponentUnavailable, match="has sha256"):
        obtain(source=str(path))
    with pytest.raises(ComponentUnavailable, match="no such file"):
        obtain(source=str(tmp_path / "missing.tgz"))


def test_an_oci_reference_is_left_to_helm() -> None:
    found = obtain(source="oci://registry.example/airflow")
    assert isinstance(found, ChartReference)
    assert found.version == "1.2.3"
    assert "Helm resolves it" in found.origin
