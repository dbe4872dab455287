"""Find or get the binaries of the control plane, all of them or none.

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
from tools.pins import BINARIES, ETCD_VERSION, KUBERNETES_VERSION, KWOK_VERSION, pins_digest

COMPONENT = f"Control plane (Kubernetes {KUBERNETES_VERSION}, etcd {ETCD_VERSION}, kwok {KWOK_VERSION})"


@dataclass(frozen=True, kw_only=True)
class ControlPlaneBinaries:
    """A folder with every binary of the control plane, each of the pinned version."""

    folder: Path
    origin: str
    """Where they came from, for the reader."""

    def path(self, name: str) -> Path:
        """Name one of them, such as `kubectl`."""
        return self.folder / name


def find_binaries() -> ControlPlaneBinaries | None:
    """Find the binaries in the cache; None when they are not all there. Gets nothing."""
    home = cache_home() / "control-plane" / pins_digest()
    # A folder gets this name only when it is whole; someone may have emptied it since.
    if not all(os.access(home / "bin" / binary.name, os.X_OK) for binary in BINARIES):
        return None
    origin = home / "origin"
    said = origin.read_text(encoding="utf-8").strip() if origin.exists() else "unknown"
    return ControlPlaneBinaries(folder=home / "bin", origin=said)


def ensure_binaries(report: Report = silent) -> ControlPlaneBinaries:
    """Find the binaries in the cache, else download the official ones, else build them with Go.

    One checkout gets them while others wait. A folder that is not whole never counts.

    Raises:
        ComponentUnavailable: Neither worked; unreachable hosts are given up within seconds.
    """
    if found := find_binaries():
        return found
    home = cache_home() / "control-plane" / pins_digest()
    with locked(home.with_name(f"{home.name}.lock"), report, "another checkout that gets the control plane"):
        if found := find_binaries():
            return found
        tried = [f"cache: {home / 'bin'}: not there"]
        partial = home.with_name(f"{home.name}.partial")
        for origin, fill in (("official downloads", download_all), ("built with Go", build_all)):
            folder = partial / "bin"
            folder.mkdir(parents=True, exist_ok=True)
            if fill(folder, report, tried):
                (partial / "origin").write_text(f"{origin}\n", encoding="utf-8")
                shutil.rmtree(home, ignore_errors=True)
                partial.rename(home)
                return ControlPlaneBinaries(folder=home / "bin", origin=origin)
    minimum = ".".join(map(str, MINIMUM_GO))
    remedy = f"Go online, or install Go {minimum} or later, or uv (which brings {BROUGHT_GO})."
    raise ComponentUnavailable(COMPONENT, tried, remedy)
