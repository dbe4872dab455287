"""The escape hatch: values of the chart that no setting covers, laid over the platform's own.

Owns what may not pass: what the platform writes itself, and what would break isolation, the quota or the secrets, also
names at the top, which the chart's schema leaves open. The schema itself is the business of whoever has the chart.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from components.places import OWN_FOLDER, hides
from components.values.escape_rules import refuse_value

Path = tuple[str, ...]

ALLOWED_AT_THE_TOP = frozenset(
    {
        *("affinity", "airflowConfigAnnotations", "airflowLocalSettings", "airflowPodAnnotations", "apiServer"),
        *("config", "containerLifecycleHooks", "dagProcessor", "dags", "elasticsearch", "extraConfigMaps"),
        *("imagePullSecrets", "ingress", "logs", "migrateDatabaseJob", "nodeSelector", "opensearch"),
        *("redis", "registry", "revisionHistoryLimit", "scheduler", "schedulerName", "statsd"),
        *("tolerations", "topologySpreadConstraints", "triggerer", "volumeMounts", "volumes", "webserver", "workers"),
    }
)
"""Blocks of the chart that hold anything that may be changed."""
_THEIRS = frozenset({"airflowLocalSettings"})
"""Values in whose place a user may put others: the platform's are for who has none."""
RESERVED = {
    **dict.fromkeys(("resources", "replicas", "hpa", "keda", "sets", "strategy", "updateStrategy"), "the quota"),
    **dict.fromkeys(("extraContainers", "extraInitContainers", "extraPorts"), "the quota"),
    **dict.fromkeys(("persistence", "volumeClaimTemplates", "priorityClassName", "enabled"), "the quota"),
    **dict.fromkeys(("securityContext", "securityContexts", "networkPolicy", "serviceAccount"), "isolation"),
    **dict.fromkeys(("labels", "command", "args", "service", "hostNetwork", "runtimeClassName"), "isolation"),
    **dict.fromkeys(("apiServerConfig", "apiServerConfigConfigMapName"), "the sign-in"),
    **dict.fromkeys(("webserverConfig", "webserverConfigConfigMapName", "defaultUser"), "the sign-in"),
    **dict.fromkeys(("env", "extraEnv", "extraEnvFrom", "connection", "data", "password"), "the secrets"),
    **dict.fromkeys(("envFrom", "sshKey"), "the secrets"),
}
"""Keys that are the platform's at any depth, and what they would break."""
_IN_LISTS = {
    **dict.fromkeys(("secret", "secretKeyRef", "secretRef", "exec", "command"), "the secrets"),
    **dict.fromkeys(("hostPath", "hostPort", "serviceAccountToken", "projected", "csi"), "isolation"),
    "ephemeral": "the quota",
}
"""Keys within lists and probes, such as a volume's kind, that are the platform's, and what they would break."""
_PLACE = "mountPath"
_HIDES = f"would hide files that the platform keeps there. Choose a place outside of {OWN_FOLDER} and of what it is in"
_TEMPLATE = "{{"
"""Begins an action, and one of them reads any object of the cluster."""
_SECRET = re.compile(r"secret(name|key)?$|password|token|(ssh|private)_?key", re.IGNORECASE)
_FREE = frozenset(
    {"livenessProbe", "startupProbe", "readinessProbe", "podDisruptionBudget", "topologySpreadConstraints"}
)
"""Keys below which a user's value may stand in place of the platform's."""
_BY_NAME = frozenset(
    {"nodeSelector", "podAnnotations", "annotations", "airflowPodAnnotations", "data", "extraConfigMaps"}
)
"""Maps whose keys are names of the user's, not of the chart."""

INGRESS_ANNOTATIONS = frozenset(
    {
        *("affinity", "backend-protocol", "client-max-body-size", "limit-connections", "limit-rps", "proxy-body-size"),
        *("proxy-buffer-size", "proxy-connect-timeout", "proxy-read-timeout", "proxy-send-timeout", "ssl-redirect"),
    }
)
"""Names, without the controller's domain, of annotations that shape the deployment's own route and nothing else. Others
may write the configuration of a controller that all deployments share, such as nginx's snippets."""


def merged(values: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """Lay values over others, map by map; a list takes the place of a list."""
    both = dict(values)
    for key, value in over.items():
        below = both.get(key)
        both[key] = merged(below, value) if isinstance(below, Mapping) and isinstance(value, Mapping) else value
    return both


def refused_values(own: Mapping[str, Any], written: Mapping[str, Any]) -> Iterator[tuple[Path, str]]:
    """Yield what may not be written, as path and reason.

    Args:
        own: The platform's values of the same deployment.
        written: The user's.
    """
    for key, value in written.items():
        if key not in ALLOWED_AT_THE_TOP:
            yield (key,), "is not a block that may be changed here"
        elif key == "config":
            yield (key,), "are options of airflow.cfg. Write them under the setting `config`"
        else:
            yield from _refused(None if key in _THEIRS else own.get(key), value, (key,))
            if _TEMPLATE in repr(value):
                yield (key,), "hold a template, which Helm would run with the platform's rights. Write what it gives"


def _refused(own: Any, value: Any, path: Path) -> Iterator[tuple[Path, str]]:
    key = path[-1]
    if reason := refuse_value(path):
        yield path, reason
        return
    if path[:-1] and path[-2] in _BY_NAME:
        if path[0] == "ingress" and key.rpartition("/")[2] not in INGRESS_ANNOTATIONS:
            allowed = ", ".join(sorted(INGRESS_ANNOTATIONS))
            yield path, f"may change how others are served. Choose annotations that end in {allowed}"
        return
    if reason := _kept(key, value):
        yield path, reason
    elif key in _FREE or (isinstance(value, list) and own is None):
        yield from _refused_within(value, path)
    elif isinstance(value, Mapping) and (isinstance(own, Mapping) or own is None):
        for name, item in value.items():
            yield from _refused((own or {}).get(name), item, (*path, name))
    elif own is not None:
        yield path, "is set by the platform. Use the settings"


def _kept(key: str, value: Any) -> str | None:
    """Tell what a value would break by its own name; None where nothing."""
    if key in RESERVED:
        return f"would break {RESERVED[key]}, which the platform keeps. Use the settings"
    if key == _PLACE and hides(str(value), [OWN_FOLDER]):
        return _HIDES
    if _SECRET.search(key):
        return "would be stored in clear by Helm, or point away from the platform's Secrets. Use the settings"
    return None


def _refused_within(value: Any, path: Path) -> Iterator[tuple[Path, str]]:
    """Look into what has no value of the platform's to be compared with, such as the items of a list."""
    if isinstance(value, list):
        for number, item in enumerate(value):
            yield from _refused_within(item, (*path, str(number)))
    elif isinstance(value, Mapping):
        for name, item in value.items():
            where = (*path, name)
            if name in _IN_LISTS:
                yield where, f"would break {_IN_LISTS[name]}, which the platform keeps. Use the settings"
            elif name == _PLACE and hides(str(item), [OWN_FOLDER]):
                yield where, _HIDES
            elif reason := refuse_value(where):
                yield where, reason
            else:
                yield from _refused_within(item, where)
