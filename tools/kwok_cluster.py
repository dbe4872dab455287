"""One cluster of kwokctl's binary runtime, in a folder of its own: configured, started, asked, ended."""

import contextlib
import http.client
import json
import os
import shutil
import ssl
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tools.binaries import FoundBinaries
from tools.ports import free_ports
from tools.processes import end_processes, forget_strangers, own_processes

PROGRAMS = ("etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kwok-controller")
PORTS = (
    "kubeApiserverPort",
    "etcdPort",
    "etcdPeerPort",
    "kubeControllerManagerPort",
    "kubeSchedulerPort",
    "kwokControllerPort",
)
SERVICE_ADDRESSES = "10.96.0.0/12"
"""kube-apiserver's own default has 254 addresses, fewer than a fleet has services."""
KWOKCTL_SECONDS = 45
"""It has started everything long before, and then waits two minutes for a server that may be dead already."""
ANSWER_SECONDS = 3


@dataclass(frozen=True)
class KwokCluster:
    """A cluster by its name in a kwokctl of its own; nothing outside its home is touched but a kubeconfig.

    The folder is also where its processes, ports and certificates are recorded.
    """

    home: Path
    """What kwokctl is told is the user's home: its work folder is `.kwok` in it."""
    name: str

    @property
    def folder(self) -> Path:
        """Everything of this cluster."""
        return self.home / ".kwok" / "clusters" / self.name

    @property
    def _port_record(self) -> Path:
        return self.folder / "apiserver.port"

    def create(self, binaries: FoundBinaries, kubeconfig: Path, attempt: int) -> str:
        """Make and start it on free ports; return what kwokctl said. Whether it runs is for `answers` to say."""
        self.home.mkdir(parents=True, exist_ok=True)
        kubeconfig.unlink(missing_ok=True)
        ports = dict(zip(PORTS, free_ports(len(PORTS), str(self.folder), attempt), strict=True))
        settings = self.home / f"{self.name}.json"
        settings.write_text(json.dumps(configuration(binaries, ports), indent=2), encoding="utf-8")
        said = self._kwokctl(
            binaries, "create", "cluster", "--config", str(settings), "--kubeconfig", str(kubeconfig)
        )  # fmt: skip
        if self.folder.is_dir():
            self._port_record.write_text(str(ports["kubeApiserverPort"]), encoding="utf-8")
        return said

    def start(self, binaries: FoundBinaries) -> str:
        """Start those of its processes that do not run; return what kwokctl said."""
        forget_strangers(self.folder)
        return self._kwokctl(binaries, "start", "cluster")

    def exists(self) -> bool:
        """Say whether it was made, running or not."""
        return self._port_record.is_file()

    def answers(self) -> bool:
        """Say whether all its processes run and its API server calls itself ready. Takes ANSWER_SECONDS at most."""
        if not self.exists() or self.missing():
            return False
        try:
            trust = ssl.create_default_context(cafile=str(self.folder / "pki" / "ca.crt"))
            port = int(self._port_record.read_text(encoding="utf-8"))
            connection = http.client.HTTPSConnection("127.0.0.1", port, timeout=ANSWER_SECONDS, context=trust)
            with contextlib.closing(connection):
                connection.request("GET", "/readyz")
                return connection.getresponse().status == http.HTTPStatus.OK
        except (OSError, ValueError, http.client.HTTPException):
            return False

    def destroy(self) -> list[str]:
        """End its processes and remove its folder; name the processes that could not be ended.

        Not through kwokctl: that kills whatever process has a recorded id by now, and needs its binary.
        """
        remaining = end_processes(self.folder)
        shutil.rmtree(self.folder, ignore_errors=True)
        (self.home / f"{self.name}.json").unlink(missing_ok=True)
        return remaining

    def missing(self) -> list[str]:
        """Name the programs that do not run."""
        running = own_processes(self.folder)
        return [name for name in PROGRAMS if name not in running]

    def complaints(self) -> list[str]:
        """Quote the last line of the log of each program that does not run."""
        return [f"{name}: {_last_line(self.folder / 'logs' / f'{name}.log')}" for name in self.missing()]

    def _kwokctl(self, binaries: FoundBinaries, *arguments: str) -> str:
        inherited = {key: value for key, value in os.environ.items() if not key.startswith(("KWOK_", "KUBE"))}
        environment = {
            **inherited,
            # Its own variable for the work folder is cut at the first space of a path.
            "HOME": str(self.home),
            # It runs the first kubectl on PATH, and downloads one when there is none.
            "PATH": f"{binaries.folder}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
        }
        command = [str(binaries.path("kwokctl")), *arguments, "--name", self.name]
        try:
            answer = subprocess.run(
                command, env=environment, timeout=KWOKCTL_SECONDS, check=False, cwd=self.home,
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            )  # fmt: skip
        except (OSError, subprocess.SubprocessError) as error:
            return f"kwokctl {arguments[0]}: {error}"
        return f"kwokctl {arguments[0]}: {_message(answer.stdout)}"


def _message(output: str) -> str:
    """Read what kwokctl said last: JSON where it does not write to a terminal."""
    line = (output.strip().splitlines() or ["said nothing"])[-1]
    try:
        said = json.loads(line)
        return " ".join(str(said[key]) for key in ("msg", "err") if key in said)
    except (ValueError, TypeError):
        return line


def configuration(binaries: FoundBinaries, ports: dict[str, int]) -> dict[str, Any]:
    """Say to kwokctl which programs to start, on which ports, and with what beside its own arguments."""
    options: dict[str, Any] = {
        "runtime": "binary",
        "bindAddress": "127.0.0.1",
        "securePort": True,
        "kubeAuthorization": True,
        "kubeAdmission": True,
        "disableQPSLimits": True,
        "etcdBinary": str(binaries.path("etcd")),
        "kubeApiserverBinary": str(binaries.path("kube-apiserver")),
        "kubeControllerManagerBinary": str(binaries.path("kube-controller-manager")),
        "kubeSchedulerBinary": str(binaries.path("kube-scheduler")),
        "kwokControllerBinary": str(binaries.path("kwok")),
        "kubectlBinary": str(binaries.path("kubectl")),
    }
    return {
        "apiVersion": "config.kwok.x-k8s.io/v1alpha1",
        "kind": "KwokctlConfiguration",
        "options": {**options, **ports},
        "componentsPatches": [
            _arguments("kube-apiserver", {"service-cluster-ip-range": SERVICE_ADDRESSES}),
            _arguments("kube-controller-manager", {"enable-hostpath-provisioner": "true"}),
            # What is lost with the machine's power is a simulation, made again by one command.
            _arguments("etcd", {"unsafe-no-fsync": "true"}),
        ],
    }


def _arguments(program: str, arguments: dict[str, str]) -> dict[str, Any]:
    return {"name": program, "extraArgs": [{"key": key, "value": value} for key, value in arguments.items()]}


def _last_line(path: Path) -> str:
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    except OSError:
        return "has no log"
    return lines[-1] if lines else "has an empty log"
