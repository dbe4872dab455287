"""Keycloak, an identity provider for tests: its server from Maven Central, prepared once and kept in the cache."""

import os
import re
import shutil
import subprocess
import zipfile
from dataclasses import dataclass
from pathlib import Path

from tools.airflow_releases import COMMAND
from tools.errors import ComponentUnavailable
from tools.homes import Report, cache_home, locked, silent
from tools.network import FetchFailed, fetch

VERSION = "26.5.6"
SHA256 = "490189d9dff05272432d51f71a069462eeca97f2920a694d539a1e6c26a5a347"
_PATH = f"org/keycloak/keycloak-quarkus-dist/{VERSION}/keycloak-quarkus-dist-{VERSION}.zip"
SOURCE = f"https://repo.maven.apache.org/maven2/{_PATH}"
JAVA = 17
"""The oldest Java that it runs on."""
BUILD_SECONDS = 600
LOOPBACK = "127.0.0.1"


@dataclass(frozen=True, kw_only=True)
class IdentityProvider:
    """A server that can be started."""

    folder: Path

    def command(self, port: int, data: Path, host: str = LOOPBACK) -> list[str]:
        """Return what starts it at an address of this machine, with its database in a folder of the caller's."""
        return [
            str(self.folder / "bin" / "kc.sh"),
            *("start", "--optimized", "--http-enabled=true", f"--http-host={host}", f"--http-port={port}"),
            *("--hostname-strict=false", "--log-level=warn"),
            f"--db-url=jdbc:h2:file:{data / 'keycloak'};NON_KEYWORDS=VALUE;DB_CLOSE_ON_EXIT=FALSE",
        ]

    def environment(self, password: str) -> dict[str, str]:
        """Return the variables under which it runs; its administrator is `admin`."""
        return {
            **{key: value for key, value in os.environ.items() if not key.startswith("KC_")},
            "KC_BOOTSTRAP_ADMIN_USERNAME": "admin",
            "KC_BOOTSTRAP_ADMIN_PASSWORD": password,
            "JAVA_OPTS_KC_HEAP": "-Xms64m -Xmx512m",
        }


def find_identity_provider() -> IdentityProvider:
    """Return the server from the cache.

    Raises:
        ComponentUnavailable: It is not there, or there is no Java to run it.
    """
    folder = _folder()
    if not (folder / "prepared").is_file():
        raise ComponentUnavailable(f"Keycloak {VERSION}", [f"{folder}: not there"], f"Run `{COMMAND}` once.")
    _check_java()
    return IdentityProvider(folder=folder)


def obtain_identity_provider(report: Report = silent) -> IdentityProvider:
    """Return the server, fetched and prepared where it is missing.

    Raises:
        ComponentUnavailable: It could not be fetched, or there is no Java to run it.
    """
    _check_java()
    folder = _folder()
    with locked(folder.parent / ".keycloak.lock", report, "the preparation of Keycloak"):
        if not (folder / "prepared").is_file():
            report(f"fetching Keycloak {VERSION} (165 MB)")
            _prepare(folder, report)
    return IdentityProvider(folder=folder)


def _folder() -> Path:
    return cache_home() / "keycloak" / VERSION


def _prepare(folder: Path, report: Report) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    archive = folder.parent / f"keycloak-{VERSION}.zip"
    try:
        fetch(SOURCE, archive, sha256=SHA256)
    except FetchFailed as failure:
        remedy = "Maven Central must be reachable."
        raise ComponentUnavailable(f"Keycloak {VERSION}", [f"Maven Central: {failure}"], remedy) from None
    report("preparing Keycloak")
    with zipfile.ZipFile(archive) as members:
        members.extractall(folder.parent)
    (folder.parent / f"keycloak-{VERSION}").rename(folder)
    archive.unlink()
    program = folder / "bin" / "kc.sh"
    program.chmod(0o755)
    # What a first start would do each time anew.
    build = [str(program), "build", "--db=dev-file", "--cache=local"]
    done = subprocess.run(build, capture_output=True, text=True, timeout=BUILD_SECONDS, check=False)
    if done.returncode:
        said = (done.stdout + done.stderr).strip().rpartition("\n")[2]
        raise ComponentUnavailable(f"Keycloak {VERSION}", [f"kc.sh build: {said}"], "See what it says.")
    (folder / "prepared").touch()


def _check_java() -> None:
    try:
        answer = subprocess.run(["java", "-version"], capture_output=True, text=True, timeout=60, check=False)
        found = re.search(r'version "(\d+)', answer.stdout + answer.stderr)
    except OSError:
        found = None
    if found is None or int(found[1]) < JAVA:
        tried = [f"java on PATH: {f'version {found[1]}' if found else 'none'}"]
        raise ComponentUnavailable(f"Java {JAVA}", tried, f"Install Java {JAVA} or later, and put it on PATH.")
