"""Reach a host or give it up within seconds, and download a file whole or not at all."""

import hashlib
import os
import socket
import tempfile
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path
from urllib.parse import urlsplit

CONNECT_SECONDS = 5.0
STALL_SECONDS = 15.0
CHUNK_BYTES = 1 << 18
DEFAULT_PORTS = {"http": 80, "https": 443}


class FetchFailed(Exception):  # noqa: N818 - internal; callers turn it into a line of what was tried
    """A download did not succeed; the message is one line with the reason."""


def unreachable(url: str, seconds: float = CONNECT_SECONDS) -> str | None:
    """Say in one line why the host of a URL (or the proxy set for it) cannot be reached, or None when it can.

    Takes at most `seconds`: the name look-up is bounded too, which no socket time-out does.
    """
    host, port = _endpoint(url)
    answer = [f"{host} did not answer within {seconds:g} s"]

    def connect() -> None:
        try:
            socket.create_connection((host, port), timeout=seconds).close()
            answer[0] = ""
        except OSError as error:
            answer[0] = f"{host} cannot be reached ({error.strerror or error})"

    attempt = threading.Thread(target=connect, daemon=True)
    attempt.start()
    attempt.join(seconds)
    return answer[0] or None


def _endpoint(url: str) -> tuple[str, int]:
    parts = urlsplit(url)
    proxy = urllib.request.getproxies().get(parts.scheme)
    if proxy and not urllib.request.proxy_bypass(parts.hostname or ""):
        parts = urlsplit(proxy if "://" in proxy else f"http://{proxy}")
    return parts.hostname or "", parts.port or DEFAULT_PORTS.get(parts.scheme, 443)


def sha256_of(path: Path) -> str:
    """Digest a file, in lower-case hexadecimal."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def read_text(url: str, limit_bytes: int = 8 << 20) -> str:
    """Read a small text; FetchFailed when unreachable, refused or larger than the limit."""
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "text"
        _download(url, target, limit_bytes=limit_bytes, total_seconds=60)
        return target.read_text(encoding="utf-8")


def fetch(
    url: str, target: Path, *, sha256: str | None = None, limit_bytes: int = 1 << 30, total_seconds: float = 1800
) -> None:
    """Download to `target` through a temporary file beside it, so that a partial file is never found there.

    Raises:
        FetchFailed: Unreachable (after CONNECT_SECONDS), silent for STALL_SECONDS, over a limit, or not the digest.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    os.close(handle)
    partial = Path(name)
    try:
        _download(url, partial, limit_bytes=limit_bytes, total_seconds=total_seconds)
        found = sha256_of(partial)
        if sha256 and found != sha256:
            raise FetchFailed(f"{url} has sha256 {found}, expected {sha256}")
        partial.chmod(0o644)
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)


def _download(url: str, target: Path, *, limit_bytes: int, total_seconds: float) -> None:
    if urlsplit(url).scheme not in DEFAULT_PORTS:
        raise FetchFailed(f"{url} is neither http nor https")
    if reason := unreachable(url):
        raise FetchFailed(f"{url}: {reason}")
    deadline = time.monotonic() + total_seconds
    try:
        with urllib.request.urlopen(url, timeout=STALL_SECONDS) as response, target.open("wb") as out:  # noqa: S310
            received = 0
            while chunk := response.read1(CHUNK_BYTES):
                received += len(chunk)
                if received > limit_bytes or time.monotonic() > deadline:
                    raise FetchFailed(f"{url} takes more than {limit_bytes} bytes or {total_seconds:g} s")
                out.write(chunk)
    except urllib.error.HTTPError as error:
        error.close()
        raise FetchFailed(f"{url} answered {error.code} {error.reason}") from None
    except (OSError, ValueError) as error:
        raise FetchFailed(f"{url} failed: {getattr(error, 'reason', None) or error}") from None
    _check_whole(url, received, response.headers.get("Content-Length"))


def _check_whole(url: str, received: int, promised: str | None) -> None:
    if promised and promised.isdecimal() and int(promised) != received:
        raise FetchFailed(f"{url} broke off after {received} of {promised} bytes")
