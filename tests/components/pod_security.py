"""The Pod Security level `restricted`, as rules over one pod."""

from typing import Any

VOLUME_TYPES = {
    "configMap",
    "csi",
    "downwardAPI",
    "emptyDir",
    "ephemeral",
    "persistentVolumeClaim",
    "projected",
    "secret",
}
PROFILES = {"RuntimeDefault", "Localhost"}


def violations(pod: dict[str, Any]) -> list[str]:
    """List what the level `restricted` refuses in a pod."""
    spec = pod["spec"]
    found = [f"pod: {field}" for field in ("hostNetwork", "hostPID", "hostIPC") if spec.get(field)]
    found += [
        f"volume {volume['name']}: {kind}"
        for volume in spec.get("volumes", [])
        for kind in volume
        if kind != "name" and kind not in VOLUME_TYPES
    ]
    context = spec.get("securityContext") or {}
    found += [f"pod: {complaint}" for complaint in _identity(context, inherited={}) if complaint != "runAsNonRoot"]
    for container in (*(spec.get("initContainers") or []), *spec["containers"]):
        own = container.get("securityContext") or {}
        found += [f"{container['name']}: {complaint}" for complaint in _container(container, own, context)]
    return found


def _identity(own: dict[str, Any], inherited: dict[str, Any]) -> list[str]:
    found = []
    if not own.get("runAsNonRoot", inherited.get("runAsNonRoot")):
        found.append("runAsNonRoot")
    if own.get("runAsUser") == 0:
        found.append("runAsUser 0")
    if own.get("sysctls"):
        found.append("sysctls")
    return found


def _container(container: dict[str, Any], own: dict[str, Any], pod: dict[str, Any]) -> list[str]:
    found = _identity(own, pod)
    profile = (own.get("seccompProfile") or pod.get("seccompProfile") or {}).get("type")
    if profile not in PROFILES:
        found.append(f"seccompProfile {profile}")
    if own.get("allowPrivilegeEscalation") is not False:
        found.append("allowPrivilegeEscalation")
    if own.get("privileged"):
        found.append("privileged")
    if own.get("procMount", "Default") != "Default":
        found.append("procMount")
    capabilities = own.get("capabilities") or {}
    if "ALL" not in capabilities.get("drop", []):
        found.append("capabilities not dropped")
    if set(capabilities.get("add", [])) - {"NET_BIND_SERVICE"}:
        found.append("capabilities added")
    if any(port.get("hostPort") for port in container.get("ports", [])):
        found.append("hostPort")
    return found
