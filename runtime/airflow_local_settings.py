"""Fills in what pods that tasks start leave open, so that the namespace takes them. Airflow calls it for each of them.

What a pod says of itself stays, also where the API server will refuse it for that: the error then names what was said.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kubernetes.client import models as k8s

__all__ = ("pod_mutation_hook",)

OPEN: dict[str, Any] = {
    "priority_class": None,
    "node_selector": {},
    "tolerations": [],
    "pull_secrets": [],
    "user": None,
}
"""What is filled in. Written below, from the settings of the deployment."""
XCOM_SIDECAR = "airflow-xcom-sidecar"
"""Container that the KubernetesPodOperator adds itself; its image would run as root."""


def pod_mutation_hook(pod: k8s.V1Pod) -> None:
    """Fill in priority, nodes, keys of registries and what the Pod Security level `restricted` asks for.

    Args:
        pod: As the operator or executor would send it; changed in place.
    """
    # Here and not above: whatever is Airflow reads this file when it starts, and hardly any of it makes pods.
    from kubernetes.client import models as k8s

    spec = pod.spec
    if spec is None:
        return
    spec.priority_class_name = spec.priority_class_name or OPEN["priority_class"]
    spec.node_selector = {**OPEN["node_selector"], **(spec.node_selector or {})} or spec.node_selector
    own = spec.tolerations or []
    missing = [one for one in (k8s.V1Toleration(**fields) for fields in OPEN["tolerations"]) if one not in own]
    spec.tolerations = [*own, *missing] or spec.tolerations
    if OPEN["pull_secrets"] and not spec.image_pull_secrets:
        spec.image_pull_secrets = [k8s.V1LocalObjectReference(**fields) for fields in OPEN["pull_secrets"]]
    _restrict(spec)


def _restrict(spec: k8s.V1PodSpec) -> None:
    from kubernetes.client import models as k8s

    context = spec.security_context = spec.security_context or k8s.V1PodSecurityContext()
    if context.run_as_non_root is None:
        context.run_as_non_root = True
    context.seccomp_profile = context.seccomp_profile or k8s.V1SeccompProfile(type="RuntimeDefault")
    for container in [*(spec.init_containers or []), *spec.containers]:
        own = container.security_context = container.security_context or k8s.V1SecurityContext()
        if own.allow_privilege_escalation is None:
            own.allow_privilege_escalation = False
        own.capabilities = own.capabilities or k8s.V1Capabilities(drop=["ALL"])
        if container.name == XCOM_SIDECAR and own.run_as_user is None and context.run_as_user is None:
            own.run_as_user = OPEN["user"]
