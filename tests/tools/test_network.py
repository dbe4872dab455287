import hashlib
import socket
import threading
from pathlib import Path
from typing import Any

import pytest

from tools import network
from tools.network import FetchFailed, fetch, unreachable


def test_a_host_that_answers_is_reachable(web: Any) -> None:
    assert unreachable(web.address) is None


def test_a_host_that_refuses_is_named_with_the_reason(closed_address: str) -> None:
    assert unreachable(closed_address) == "127.0.0.1 cannot be reached (Connection refused)"


def test_a_name_that_takes_too_long_to_look_up_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    released, waited_for = threading.Event(), threading.Event()

    def hang(*_: object, **__: object) -> None:
        released.wait(60)
        waited_for.set()
        raise OSError("too late")

    monkeypatch.setattr(socket, "create_connection", hang)
    assert unreachable("https://slow.example", seconds=0.1) == "slow.example did not answer within 0.1 s"
    assert not waited_for.is_set()
    released.set()


def test_a_proxy_is_what_must_be_reachable(monkeypatch: pytest.MonkeyPatch, closed_address: str) -> None:
    monkeypatch.setenv("https_proxy", closed_address)
    assert "127.0.0.1 cannot be reached" in (unreachable("https://releases.example") or "")


def test_a_download_arrives_whole_and_alone(web: Any, tmp_path: Path) -> None:
    web.pages["/chart.tgz"] = b"content"
    target = tmp_path / "kept" / "chart.tgz"
    fetch(f"{web.address}/chart.tgz", target, sha256=hashlib.sha256(b"content").hexdigest())
    assert target.read_bytes() == b"content"
    assert list(target.parent.iterdir()) == [target]


@pytest.mark.parametrize(
    ("path", "arguments", "reason"),
    [
        ("/missing", {}, "answered 404"),
        ("/file", {"sha256": "0" * 64}, f"expected {'0' * 64}"),
        ("/file", {"limit_bytes": 3}, "more than 3 bytes"),
        ("/broken", {}, "broke off after 7 of 99 bytes"),
    ],
)
def test_a_failed_download_leaves_nothing_behind(
    web: Any, tmp_path: Path, path: str, arguments: dict[str, object], reason: str
) -> None:
    web.pages = {"/file": b"content", "/broken": b"content"}
    web.promised = {"/broken": 99}
    with pytest.raises(FetchFailed, match=reason):
        fetch(web.address + path, tmp_path / "target", **arguments)  # type: ignore[arg-type]
    assert list(tmp_path.iterdir()) == []


def test_a_failed_download_keeps_the_file_that_was_there(web: Any, tmp_path: Path) -> None:
    (tmp_path / "target").write_text("earlier")
    with pytest.raises(FetchFailed):
        fetch(f"{web.address}/missing", tmp_path / "target")
    assert (tmp_path / "target").read_text() == "earlier"


def test_a_server_that_stays_silent_is_given_up(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(network, "STALL_SECONDS", 0.1)
    with socket.create_server(("127.0.0.1", 0)) as server, pytest.raises(FetchFailed, match="timed out"):
        fetch(f"http://127.0.0.1:{server.getsockname()[1]}/file", tmp_path / "target")


def test_only_web_addresses_are_downloaded(tmp_path: Path) -> None:
    with pytest.raises(FetchFailed, match="neither http nor https"):
        fetch("file:///etc/hostname", tmp_path / "target")
