"""The real Kubernetes control plane of one checkout: started, reused, deleted; nodes and pods are simulated.

API server, controllers, scheduler and etcd are the real programs; kwok plays the nodes, so that pods become ready and
jobs complete without a container. Refuses to know what is deployed on it, and never touches the user's own kubeconfig.

`python -m tools.control_plane up|down|status` does it by hand.
"""

import contextlib
import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tools.binaries import FoundBinaries, ensure_binaries, find_binaries
from tools.cluster_objects import HOST_PATHS, cluster_objects
from tools.errors import ComponentUnavailable
from tools.homes import Report, locked, project_root, silent, state_home
from tools.kwok_cluster import KwokCluster
from tools.pins import CONTROL_PLANE

READY_SECONDS = 60.0
DIED_SECONDS = 3.0
ATTEMPTS = 2
KUBECTL_SECONDS = 60


@dataclass(frozen=True)
class ControlPlane:
    """A control plane that belongs to one checkout and is reached only through its own kubeconfig."""

    root: Path = field(default_factory=project_root)
    """The checkout; its path decides the name, so that several do not meet."""

    @property
    def name(self) -> str:
        """Name the cluster in kwokctl: 8 hexadecimal digits of the checkout's path."""
        return f"airspace-{hashlib.sha256(str(self.root.resolve()).encode()).hexdigest()[:8]}"

    @property
    def context(self) -> str:
        """Name the only context in the kubeconfig."""
        return f"kwok-{self.name}"

    @property
    def kubeconfig(self) -> Path:
        """Name the kubeconfig; it is there between ensure() and delete()."""
        return state_home(self.root) / "kubeconfig"

    def identity(self) -> str:
        """Tell this cluster from one that was made anew in its place: each has certificates of its own."""
        return hashlib.sha256(self.kubeconfig.read_bytes()).hexdigest()

    def is_running(self) -> bool:
        """Say whether it was prepared, all its processes run and its API server is ready. Takes milliseconds."""
        return self._prepared.is_file() and self.kubeconfig.is_file() and self._cluster.answers()

    def ensure(self, report: Report = silent) -> Path:
        """Reuse it when it runs, start it again when its processes died, else make it; return its kubeconfig.

        One command of a checkout does this at a time. A running one is reused whatever binaries it was started with.

        Raises:
            ComponentUnavailable: No binaries, or it did not become ready within READY_SECONDS, twice.
        """
        if self.is_running():
            return self.kubeconfig
        with self._locked(report):
            if not self.is_running():
                binaries = ensure_binaries(CONTROL_PLANE, report)
                if not self._revive(binaries, report):
                    self._create(binaries, report)
                self._prepare(binaries, report)
        return self.kubeconfig

    def delete(self, report: Report = silent) -> None:
        """End it with everything on it: its processes, its folders, its kubeconfig. Does nothing when there is none.

        Raises:
            ComponentUnavailable: A process could not be ended.
        """
        with self._locked(report):
            volumes = self._volume_folders()
            remaining = [name for cluster in self._clusters() for name in cluster.destroy()]
            for folder in volumes:
                shutil.rmtree(folder, ignore_errors=True)
            self.kubeconfig.unlink(missing_ok=True)
            shutil.rmtree(self._home, ignore_errors=True)
        if remaining:
            lines = [f"ending {name}: it still runs" for name in remaining]
            raise ComponentUnavailable(f"Clean end of {self.name}", lines, "End these processes by hand.")

    @property
    def _home(self) -> Path:
        return state_home(self.root) / "kwok"

    @property
    def _cluster(self) -> KwokCluster:
        return KwokCluster(self._home, self.name)

    @property
    def _prepared(self) -> Path:
        return self._cluster.folder / "prepared"

    def _clusters(self) -> list[KwokCluster]:
        """List the cluster of this checkout, and those it had under paths where it was before it was moved."""
        names = {path.name for path in (self._home / ".kwok" / "clusters").glob("*") if path.is_dir()}
        return [KwokCluster(self._home, name) for name in sorted({*names, self.name})]

    def _locked(self, report: Report) -> contextlib.AbstractContextManager[None]:
        lock = state_home(self.root) / "control-plane.lock"
        return locked(lock, report, "another command of this checkout that works on its control plane")

    def _revive(self, binaries: FoundBinaries, report: Report) -> bool:
        """Start what died, as after a restart of the machine, with everything that was on it."""
        if not self._cluster.exists() or not self.kubeconfig.is_file():
            return False
        report("starting the control plane again")
        self._cluster.start(binaries)
        if self._wait_until_ready():
            return True
        report("it does not come up again; making a new one, without what was on it")
        return False

    def _create(self, binaries: FoundBinaries, report: Report) -> None:
        tried = []
        for attempt in range(ATTEMPTS):
            for cluster in self._clusters():
                cluster.destroy()
            report("starting the control plane")
            said = self._cluster.create(binaries, self.kubeconfig, attempt)
            if self._wait_until_ready():
                return
            tried += [said, *self._cluster.complaints()]
            self._cluster.destroy()
        raise ComponentUnavailable(
            CONTROL_PLANE.label, tried, "Free memory or disk space, or look at what the lines above say."
        )

    def _wait_until_ready(self) -> bool:
        started = time.monotonic()
        while not self._cluster.answers():
            waited = time.monotonic() - started
            # kwokctl has started them all before this, so one that is missing has died.
            if waited > READY_SECONDS or (waited > DIED_SECONDS and self._cluster.missing()):
                return False
            time.sleep(0.1)
        return True

    def _prepare(self, binaries: FoundBinaries, report: Report) -> None:
        """Give it its nodes and its storage class; after this it counts as running."""
        report("adding the simulated nodes")
        _share_host_paths()
        try:
            self._kubectl(binaries, "apply", "-f", "-", text=json.dumps(cluster_objects()))
            self._kubectl(binaries, "wait", "node", "--all", "--for=condition=Ready", "--timeout=30s")
        except subprocess.SubprocessError as error:
            said = getattr(error, "stderr", None) or str(error)
            tried = [f"adding its nodes: {str(said).strip()}"]
            raise ComponentUnavailable(CONTROL_PLANE.label, tried, "Run: python -m tools.control_plane down") from None
        self._prepared.touch()

    def _kubectl(self, binaries: FoundBinaries, *arguments: str, text: str | None = None) -> str:
        cache = self._cluster.folder / "kubectl-cache"
        command = [str(binaries.path("kubectl")), f"--kubeconfig={self.kubeconfig}", f"--cache-dir={cache}", *arguments]
        answer = subprocess.run(
            command, input=text or "", capture_output=True, text=True, timeout=KUBECTL_SECONDS, check=True
        )
        return answer.stdout

    def _volume_folders(self) -> list[Path]:
        """List the folders that the provisioner made for volumes that are still there."""
        binaries = find_binaries(CONTROL_PLANE)
        if binaries is None or not self.is_running():
            return []
        query = "jsonpath={range .items[*]}{.spec.hostPath.path}{'\\n'}{end}"
        with contextlib.suppress(subprocess.SubprocessError):
            found = self._kubectl(binaries, "get", "persistentvolumes", "-o", query).split()
            return [Path(path) for path in found if Path(path).parent == Path(HOST_PATHS)]
        return []


def _share_host_paths() -> None:
    """Let other users of the machine have volumes too: the provisioner would make this folder for one user only."""
    with contextlib.suppress(OSError):
        Path(HOST_PATHS).mkdir(exist_ok=True)
        if Path(HOST_PATHS).stat().st_uid == os.getuid():
            Path(HOST_PATHS).chmod(0o1777)


def main(arguments: Sequence[str]) -> int:
    """Run `up`, `down` or `status`; return the exit code: 0 done or running, 1 failed or not running, 2 misuse."""
    from tools.progress import Progress

    plane = ControlPlane()
    if list(arguments) == ["status"]:
        running = plane.is_running()
        print(f"{plane.name}: running, kubeconfig {plane.kubeconfig}" if running else f"{plane.name}: not running")
        return 0 if running else 1
    if list(arguments) not in (["up"], ["down"]):
        print("usage: python -m tools.control_plane up|down|status", file=sys.stderr)
        return 2
    try:
        with Progress() as progress, progress.phase("control plane") as report:
            if arguments[0] == "up":
                plane.ensure(report)
            else:
                plane.delete(report)
    except ComponentUnavailable as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
