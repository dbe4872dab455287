"""The checker itself: each rule has been seen to refuse."""

import copy
from typing import Any

import pytest

from tests.components.pod_security import violations

COMPLIANT: dict[str, Any] = {
    "spec": {
        "securityContext": {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}},
        "volumes": [{"name": "data", "emptyDir": {}}],
        "containers": [
            {
                "name": "main",
                "securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}},
            }
        ],
    }
}


def _tampered(path: tuple[str | int, ...], value: Any) -> dict[str, Any]:
    pod = copy.deepcopy(COMPLIANT)
    place: Any = pod
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    return pod


def test_a_compliant_pod_has_no_violation():
    assert violations(COMPLIANT) == []


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("spec", "hostNetwork"), True),
        (("spec", "hostPID"), True),
        (("spec", "hostIPC"), True),
        (("spec", "volumes"), [{"name": "host", "hostPath": {"path": "/"}}]),
        (("spec", "securityContext", "runAsNonRoot"), False),
        (("spec", "securityContext", "runAsUser"), 0),
        (("spec", "securityContext", "sysctls"), [{"name": "kernel.msgmax", "value": "1"}]),
        (("spec", "securityContext", "seccompProfile"), {"type": "Unconfined"}),
        (("spec", "containers", 0, "securityContext", "runAsUser"), 0),
        (("spec", "containers", 0, "securityContext", "runAsNonRoot"), False),
        (("spec", "containers", 0, "securityContext", "privileged"), True),
        (("spec", "containers", 0, "securityContext", "procMount"), "Unmasked"),
        (("spec", "containers", 0, "securityContext", "allowPrivilegeEscalation"), None),
        (("spec", "containers", 0, "securityContext", "capabilities"), {"drop": ["NET_RAW"]}),
        (("spec", "containers", 0, "securityContext", "capabilities"), {"drop": ["ALL"], "add": ["SYS_ADMIN"]}),
        (("spec", "containers", 0, "ports"), [{"hostPort": 80}]),
        (("spec", "initContainers"), [{"name": "first"}]),
    ],
)
def test_what_restricted_refuses_is_a_violation(path, value):
    assert violations(_tampered(path, value)) != []
