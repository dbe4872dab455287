"""What would pass for harmless in values of the chart, and that Kubernetes or Helm would take in a way of their own."""

from collections.abc import Sequence

VOLUMES = frozenset({"configMap", "downwardAPI", "emptyDir", "persistentVolumeClaim"})
"""Kinds of volumes that Pod Security lets in, but those that would break isolation, the quota or the secrets."""
_UI = ("apiServer", "webserver")
_ANYWHERE = {
    "podManagementPolicy": (
        "cannot change once workers with a volume stand, and Kubernetes would refuse it half-way. Remove it"
    ),
    "terminationGracePeriodSeconds": "would keep pods that end in the quota for longer than is reserved. {grace}",
}
_LISTS_OF_VOLUMES = frozenset({"volumes", "extraVolumes"})


def refuse_value(path: Sequence[str]) -> str | None:
    """Tell why a value may not be written at all, and what to do instead; None where it may."""
    key = path[-1]
    if key.startswith("helm.sh/"):
        return "would make Helm run it after what waits for it, and wait for ever. Remove it"
    if key in _ANYWHERE:
        return _ANYWHERE[key].format(grace=_grace(path))
    if key == "service" and path[0] in _UI:
        return "would break isolation, which the platform keeps. Use the setting ui_service"
    if key == "podDisruptionBudget" and path[0] == "workers":
        return "would be a second one, with which Kubernetes evicts no worker. Remove it: several workers have one"
    is_kind = len(path) > 2 and path[-2].isdecimal() and path[-3] in _LISTS_OF_VOLUMES  # noqa: PLR2004
    if is_kind and key not in VOLUMES | {"name"}:
        return f"is a kind of volume that Pod Security refuses. Choose from {', '.join(sorted(VOLUMES))}"
    return None


def _grace(path: Sequence[str]) -> str:
    if path[0] != "workers":
        return "Remove it"
    return "Use `task_pod.grace_seconds`" if path[1] == "kubernetes" else "Use `grace_seconds` of a queue"
