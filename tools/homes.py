"""Where things live: the cache that all checkouts share, and the state of one checkout.

Only names paths and holds locks; what is put there belongs to the modules that put it.
"""

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from tools.errors import ComponentUnavailable

Report = Callable[[str], None]
"""Takes one line of progress, without a line end."""

CACHE_VARIABLE = "AIRSPACE_CACHE"


def silent(_line: str) -> None:
    """Report nothing."""


def cache_home() -> Path:
    """Name the cache: $AIRSPACE_CACHE, else $XDG_CACHE_HOME/airspace, else ~/.cache/airspace. Not created here."""
    chosen = os.environ.get(CACHE_VARIABLE)
    if chosen:
        return Path(chosen).expanduser().resolve()
    shared = os.environ.get("XDG_CACHE_HOME")
    # The XDG rule: a relative path there is invalid and is passed over.
    base = Path(shared) if shared and Path(shared).is_absolute() else Path.home() / ".cache"
    return base / "airspace"


def project_root() -> Path:
    """Name the checkout that this file is part of."""
    return Path(__file__).resolve().parent.parent


def state_home(root: Path | None = None) -> Path:
    """Name the folder of one checkout's own state; git ignores it. Not created here."""
    return (root or project_root()).resolve() / ".airspace"


def _opened(path: Path) -> IO[str]:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return path.open("w")
    except OSError as error:
        in_cache = path.is_relative_to(cache_home())
        remedy = f"Set {CACHE_VARIABLE} to a folder that can be written to." if in_cache else "Make it one."
        folder = f"a folder that can be written to at {path.parent}"
        raise ComponentUnavailable(folder, [f"{error.filename}: {error.strerror}"], remedy) from None


@contextmanager
def locked(path: Path, report: Report = silent, what: str = "another process") -> Iterator[None]:
    """Hold an exclusive lock on a file, created when missing; waits without a limit, and says so once.

    The kernel gives the lock up with the process that held it, so a crash leaves nothing to clean.

    Raises:
        ComponentUnavailable: Its folder cannot be written to.
    """
    with _opened(path) as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            report(f"waiting for {what}")
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
