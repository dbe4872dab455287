from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pulumi.automation import PulumiCommand

from tools import engine
from tools.engine import find_engine, find_kubernetes_plugin, sdk_version
from tools.errors import ComponentUnavailable

Script = Callable[..., Path]


@pytest.fixture(autouse=True)
def installer(monkeypatch: pytest.MonkeyPatch, closed_address: str) -> None:
    monkeypatch.setattr(engine, "INSTALLER", closed_address)


def cached_bin(cache: Path) -> Path:
    return cache / "pulumi" / str(sdk_version()) / "bin"


def tried() -> str:
    with pytest.raises(ComponentUnavailable) as caught:
        find_engine()
    return str(caught.value)


def test_the_engine_on_path_is_taken(script: Script) -> None:
    path = script("pulumi", "echo v3.300.1")
    script("pulumi-language-python", "")
    found = find_engine()
    assert (found.version, found.executable, found.notes) == ("3.300.1", path, ())


def test_an_engine_that_is_too_old_is_said_and_the_cache_is_next(script: Script, cache: Path) -> None:
    script("pulumi", "echo v3.218.9")
    script("pulumi-language-python", "")
    kept = script("pulumi", "echo v3.259.0", where=cached_bin(cache))
    found = find_engine()
    assert found.executable == kept
    assert "is 3.218.9, but 3.219.0 or later is needed" in found.notes[0]


def test_an_engine_of_another_major_version_is_passed_over(script: Script) -> None:
    script("pulumi", "echo v4.0.0")
    script("pulumi-language-python", "")
    assert "is 4.0.0, but the SDK speaks major version 3" in tried()


def test_an_engine_without_its_language_host_is_passed_over(script: Script) -> None:
    script("pulumi", "echo v3.300.1")
    assert "pulumi-language-python is neither beside it nor on PATH" in tried()


def test_a_linked_engine_has_its_language_host_beside_the_real_one(script: Script, tmp_path: Path) -> None:
    real = script("pulumi", "echo v3.300.1", where=tmp_path / "real")
    script("pulumi-language-python", "", where=tmp_path / "real")
    (tmp_path / "bin" / "pulumi").symlink_to(real)
    assert find_engine().version == "3.300.1"


@pytest.mark.parametrize(("body", "reason"), [("exit 3", "does not run"), ("echo soon", "version that can be read")])
def test_a_broken_engine_is_passed_over(script: Script, body: str, reason: str) -> None:
    script("pulumi", body)
    assert reason in tried()


def test_every_source_is_named_when_there_is_none(script: Script, cache: Path) -> None:
    lines = tried().splitlines()
    assert [line.split(":")[0].strip() for line in lines[1:4]] == ["tried PATH", "tried cache", "tried installer"]
    assert "cannot be reached" in lines[3]
    assert str(cached_bin(cache)) in lines[2]


def test_the_installer_gets_the_version_of_the_sdk(
    script: Script, cache: Path, monkeypatch: pytest.MonkeyPatch, web: Any
) -> None:
    monkeypatch.setattr(engine, "INSTALLER", web.address)

    def install(root: str, version: object, skip_version_check: bool) -> None:
        assert skip_version_check
        script("pulumi", f"echo v{version}", where=Path(root) / "bin")
        script("pulumi-language-python", "", where=Path(root) / "bin")

    monkeypatch.setattr(PulumiCommand, "install", install)
    found = find_engine()
    assert found.version == str(sdk_version())
    assert found.executable == cached_bin(cache) / "pulumi"
    monkeypatch.delattr(PulumiCommand, "install")
    assert find_engine().origin.startswith("cache:")


def test_a_failed_installation_never_counts(
    script: Script, cache: Path, monkeypatch: pytest.MonkeyPatch, web: Any
) -> None:
    monkeypatch.setattr(engine, "INSTALLER", web.address)

    def install(root: str, **_: object) -> None:
        script("pulumi", "echo v3.300.1", where=Path(root) / "bin")
        raise OSError("disk full")

    monkeypatch.setattr(PulumiCommand, "install", install)
    assert "disk full" in tried()
    assert not cached_bin(cache).exists()


def test_the_kubernetes_plugin_is_found_on_path_or_in_the_plugin_folder(
    script: Script, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PULUMI_HOME", str(tmp_path / "home"))
    assert find_kubernetes_plugin() is None
    where = tmp_path / "home" / "plugins" / "resource-kubernetes-v4.32.0"
    kept = script("pulumi-resource-kubernetes", "", where=where)
    assert find_kubernetes_plugin() == kept
    assert find_kubernetes_plugin("4.32.0") == kept
    assert find_kubernetes_plugin("4.33.0") is None
    on_path = script("pulumi-resource-kubernetes", "")
    assert find_kubernetes_plugin("4.33.0") == on_path
