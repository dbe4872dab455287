"""Get the genuine Airflow chart, whole and with the expected digest, or say which sources were tried.

Owns the cached archive. What the chart is given is decided elsewhere.
"""

import tarfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import yaml

from tools.errors import ComponentUnavailable
from tools.homes import Report, cache_home, locked, silent
from tools.network import FetchFailed, fetch, read_text, sha256_of

SOURCE_VARIABLE = "AIRSPACE_CHART"
"""Names another source than the stack file does; it is read where input is read."""
LIMIT_BYTES = 64 << 20
TOTAL_SECONDS = 120


@dataclass(frozen=True, kw_only=True)
class ChartArchive:
    """A chart archive on this machine whose digest was just checked."""

    path: Path
    origin: str
    """Where it came from, for the reader."""

    @property
    def chart(self) -> str:
        """What a Helm release takes as its chart."""
        return str(self.path)

    def read(self, name: str) -> str:
        """Read a file of the chart, such as `values.yaml`."""
        with tarfile.open(self.path) as archive:
            # The digest was checked: what is in it is known.
            member = next(one for one in archive if one.name.partition("/")[2] == name)
            content = archive.extractfile(member)
            return content.read().decode() if content else ""


@dataclass(frozen=True, kw_only=True)
class ChartReference:
    """A chart in an OCI registry: Helm resolves it, so neither its presence nor its digest is known here."""

    chart: str
    """What a Helm release takes as its chart."""
    version: str
    """What a Helm release takes as its version; unlike an archive, a reference needs one."""

    @property
    def origin(self) -> str:
        """Where it comes from, for the reader."""
        return f"{self.chart} (Helm resolves it; its digest is not checked here)"


def obtain_chart(
    name: str,
    version: str,
    sha256: str,
    repository: str,
    *,
    source: str | None = None,
    report: Report = silent,
) -> ChartArchive | ChartReference:
    """Get the chart from the source given, or from the cache, or from its repository.

    Args:
        name: Of the chart, as in the repository's index.
        version: Exact.
        sha256: Of the archive, lower-case hexadecimal; every archive returned has it.
        repository: Whose index.yaml names the archive.
        source: Overrides the repository: a path, an oci:// reference, or an http(s) URL of an
            archive (.tgz) or of a chart repository.
        report: Told of a damaged cached archive and of a download.

    Raises ComponentUnavailable when no source has it with this digest; gives an unreachable one up within seconds.
    """
    wanted = f"{name} chart {version}"
    if source and source.startswith("oci://"):
        return ChartReference(chart=source, version=version)
    if source and not source.startswith(("http://", "https://")):
        return _local(Path(source.removeprefix("file://")).expanduser().resolve(), sha256, wanted)
    cached = cache_home() / "charts" / f"{name}-{version}.tgz"
    with locked(cached.with_name(f".{cached.name}.lock"), report, "another checkout that gets the chart"):
        tried: list[str] = []
        if found := _cached(cached, sha256, tried, report):
            return found
        try:
            url = _archive_url(source or repository, name, version)
            report(f"downloading {url}")
            fetch(url, cached, sha256=sha256, limit_bytes=LIMIT_BYTES, total_seconds=TOTAL_SECONDS)
        except FetchFailed as failure:
            raise ComponentUnavailable(wanted, [*tried, str(failure)], _remedy(wanted)) from None
        return ChartArchive(path=cached, origin=url)


def _local(path: Path, sha256: str, wanted: str) -> ChartArchive:
    problem = "no such file"
    if path.is_file():
        found = sha256_of(path)
        if found == sha256:
            return ChartArchive(path=path, origin=str(path))
        problem = f"has sha256 {found}, expected {sha256}"
    raise ComponentUnavailable(wanted, [f"{path}: {problem}"], _remedy(wanted))


def _cached(path: Path, sha256: str, tried: list[str], report: Report) -> ChartArchive | None:
    if not path.is_file():
        tried.append(f"{path}: no such file")
        return None
    found = sha256_of(path)
    if found == sha256:
        return ChartArchive(path=path, origin=f"cache: {path}")
    tried.append(f"{path}: has sha256 {found}, expected {sha256}")
    report(f"{path} is damaged or another chart (sha256 {found}); getting it again")
    return None


def _archive_url(address: str, name: str, version: str) -> str:
    """Return an archive's address as it is; look another one up in the index of the chart repository there."""
    if urlsplit(address).path.endswith((".tgz", ".tar.gz")):
        return address
    base = address.rstrip("/") + "/"
    found = _index_entry(read_text(base + "index.yaml"), name, version)
    if found is None:
        raise FetchFailed(f"{base}index.yaml does not list {name} {version}")
    return urljoin(base, found)


def _index_entry(text: str, name: str, version: str) -> str | None:
    try:
        index: Any = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 - both are safe
        entries = index["entries"].get(name, [])
        return next((str(entry["urls"][0]) for entry in entries if str(entry["version"]) == version), None)
    except (yaml.YAMLError, LookupError, TypeError, AttributeError):
        return None


def _remedy(wanted: str) -> str:
    return (
        f"Set {SOURCE_VARIABLE} to a path or URL of the genuine {wanted} archive, to a mirror of its repository, "
        "or to an oci:// reference."
    )
