"""Says early what will never come up by itself: of pods as the API server returns them, in plain data."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

Pod = dict[str, Any]

HOPELESS = {
    "InvalidImageName": 0,
    "ErrImageNeverPull": 0,
    "CreateContainerError": 30,
    # Kubernetes tries again by itself: a Secret may come later than the pod, a registry may hiccup.
    "CreateContainerConfigError": 60,
    "RunContainerError": 60,
    "ImagePullBackOff": 90,
}
"""Reasons for which a container waits, and the seconds after which that is given up."""
UNSCHEDULABLE_SECONDS = 120
CRASHES = 3
"""Restarts of one container that are a crash loop."""


def trouble(
    pod: Pod,
    now: datetime,
    *,
    before: Mapping[str, int] | None = None,
    unschedulable_seconds: float = UNSCHEDULABLE_SECONDS,
) -> str | None:
    """Tell what keeps a pod from ever running; None where there is hope.

    Args:
        pod: As it is.
        now: Time on the cluster's clock.
        before: Restarts of its containers that do not count any more.
        unschedulable_seconds: How long it may be on no node.
    """
    age_seconds = (now - _time(pod["metadata"]["creationTimestamp"])).total_seconds()
    return next(_troubles(pod, age_seconds, before or {}, unschedulable_seconds), None)


def _troubles(pod: Pod, age_seconds: float, before: Mapping[str, int], unschedulable_seconds: float) -> Iterator[str]:
    status = pod.get("status", {})
    for one in status.get("conditions") or []:
        if one["type"] == "PodScheduled" and one["status"] == "False" and age_seconds > unschedulable_seconds:
            yield f"is on no node after {age_seconds:.0f} s: {one.get('message', '')}"
    for one in _containers(pod):
        waiting = (one.get("state") or {}).get("waiting") or {}
        reason = waiting.get("reason")
        if reason in HOPELESS and age_seconds > HOPELESS[reason]:
            yield f"{one['name']} waits: {reason}: {waiting.get('message', '')}"
        crashes = one.get("restartCount", 0) - before.get(one["name"], 0)
        if reason == "CrashLoopBackOff" and crashes >= CRASHES:
            yield f"{one['name']} crashed {crashes} times{_last_end(one)}"


def _containers(pod: Pod) -> list[dict[str, Any]]:
    status = pod.get("status", {})
    return [*(status.get("initContainerStatuses") or []), *(status.get("containerStatuses") or [])]


def _last_end(status: dict[str, Any]) -> str:
    ended = (status.get("lastState") or {}).get("terminated")
    return f", last with {ended.get('reason')} ({ended.get('exitCode')})" if ended else ""


def queue(worker: Pod) -> str:
    """Name the queue of a worker's pod: the chart labels every set of workers but the one called `default`."""
    return str(worker["metadata"]["labels"].get("worker-set", "default"))


def is_ready(pod: Pod) -> bool:
    conditions = pod.get("status", {}).get("conditions") or []
    return any(one["type"] == "Ready" and one["status"] == "True" for one in conditions)


def restarts(pod: Pod) -> dict[str, int]:
    """Count the restarts of a pod's containers by name."""
    return {one["name"]: one.get("restartCount", 0) for one in _containers(pod)}


def killed_for_memory(pod: Pod) -> bool:
    """Tell whether a container of the pod was killed because it used more memory than it may."""
    found = pod.get("status", {}).get("containerStatuses") or []
    ends = [(one.get(state) or {}).get("terminated") or {} for one in found for state in ("state", "lastState")]
    return any(one.get("reason") == "OOMKilled" for one in ends)


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)
