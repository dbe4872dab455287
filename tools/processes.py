"""Know one's own processes from strangers that were given a recorded process id later."""

import contextlib
import os
import signal
import subprocess
import time
from pathlib import Path

END_SECONDS = 10.0


def command_path(pid: int) -> Path | None:
    """Read the path that a live process was started as; None when it is gone, a zombie or not readable."""
    if Path("/proc/self/cmdline").exists():
        try:
            first = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0", 1)[0]
        except OSError:
            return None
    else:
        answer = subprocess.run(["ps", "-o", "command=", "-p", str(pid)], capture_output=True, check=False)
        first = answer.stdout.strip()
    return Path(os.fsdecode(first)) if first else None


def own_processes(cluster: Path) -> dict[str, int]:
    """Map the name of each program of a cluster folder that runs now to its process id.

    kwokctl records ids in `pids/` and starts programs as `<cluster>/bin/<name>`. After a restart of the machine a
    recorded id may be a stranger's, and in a copied checkout it is the original's: those are left out. In a checkout
    that was moved, the path that they were started as is gone: those count.
    """
    found = {}
    for record in sorted((cluster / "pids").glob("*.pid")):
        text = record.read_text(encoding="utf-8").strip()
        started_as = command_path(int(text)) if text.isdecimal() else None
        if started_as and _is_own(str(started_as), cluster, record.stem):
            found[record.stem] = int(text)
    return found


def _is_own(started_as: str, cluster: Path, name: str) -> bool:
    program = str(cluster / "bin" / name)
    if started_as == program or started_as.startswith(f"{program} "):
        return True
    place = started_as.partition(f"/clusters/{cluster.name}/bin/{name}")
    return bool(place[1]) and not os.path.lexists(place[0] + place[1])


def forget_strangers(cluster: Path) -> None:
    """Remove the recorded ids that are not the cluster's own, so that kwokctl neither trusts nor kills them."""
    own = own_processes(cluster)
    for record in (cluster / "pids").glob("*.pid"):
        if record.stem not in own:
            record.unlink(missing_ok=True)


def end_processes(cluster: Path) -> list[str]:
    """Kill a cluster's own processes and wait until they are gone, at most END_SECONDS; name those that remain."""
    for pid in own_processes(cluster).values():
        with contextlib.suppress(OSError):
            os.kill(pid, signal.SIGKILL)
    deadline = time.monotonic() + END_SECONDS
    while (remaining := own_processes(cluster)) and time.monotonic() < deadline:
        time.sleep(0.05)
    return sorted(remaining)
