"""Find the real Pulumi engine, or get it with the official installer.

The only module here that imports the SDK. It never runs a deployment.
"""

import importlib.metadata
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from pulumi.automation import PulumiCommand
from semver import VersionInfo

from tools.errors import ComponentUnavailable
from tools.homes import Report, cache_home, locked, silent
from tools.network import unreachable

MINIMUM_VERSION = VersionInfo(3, 219, 0)
INSTALLER = "https://get.pulumi.com"
LANGUAGE_HOST = "pulumi-language-python"
KUBERNETES_PLUGIN = "pulumi-resource-kubernetes"


@dataclass(frozen=True, kw_only=True)
class Engine:
    """A Pulumi engine that answered with its version."""

    command: PulumiCommand
    """What the Automation API takes as `pulumi_command`; its `command` is an absolute path."""
    version: str
    origin: str
    """Where it was found, for the reader."""
    notes: tuple[str, ...] = ()
    """One line for each source passed over, with the reason."""

    @property
    def executable(self) -> Path:
        """The `pulumi` executable; its folder also holds, or PATH names, the Python language host."""
        return Path(self.command.command)


def sdk_version() -> VersionInfo:
    """Read the version of the SDK that is installed, which is the one the lock names."""
    return VersionInfo.parse(importlib.metadata.version("pulumi"))


def find_engine(report: Report = silent) -> Engine:
    """Find an engine on PATH, else in the cache, else install the SDK's own version there.

    Raises:
        ComponentUnavailable: None of the three gave an engine; an unreachable installer is given up within seconds.
    """
    notes: list[str] = []
    home = cache_home() / "pulumi" / str(sdk_version())
    on_path = shutil.which("pulumi")
    if on_path is None:
        notes.append("PATH: no pulumi there")
    for executable, origin in ((on_path, "PATH"), (home / "bin" / "pulumi", "cache")):
        if executable and (engine := _accept(Path(executable), origin, notes)):
            return engine
    if engine := _install(home, notes, report):
        return engine
    remedy = f"Install Pulumi {MINIMUM_VERSION} or later (with {LANGUAGE_HOST}) and put its bin folder on PATH."
    raise ComponentUnavailable(f"Pulumi engine {sdk_version()}", notes, remedy)


def find_kubernetes_plugin(version: str | None = None) -> Path | None:
    """Find the Kubernetes provider plugin on PATH or under PULUMI_HOME; None means that the engine downloads it.

    Args:
        version: Only this one counts under PULUMI_HOME, such as `4.32.0`; on PATH any does, as for the engine.
    """
    if on_path := shutil.which(KUBERNETES_PLUGIN):
        return Path(on_path)
    plugins = Path(os.environ.get("PULUMI_HOME") or Path.home() / ".pulumi") / "plugins"
    wanted = f"resource-kubernetes-v{version or '*'}/{KUBERNETES_PLUGIN}"
    return next((path for path in sorted(plugins.glob(wanted), reverse=True) if os.access(path, os.X_OK)), None)


def _accept(executable: Path, origin: str, notes: list[str]) -> Engine | None:
    """Return the engine when it runs, is new enough and has its language host; else note why not."""
    place = f"{origin}: {executable}"
    if not executable.exists():
        notes.append(f"{place}: not there")
        return None
    root = None if origin == "PATH" else str(executable.parent.parent)
    try:
        command = PulumiCommand(root=root, skip_version_check=True)
    except (OSError, subprocess.SubprocessError) as error:
        notes.append(f"{place}: does not run ({error})")
        return None
    command.command = str(executable)  # the SDK keeps the bare name, which a later change of PATH would redirect
    if problem := _problem(executable, command.version):
        notes.append(f"{place}: {problem}")
        return None
    return Engine(command=command, version=str(command.version), origin=place, notes=tuple(notes))


def _problem(executable: Path, version: VersionInfo | None) -> str | None:
    if version is None:
        return "does not say a version that can be read"
    if version < MINIMUM_VERSION:
        return f"is {version}, but {MINIMUM_VERSION} or later is needed"
    if version.major != sdk_version().major:
        return f"is {version}, but the SDK speaks major version {sdk_version().major}"
    beside = {executable.parent, executable.resolve().parent}
    if not any((folder / LANGUAGE_HOST).exists() for folder in beside) and not shutil.which(LANGUAGE_HOST):
        return f"{LANGUAGE_HOST} is neither beside it nor on PATH"
    return None


def _install(home: Path, notes: list[str], report: Report) -> Engine | None:
    """Run the official installer through the SDK into a temporary folder, then rename it."""
    place = f"installer: {INSTALLER}"
    if reason := unreachable(INSTALLER):
        notes.append(f"{place}: {reason}")
        return None
    with locked(home.with_name(f"{home.name}.lock"), report, "another checkout that installs the Pulumi engine"):
        if engine := _accept(home / "bin" / "pulumi", "cache", []):
            return engine
        report(f"installing the Pulumi engine {sdk_version()} from {INSTALLER}")
        partial = home.with_name(f"{home.name}.partial")
        shutil.rmtree(partial, ignore_errors=True)
        try:
            PulumiCommand.install(root=str(partial), version=sdk_version(), skip_version_check=True)
        except (OSError, subprocess.SubprocessError) as error:
            notes.append(f"{place}: {_last_line(error)}")
            return None
        shutil.rmtree(home, ignore_errors=True)
        partial.rename(home)
    return _accept(home / "bin" / "pulumi", place, notes)


def _last_line(error: Exception) -> str:
    output = getattr(error, "output", None)
    text = output.decode(errors="replace") if isinstance(output, bytes) else str(error)
    return (text.strip().splitlines() or [type(error).__name__])[-1]
