"""Real servers for a session of tests: an identity provider, and Airflow as the platform configures it."""

import contextlib
import os
import secrets
import signal
import subprocess
import time
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from components import sign_in
from components.args import AirflowDeploymentArgs
from tools.airflow_releases import AirflowRelease
from tools.identity_provider import LOOPBACK, IdentityProvider

START_SECONDS = 400
_MOUNTS = "/etc/airspace"


@dataclass
class Server:
    """A process that answers at an address some time after its start."""

    address: str
    ready_path: str
    log: Path
    process: subprocess.Popen[bytes]

    @classmethod
    def started(
        cls, command: list[str], environment: Mapping[str, str], address: str, ready_path: str, log: Path
    ) -> "Server":
        with log.open("wb") as out:
            process = subprocess.Popen(
                command, env=dict(environment), stdout=out, stderr=subprocess.STDOUT, start_new_session=True
            )
        return cls(address=address, ready_path=ready_path, log=log, process=process)

    def wait(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            assert self.process.poll() is None, f"ended by itself: {self.log.read_text()[-3000:]}"
            try:
                with urllib.request.urlopen(self.address + self.ready_path, timeout=10):  # noqa: S310
                    return
            except OSError:
                time.sleep(0.5)
        raise AssertionError(f"does not answer: {self.log.read_text()[-3000:]}")

    def stop(self) -> None:
        """End it with all that it started; nothing that it keeps is needed any more."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(timeout=20)


def start_provider(provider: IdentityProvider, folder: Path, port: int, host: str = LOOPBACK) -> tuple[Server, str]:
    """Start an identity provider without users; its administrator's password comes with it."""
    password = secrets.token_urlsafe()
    address = f"http://{'localhost' if host == LOOPBACK else host}:{port}"
    command, environment = provider.command(port, folder, host), provider.environment(password)
    return Server.started(command, environment, address, "/realms/master", folder / "server.log"), password


@dataclass
class Airflow:
    """One Airflow's server of the UI, with the files that the platform mounts, in a folder in place of the pod."""

    release: AirflowRelease
    args: AirflowDeploymentArgs
    folder: Path
    port: int
    server: Server = field(init=False)

    @property
    def address(self) -> str:
        return f"http://localhost:{self.port}"

    @property
    def is_old(self) -> bool:
        return self.args.airflow_major == 2

    @property
    def forms(self) -> str:
        """Where Airflow's pages of sign-in and of users are."""
        return self.address if self.is_old else f"{self.address}/auth"

    @property
    def api(self) -> str:
        return f"{self.address}/api/{'v1' if self.is_old else 'v2'}"

    def start(
        self,
        secret_files: Mapping[str, str],
        prepare: Callable[[Path], None] = lambda _: None,
        variables: Mapping[str, str] | None = None,
    ) -> None:
        """Start it, with a database and with variables that are otherwise than the platform has them."""
        self.mount(sign_in.FOLDER, sign_in.config_map(self.args)["data"])
        self.mount(sign_in.SECRET_FOLDER, secret_files)
        self.let_in(self.args)
        home, database = self.folder / "home", self.folder / "home" / "airflow.db"
        home.mkdir(parents=True, exist_ok=True)
        database.write_bytes(self.release.database.read_bytes())
        prepare(database)
        kind, ready = ("webserver", "/health") if self.is_old else ("api-server", "/api/v2/version")
        host = "--hostname" if self.is_old else "--host"
        command = [str(self.release.program), kind, "--port", str(self.port), host, "127.0.0.1", "--workers", "1"]
        environment = {**self.release.environment(home), **self._options(), **(variables or {})}
        self.server = Server.started(command, environment, self.address, ready, self.folder / "server.log")

    def let_in(self, args: AirflowDeploymentArgs) -> None:
        """Change who has access, as Kubernetes changes a mounted ConfigMap."""
        self.mount(sign_in.ACCESS_FOLDER, sign_in.access_config_map(args)["data"])

    def mount(self, folder: str, files: Mapping[str, str]) -> None:
        place = Path(self._placed(folder))
        place.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            beside = place / f".{name}"
            beside.write_text(self._placed(content), encoding="utf-8")
            beside.replace(place / name)

    def _placed(self, text: str) -> str:
        return text.replace(_MOUNTS, str(self.folder))

    def _options(self) -> dict[str, str]:
        options: dict[str, Any] = sign_in.options(self.args)
        section = "WEBSERVER" if self.is_old else "API"
        return {
            **{one["name"]: self._placed(one["value"]) for one in sign_in.web_values(self.args)["env"]},
            **{
                f"AIRFLOW__{section}__{name}".upper(): str(value)
                for section, values in options.items()
                for name, value in values.items()
            },
            f"AIRFLOW__{section}__BASE_URL": self.address,
            f"AIRFLOW__{section}__SECRET_KEY": "k" * 40,
            "AIRFLOW__API_AUTH__JWT_SECRET": "j" * 64,
        }
