import threading
from pathlib import Path

import pytest

from tools.errors import ComponentUnavailable
from tools.homes import cache_home, locked, project_root, state_home


def test_the_cache_variable_wins(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "/elsewhere")
    monkeypatch.setenv("AIRSPACE_CACHE", str(tmp_path))
    assert cache_home() == tmp_path.resolve()


def test_the_shared_cache_folder_comes_next(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AIRSPACE_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", "/elsewhere")
    assert cache_home() == Path("/elsewhere/airspace")


@pytest.mark.parametrize("shared", [None, "", "relative/is/invalid"])
def test_the_home_folder_comes_last(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, shared: str | None) -> None:
    monkeypatch.delenv("AIRSPACE_CACHE")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    if shared is not None:
        monkeypatch.setenv("XDG_CACHE_HOME", shared)
    assert cache_home() == tmp_path / ".cache" / "airspace"


def test_state_lies_in_the_checkout(tmp_path: Path) -> None:
    assert state_home(tmp_path) == tmp_path.resolve() / ".airspace"
    assert state_home() == project_root() / ".airspace"


def test_a_folder_that_cannot_be_made_is_said_with_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("AIRSPACE_CACHE", str(tmp_path / "file" / "cache"))
    with pytest.raises(ComponentUnavailable, match="Set AIRSPACE_CACHE to a folder that can be written to"):
        locked(cache_home() / "charts" / "lock").__enter__()
    with pytest.raises(ComponentUnavailable, match="Make it one"):
        locked(tmp_path / "file" / "lock").__enter__()


def test_a_second_holder_of_a_lock_says_that_it_waits(tmp_path: Path) -> None:
    lines: list[str] = []
    said, entered = threading.Event(), threading.Event()

    def second() -> None:
        def report(line: str) -> None:
            lines.append(line)
            said.set()

        with locked(tmp_path / "lock", report, "the first"):
            entered.set()

    with locked(tmp_path / "lock"):
        thread = threading.Thread(target=second)
        thread.start()
        assert said.wait(5)
        assert not entered.is_set()
    thread.join(5)
    assert entered.is_set()
    assert lines == ["waiting for the first"]
