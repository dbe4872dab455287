"""Airflow itself, installed for tests: one virtual environment per release, with an empty migrated database.

Owns what lies in the cache. Packages are those of the day when the release was current: Airflow does not run with all
that came after it, and its own lists of fitting versions are kept where not every machine reaches.
"""

import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tools.errors import ComponentUnavailable
from tools.homes import Report, cache_home, locked, silent

PACKAGES_OF: Mapping[str, str] = {"2.11.2": "2026-04-22", "3.2.2": "2026-06-05", "3.3.2": "2026-09-19"}
"""Releases, each with the day after which no package is taken."""
PYTHON = ">=3.10,<3.13"
AUTH_MANAGER = "airflow.providers.fab.auth_manager.fab_auth_manager.FabAuthManager"
COMMAND = "uv run python -m tools.sign_in_parts"
"""Fills the cache with what the tests of sign-in run on."""
INSTALL_SECONDS = 900
_REQUIREMENTS = ("apache-airflow-providers-fab", "authlib")


@dataclass(frozen=True, kw_only=True)
class AirflowRelease:
    """An installed Airflow."""

    version: str
    folder: Path

    @property
    def program(self) -> Path:
        """Return the command `airflow`."""
        return self.folder / "bin" / "airflow"

    @property
    def database(self) -> Path:
        """Return an SQLite database with Airflow's roles and without users, to be copied."""
        return self.folder / "airflow.db"

    def environment(self, home: Path) -> dict[str, str]:
        """Return the variables under which it runs in a folder of its own, knowing nothing of its user's settings."""
        own = {key: value for key, value in os.environ.items() if not key.startswith(("AIRFLOW", "PYTHON", "VIRTUAL"))}
        return {
            **own,
            "PATH": f"{self.folder / 'bin'}:{own.get('PATH', '')}",
            "AIRFLOW_HOME": str(home),
            "AIRFLOW__CORE__AUTH_MANAGER": AUTH_MANAGER,
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
            "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{home / 'airflow.db'}",
        }


def find_airflow(version: str) -> AirflowRelease:
    """Return a release from the cache.

    Raises:
        ComponentUnavailable: It is not there; it takes minutes to be had, so nobody waits for it unasked.
    """
    release = _release(version)
    if not release.database.is_file():
        tried = [f"{release.folder}: not there"]
        raise ComponentUnavailable(f"Airflow {version}", tried, f"Run `{COMMAND}` once; it takes minutes.")
    return release


def obtain_airflow(version: str, report: Report = silent) -> AirflowRelease:
    """Return a release, installed into the cache where it is missing.

    Raises:
        ComponentUnavailable: There is no uv, or the package index cannot be used.
    """
    release = _release(version)
    with locked(release.folder.parent / f".{release.folder.name}.lock", report, f"the installation of {version}"):
        if not release.database.is_file():
            report(f"installing Airflow {version}")
            shutil.rmtree(release.folder, ignore_errors=True)
            _install(release)
    return release


def _release(version: str) -> AirflowRelease:
    return AirflowRelease(version=version, folder=cache_home() / "airflow" / f"{version}-{PACKAGES_OF[version]}")


def _install(release: AirflowRelease) -> None:
    wanted = [f"apache-airflow=={release.version}", *_REQUIREMENTS]
    day = PACKAGES_OF[release.version]
    python = str(release.folder / "bin" / "python")
    _run(release, ["uv", "venv", "--quiet", "--python", PYTHON, str(release.folder)])
    _run(release, ["uv", "pip", "install", "--quiet", "--python", python, "--exclude-newer", day, *wanted])
    scratch = release.folder / "migration"
    scratch.mkdir()
    for command in (["db", "migrate"], ["sync-perm"]):
        _run(release, [str(release.program), *command], release.environment(scratch))
    # Last of all: whoever finds it, finds everything.
    (scratch / "airflow.db").replace(release.database)
    shutil.rmtree(scratch)


def _run(release: AirflowRelease, command: list[str], environment: Mapping[str, str] | None = None) -> None:
    said = ""
    try:
        done = subprocess.run(
            command, env=environment, capture_output=True, text=True, timeout=INSTALL_SECONDS, check=False
        )
        said = done.stderr.strip().rpartition("\n")[2] if done.returncode else ""
        failed = done.returncode != 0
    except (OSError, subprocess.TimeoutExpired) as error:
        said, failed = str(error), True
    if failed:
        shutil.rmtree(release.folder, ignore_errors=True)
        tried = [f"{' '.join(command[:3])}: {said or 'failed'}"]
        remedy = "It needs uv on PATH and a package index that knows when packages were published."
        raise ComponentUnavailable(f"Airflow {release.version}", tried, remedy)
