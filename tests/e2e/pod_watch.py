"""What became of pods that come and go faster than anybody asks: every state of them, and what they wrote."""

import contextlib
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

import urllib3
from kubernetes import client, watch

from tests.e2e.watching import Pod, killed_for_memory

TURN_SECONDS = 5
"""After so long the watch looks whether it is still wanted, and goes on where it was."""
_COLOURS = re.compile(r"\x1b\[[0-9;]*m")
_KILLED = re.compile(r"(code|signal)\W{0,4}(-9|137|sigkill)\b|out of memory", re.IGNORECASE)
_PASSING = (client.ApiException, urllib3.exceptions.HTTPError)


def tells_of_a_kill(log: str) -> bool:
    """Tell whether a log says that a process was killed: with older cgroups only the task's process is, not its pod."""
    return bool(_KILLED.search(_COLOURS.sub("", log)))


@dataclass
class PodWatch:
    """What was seen of the pods of a selector since the watch began."""

    core: client.CoreV1Api
    namespace: str
    selector: str
    states: dict[str, list[Pod]] = field(default_factory=dict)
    """Every state that was seen, by pod."""
    logs: dict[str, list[str]] = field(default_factory=dict)
    """What the first container wrote, line by line, by pod."""
    most: int = 0
    """Most pods at once that had not ended."""
    _threads: list[threading.Thread] = field(default_factory=list)
    _ended: threading.Event = field(default_factory=threading.Event)
    _watch: watch.Watch = field(default_factory=watch.Watch)

    @contextlib.contextmanager
    def watching(self) -> Iterator["PodWatch"]:
        """Watch as long as the block lasts."""
        self._begin(self._follow_pods)
        try:
            yield self
        finally:
            self._ended.set()
            for thread in self._threads:
                thread.join(2 * TURN_SECONDS)

    def killed(self) -> set[str]:
        """Return the tasks of which a process was killed for memory, by pod or by log."""
        names = {
            name
            for name, states in self.states.items()
            if any(map(killed_for_memory, states)) or tells_of_a_kill("\n".join(self.logs.get(name, [])))
        }
        return {self.states[name][-1]["metadata"]["labels"]["task_id"] for name in names}

    def note(self, pod: Pod, *, is_gone: bool = False) -> bool:
        """Note the state of a pod; tell whether its container runs for the first time."""
        name = pod["metadata"]["name"]
        self.states.setdefault(name, []).append(pod)
        if is_gone:
            pod.setdefault("status", {})["phase"] = "gone"
        unfinished = [one for one in self.states.values() if one[-1]["status"].get("phase") in {"Pending", "Running"}]
        self.most = max(self.most, len(unfinished))
        is_new = pod["status"].get("phase") == "Running" and name not in self.logs
        if is_new:
            self.logs[name] = []
        return is_new

    def _begin(self, what: object, *arguments: str) -> None:
        thread = threading.Thread(target=what, args=arguments, daemon=True)  # type: ignore[arg-type]
        self._threads.append(thread)
        thread.start()

    def _follow_pods(self) -> None:
        while not self._ended.is_set():
            try:
                for event in self._watch.stream(
                    self.core.list_namespaced_pod,
                    self.namespace,
                    label_selector=self.selector,
                    resource_version=self._watch.resource_version,
                    timeout_seconds=TURN_SECONDS,
                ):
                    pod = event["raw_object"]
                    if self.note(pod, is_gone=event["type"] == "DELETED"):
                        self._begin(self._follow_log, pod["metadata"]["name"], pod["spec"]["containers"][0]["name"])
            except _PASSING:
                self._watch.resource_version = None
                self._ended.wait(1)

    def _follow_log(self, pod: str, container: str) -> None:
        with contextlib.suppress(*_PASSING):
            answer = self.core.read_namespaced_pod_log(
                pod, self.namespace, container=container, follow=True, _preload_content=False
            )
            for line in answer:
                self.logs[pod].append(line.decode(errors="replace"))
            answer.release_conn()
