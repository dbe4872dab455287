"""Find or get the binaries of a bundle, all of them or none.

Kept in the shared cache under the digest of the pins, so that checkouts with equal pins share them and a changed pin
never meets an old binary.
"""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from tools.errors import ComponentUnavailable
from tools.go_build import BROUGHT_GO, MINIMUM_GO, build_all
from tools.homes import Report, cache_home, locked, silent
from tools.official_downloads import download_all
from tools.pins import Bundle


@dataclass(frozen=True, kw_only=True)
class FoundBinaries:
    """A folder with every binary of a bundle, each of the pinned version."""

    folder: Path
    origin: str
    """Where they came from, for the reader."""

    def path(self, name: str) -> Path:
        """Name one of them, such as `kubectl`."""
        return self.folder / name


def find_binaries(bundle: Bundle) -> FoundBinaries | None:
    """Find the binaries in the cache; None when they are not all there. Gets nothing."""
    home = _home(bundle)
    # A folder gets this name only when it is whole; someone may have emptied it since.
    if not all(os.access(home / "bin" / binary.name, os.X_OK) for binary in bundle.binaries):
        return None
    origin = home / "origin"
    said = origin.read_text(encoding="utf-8").strip() if origin.exists() else "unknown"
    return FoundBinaries(folder=home / "bin", origin=said)


def ensure_binaries(bundle: Bundle, report: Report = silent) -> FoundBinaries:
    """Find the binaries in the cache, else download the official ones, else build them with Go.

    One checkout gets them while others wait. A folder that is not whole never counts.

    Raises:
        ComponentUnavailable: Neither worked; unreachable hosts are given up within seconds.
    """
    if found := find_binaries(bundle):
        return found
    home = _home(bundle)
    with locked(home.with_name(f"{home.name}.lock"), report, f"another checkout that gets {bundle.label}"):
        if found := find_binaries(bundle):
            return found
        tried = [f"cache: {home / 'bin'}: not there"]
        partial = home.with_name(f"{home.name}.partial")
        for origin, fill in (("official downloads", download_all), ("built with Go", build_all)):
            folder = partial / "bin"
            folder.mkdir(parents=True, exist_ok=True)
            if fill(bundle.binaries, folder, report, tried):
                (partial / "origin").write_text(f"{origin}\n", encoding="utf-8")
                shutil.rmtree(home, ignore_errors=True)
                partial.rename(home)
                return FoundBinaries(folder=home / "bin", origin=origin)
    minimum = ".".join(map(str, MINIMUM_GO))
    remedy = f"Go online, or install Go {minimum} or later, or uv (which brings {BROUGHT_GO})."
    raise ComponentUnavailable(bundle.label, tried, remedy)


def _home(bundle: Bundle) -> Path:
    return cache_home() / bundle.folder / bundle.digest()
