"""Get pinned binaries from where their projects publish them."""

import tarfile
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from tools.homes import Report
from tools.network import FetchFailed, fetch, read_text, unreachable
from tools.pins import Binary, machine, system
from tools.versions import check_version

PLATFORMS = (("linux", "amd64"), ("linux", "arm64"))
"""For which every one of them is published; the Kubernetes servers are published for Linux only."""


def download_all(binaries: Sequence[Binary], folder: Path, report: Report, tried: list[str]) -> bool:
    """Fill a folder; False, with the reason added to what was tried, when any one of them cannot be had.

    Unreachable hosts are given up within seconds, before anything is downloaded.
    """
    if (system(), machine()) not in PLATFORMS:
        tried.append(f"official downloads: not published for {system()}/{machine()}")
        return False
    hosts = sorted({"/".join(binary.download.split("/")[:3]) for binary in binaries})
    if reasons := [reason for host in hosts if (reason := unreachable(host))]:
        tried.append(f"official downloads: {'; '.join(reasons)}")
        return False
    for binary in binaries:
        try:
            _download(binary, folder / binary.name, report)
        except FetchFailed as failure:
            tried.append(f"official downloads: {failure}")
            return False
    return True


def _download(binary: Binary, target: Path, report: Report) -> None:
    if target.exists():
        return
    url = binary.download.format(system=system(), machine=machine())
    report(f"downloading {binary.name} {binary.version}")
    started = time.monotonic()
    with tempfile.TemporaryDirectory(dir=target.parent) as scratch:
        arrived = Path(scratch) / url.rsplit("/", 1)[-1]
        fetch(url, arrived, sha256=_published_digest(binary, arrived.name))
        program = _unpack(binary, arrived) if url.endswith(".tar.gz") else arrived
        program.chmod(0o755)
        if problem := check_version(binary, program):
            raise FetchFailed(f"{url}: {problem}")
        program.replace(target)
    report(f"downloaded {binary.name} in {time.monotonic() - started:.0f} s")


def _published_digest(binary: Binary, file_name: str) -> str | None:
    """Read the digest that the project publishes beside the file: alone, or in a list by file name."""
    if not binary.checksums:
        return None
    text = read_text(binary.checksums.format(system=system(), machine=machine()))
    for line in text.splitlines():
        words = line.split()
        if len(words) == 1 or words[1:] == [file_name]:
            return words[0].lower()
    raise FetchFailed(f"{binary.checksums} does not list {file_name}")


def _unpack(binary: Binary, archive: Path) -> Path:
    program = archive.parent / binary.name
    try:
        with tarfile.open(archive) as members:
            member = next(m for m in members if m.isfile() and Path(m.name).name == binary.name)
            content = members.extractfile(member)
            if content is not None:
                program.write_bytes(content.read())
    except (tarfile.TarError, StopIteration, OSError) as error:
        raise FetchFailed(f"{archive.name} does not hold {binary.name} ({error})") from None
    return program
