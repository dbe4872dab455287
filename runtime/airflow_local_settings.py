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

    pod, container = k8s.V1PodSecurityContext, k8s.V1SecurityContext
    profile = k8s.V1SeccompProfile(type="RuntimeDefault")
    spec.security_context = _filled(spec.security_context, pod, run_as_non_root=True, seccomp_profile=profile)
    for one in [*(spec.init_containers or []), *spec.containers]:
        open_ = {"allow_privilege_escalation": False, "capabilities": k8s.V1Capabilities(drop=["ALL"])}
        if one.name == XCOM_SIDECAR and _said(spec.security_context, pod, "run_as_user") is None:
            open_["run_as_user"] = OPEN["user"]
        one.security_context = _filled(one.security_context, container, **open_)


def _filled(context: Any, model: Any, **open_: Any) -> Any:
    """Return a context with what it leaves open: an object, or a map in Kubernetes' own words, as the DAG wrote it."""
    missing = {name: value for name, value in open_.items() if _said(context, model, name) is None}
    if isinstance(context, dict):
        return {**context, **{model.attribute_map[name]: value for name, value in missing.items()}}
    context = context or model()
    for name, value in missing.items():
        setattr(context, name, value)
    return context


def _said(context: Any, model: Any, name: str) -> Any:
    return context.get(model.attribute_map[name]) if isinstance(context, dict) else getattr(context, name, None)
