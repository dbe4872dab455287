"""The environment of the suite on the real cluster: brought up by the real engine, watched while it comes."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kubernetes import client
from urllib3.exceptions import HTTPError

from stacks.project import PROJECT_ROOT
from tests.e2e import declared
from tests.e2e.airflow_api import Airflow
from tests.e2e.cluster import BrokenError, RealCluster
from tests.e2e.report import Report
from tests.e2e.where import Where

UP_SECONDS = 900
LOOK_SECONDS = 3
ENDING_SECONDS = 60
MEASURE_SECONDS = 20
RELEASE_SECRET = "`sh.helm.release` Secret"
"""What the error of a run says to delete, where Helm was interrupted."""

Settings = Mapping[str, Any]


class RunError(AssertionError):
    """The engine reported errors, or what it made will never come up."""


@dataclass
class Platform:
    """What stands, and the way to change it."""

    where: Where
    cluster: RealCluster
    home: Path
    report: Report
    stands: dict[str, Settings] = field(default_factory=dict)
    overlay: Settings = field(default_factory=dict)
    """What is laid over the sections of the environment from the next `up` on."""
    _stood: Settings = field(default_factory=dict)
    """The overlay of the last `up`."""
    _is_sure: bool = True
    """Whether that has come up: a run that failed may have changed a part of it."""
    _failures: dict[str, RunError] = field(default_factory=dict)
    _airflows: dict[str, Airflow] = field(default_factory=dict)
    _measured: float = 0
    """When memory was measured last."""

    def __post_init__(self) -> None:
        self.cluster.on_look = self._measure_now_and_then

    def ensure(self, name: str, *, beside: Sequence[str] = (), **settings: Any) -> Airflow:
        """Have a deployment running with its own settings and these; one `up` where it does not yet.

        Args:
            name: Of the deployment.
            beside: Others that must run as well, as they are by themselves.
            settings: Laid over its own.
        """
        others = {one: self._settings(one) for one in beside}
        wanted = {**self.stands, **others, name: {**self._settings(name), **settings}}
        if not self.cluster.is_roomy:
            asleep = [one for one in wanted if one != name and one not in beside]
            wanted |= {one: {**wanted[one], "state": "hibernated"} for one in asleep}
        if not self._is_sure or (wanted, self.overlay) != (self.stands, self._stood):
            self.bring(wanted, f"{name}: {_difference(self.stands.get(name), wanted[name])}")
        return self.airflow(name)

    def _settings(self, name: str) -> Settings:
        """Return a deployment's own settings, with what can never be taken back."""
        keys = self.stands.get(name, {}).get("keys")
        return {**declared.DEPLOYMENTS[name], **({"keys": keys} if keys else {})}

    def running(self, name: str) -> Airflow:
        """Have a deployment running, as it stands where it does."""
        stands = self.stands.get(name)
        return self.airflow(name) if stands and "state" not in stands else self.ensure(name)

    def airflow(self, name: str) -> Airflow:
        """Return the deployment's Airflow; whoever asks it stays signed in over changes."""
        version = str(self.stands[name].get("airflow_version", "3"))
        made = self._airflows.setdefault(
            name, Airflow(self.cluster, declared.namespace(name), major=3, user=declared.admin(name))
        )
        if made.major != int(version.partition(".")[0]):
            made.move_to(int(version.partition(".")[0]))
        return made

    def bring(self, wanted: Mapping[str, Settings], what: str) -> dict[str, Any]:
        """Make it so by one `up`.

        Args:
            wanted: Settings of all deployments by name.
            what: Says in the report what changes.

        Raises:
            RunError: It did not come up; asked for the same again it says the same, until something else came up.
        """
        key = json.dumps([wanted, self.overlay], sort_keys=True)
        if key in self._failures:
            raise self._failures[key]
        started = time.monotonic()
        self._is_sure = False
        self._remember()
        try:
            answer = self._up(wanted)
        except RunError as error:
            self._failures[key] = error
            self.report.runs.append((what, time.monotonic() - started, str(error).splitlines()[0]))
            raise
        self._stand(wanted)
        changes = [f"{count} {kind}" for kind, count in sorted(answer["changes"].items())]
        changes += [f"after pending {name} was deleted" for name in answer["deleted"]]
        self.report.runs.append((what, time.monotonic() - started, ", ".join(changes)))
        return answer

    def _up(self, wanted: Mapping[str, Settings]) -> dict[str, Any]:
        """Run `up`, and once more after the remedy where the error names one for a release that was left pending."""
        self.cluster.forget_troubles()
        try:
            return {**self._watched(self.start("up", wanted)), "deleted": []}
        except RunError as error:
            if RELEASE_SECRET not in str(error):
                raise
            deleted = self.cluster.delete_pending_releases()
            if not deleted:
                raise
        return {**self._watched(self.start("up", wanted)), "deleted": deleted}

    def start(self, operation: str, wanted: Mapping[str, Settings]) -> "subprocess.Popen[str]":
        """Start a run of the engine in a process group of its own."""
        request = {
            "name": declared.NAME,
            "operation": operation,
            "sections": declared.sections(self.where, wanted, api_ports=self.cluster.api_ports(), overlay=self.overlay),
            "secrets": declared.SECRETS,
            "home": str(self.home),
        }
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.e2e.engine_run"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=PROJECT_ROOT,
            env=self.where.variables(),
            start_new_session=True,
        )
        assert process.stdin
        process.stdin.write(json.dumps(request))
        process.stdin.close()
        process.stdin = None
        return process

    def finish(self, process: "subprocess.Popen[str]", look: Callable[[], None] = lambda: None) -> dict[str, Any]:
        """Wait for a run, look at the cluster meanwhile, and return what it says."""
        started = time.monotonic()
        while process.poll() is None:
            try:
                process.wait(LOOK_SECONDS)
            except subprocess.TimeoutExpired:
                look()
                assert time.monotonic() - started < UP_SECONDS, f"the engine did not end in {UP_SECONDS} s"
        out, errors = process.communicate()
        if process.returncode:
            raise RunError(errors.strip()[-2000:])
        answer: dict[str, Any] = json.loads(out)
        if "error" in answer:
            raise RunError(answer["error"])
        return answer

    def destroy(self) -> dict[str, Any]:
        """Remove the environment with everything in it."""
        answer = self._watched(self.start("destroy", self.stands), look=False)
        self.overlay = {}
        self._stand({})
        return answer

    def take_up(self) -> bool:
        """Go on from what an earlier run has kept, if one has."""
        if not self._memory.is_file():
            return False
        kept = json.loads(self._memory.read_text(encoding="utf-8"))
        self.stands, self._stood, self._is_sure = kept["stands"], kept["overlay"], kept.get("is_sure", False)
        return bool(self.stands)

    def _stand(self, stands: Mapping[str, Settings]) -> None:
        self.stands, self._stood, self._is_sure = dict(stands), self.overlay, True
        self._failures.clear()
        self._remember()

    def _remember(self) -> None:
        self.home.mkdir(parents=True, exist_ok=True)
        kept = {"stands": self.stands, "overlay": self._stood, "is_sure": self._is_sure}
        self._memory.write_text(json.dumps(kept), encoding="utf-8")

    @property
    def _memory(self) -> Path:
        return self.home / "stands.json"

    def cancel(self) -> None:
        """Release what a run that was killed holds, if anything."""
        with contextlib.suppress(RunError):
            self.finish(self.start("cancel", self.stands))

    def measure(self) -> None:
        """Note the memory in use by each component of each deployment beside what is reserved for it."""
        self._measured = time.monotonic()
        deployments = {declared.namespace(name): name for name in declared.DEPLOYMENTS}
        pods = {
            (namespace, pod["metadata"]["name"]): pod
            for namespace in deployments
            for pod in self.cluster.pods(namespace)
            if pod["metadata"].get("labels", {}).get("dag_id") != declared.EATER
        }
        for namespace, pod_name, container, used in self.cluster.working_sets(set(deployments)):
            if pod := pods.get((namespace, pod_name)):
                self.report.note_memory(deployments[namespace], pod, container, used)

    def _measure_now_and_then(self) -> None:
        """Measure whenever somebody looks, but not each time: what runs shortly, such as a migration, is seen too."""
        if time.monotonic() - self._measured > MEASURE_SECONDS:
            # A node that restarts has no numbers for a while.
            with contextlib.suppress(client.ApiException, HTTPError):
                self.measure()

    def _watched(self, process: "subprocess.Popen[str]", *, look: bool = True) -> dict[str, Any]:
        try:
            return self.finish(process, self.cluster.look if look else lambda: None)
        except (BrokenError, AssertionError) as error:
            raise RunError(str(error)) from None
        finally:  # also where the suite itself is ended from outside
            if process.poll() is None:
                end(process)
                self.cancel()


def end(process: "subprocess.Popen[str]", *, at_once: bool = False) -> None:
    """End a run with all its processes: in order, as by Ctrl-C, or at once."""
    os.killpg(process.pid, signal.SIGKILL if at_once else signal.SIGTERM)
    process.communicate()
    until = time.monotonic() + ENDING_SECONDS
    # The engine goes on for a while after the process that has started it.
    while _is_alive(process.pid):
        if time.monotonic() > until:
            os.killpg(process.pid, signal.SIGKILL)
        time.sleep(LOOK_SECONDS / 10)


def _is_alive(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


def _difference(before: Settings | None, after: Settings) -> str:
    if before is None:
        return "made"
    keys = [key for key in {**before, **after} if before.get(key) != after.get(key)]
    return ", ".join(f"{key} {_short(after.get(key))}" for key in sorted(keys)) or "others changed"


def _short(value: Any) -> str:
    if value is None:
        return "as by default"
    return str(value.get("type", "changed")) if isinstance(value, Mapping) else str(value)
