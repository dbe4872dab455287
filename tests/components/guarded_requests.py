"""Requests that guard rails judge, each as somebody; all of them dry, so that nothing is left behind."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

from kubernetes import client

from components import naming
from components.args import AirflowDeploymentArgs
from components.limits import limit_range_spec
from components.values import build_values
from components.workloads import Share
from tests.components import chart_rendering
from tests.components.guarded_cluster import Guarded

DRY: dict[str, Any] = {"dry_run": "All"}


def refused(request: Callable[[], Any], rule: str) -> bool:
    """Tell whether a rule refuses; any other refusal, or a rule that cannot be evaluated, is an error."""
    try:
        request()
    except client.ApiException as error:
        said = str(error.body)
        if "resulted in error" in said or f"-{rule}' with binding" not in said:
            raise
        return True
    return False


def may(request: Callable[[], Any]) -> bool:
    """Tell whether somebody has the rights at last."""
    try:
        request()
    except client.ApiException:
        return False
    return True


def core_class(place: Guarded) -> str:
    return naming.priority_class_name(place.cluster.environment, Share.CORE)


def service(place: Guarded, user: str, **spec: Any) -> None:
    body = {"metadata": {"name": "new"}, "spec": {"ports": [{"port": 80}], **spec}}
    with place.as_user(user) as api:
        client.CoreV1Api(api).create_namespaced_service(place.namespace, body, **DRY)


def ingress(place: Guarded, user: str, host: str | None = None, annotations: Any = None, **spec: Any) -> None:
    backend = {"service": {"name": "web", "port": {"number": 8080}}}
    rule: dict[str, Any] = {"http": {"paths": [{"path": "/", "pathType": "Prefix", "backend": backend}]}}
    rules = [] if "defaultBackend" in spec else [rule | ({"host": host} if host is not None else {})]
    body = {"metadata": {"name": "new", "annotations": annotations or {}}, "spec": {"rules": rules, **spec}}
    with place.as_user(user) as api:
        client.NetworkingV1Api(api).create_namespaced_ingress(place.namespace, body, **DRY)


def pod_body(image: str = "docker.io/apache/airflow:3.2.2", labels: Any = None, **spec: Any) -> dict[str, Any]:
    secure = {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}

    def container(name: str, image: str) -> dict[str, Any]:
        return {"name": name, "image": image, "securityContext": secure}

    context = {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}}
    first = [container("first", one) for one in spec.pop("first_images", [])]
    names = {"priority_class_name": "priorityClassName", "account": "serviceAccountName"}
    environment = spec.pop("environment", {})
    own = {"automountServiceAccountToken": False, **{names.get(key, key): value for key, value in spec.items()}}
    containers = [container("main", image) | environment]
    return {
        "metadata": {"name": "new", "labels": labels or {}},
        "spec": {"containers": containers, "initContainers": first, "securityContext": context, **own},
    }


def pod(place: Guarded, user: str, **options: Any) -> None:
    with place.as_user(user) as api:
        client.CoreV1Api(api).create_namespaced_pod(place.namespace, pod_body(**options), **DRY)


def relabel(place: Guarded, user: str, labels: dict[str, Any], annotations: dict[str, Any] | None = None) -> None:
    body = {"metadata": {"labels": labels, "annotations": annotations or {}}}
    with place.as_user(user) as api:
        client.CoreV1Api(api).patch_namespace(place.namespace, body, **DRY)


def delete_namespace(place: Guarded, user: str) -> None:
    with place.as_user(user) as api:
        client.CoreV1Api(api).delete_namespace(place.namespace, **DRY)


def create_namespace(place: Guarded, user: str) -> None:
    labels = {"airspace.dev/environment": place.cluster.environment}
    with place.as_user(user) as api:
        body = {"metadata": {"name": f"{place.namespace}-2", "labels": labels}}
        client.CoreV1Api(api).create_namespace(body, **DRY)


def objects_of(place: Guarded, user: str) -> dict[str, Any]:
    """Return the requests to make, change and delete each kind of the platform's objects."""
    impersonated = client.ApiClient(place.api.configuration)
    impersonated.set_default_header("Impersonate-User", user)
    core, network = client.CoreV1Api(impersonated), client.NetworkingV1Api(impersonated)
    rights = client.RbacAuthorizationV1Api(impersonated)
    reference = {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "ours"}
    kinds: dict[str, tuple[Any, str, dict[str, Any]]] = {
        "ResourceQuota": (core, "resource_quota", {"spec": {"hard": {"pods": "99"}}}),
        "LimitRange": (core, "limit_range", {"spec": limit_range_spec()}),
        "ServiceAccount": (core, "service_account", {"automountServiceAccountToken": True}),
        "NetworkPolicy": (network, "network_policy", {"spec": {"podSelector": {}, "egress": [{}]}}),
        "Role": (rights, "role", {"rules": [{"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}]}),
        "RoleBinding": (rights, "role_binding", {"roleRef": reference, "subjects": []}),
    }
    requests: dict[str, Any] = {}
    for kind, (api, word, content) in kinds.items():
        make, change = getattr(api, f"create_namespaced_{word}"), getattr(api, f"patch_namespaced_{word}")
        delete = getattr(api, f"delete_namespaced_{word}")
        loosened = {"metadata": {"labels": {"app.kubernetes.io/managed-by": "me"}}}
        requests[f"create {kind}"] = lambda make=make, content=content: make(
            place.namespace, {"metadata": {"name": "mine"}, **content}, **DRY
        )
        requests[f"change {kind}"] = lambda change=change, content=content: change(
            "ours", place.namespace, content, **DRY
        )
        requests[f"relabel {kind}"] = lambda change=change, content=loosened: change(
            "ours", place.namespace, content, **DRY
        )
        requests[f"delete {kind}"] = lambda delete=delete: delete("ours", place.namespace, **DRY)
    return requests


def volumes_of(secret: str) -> list[dict[str, Any]]:
    """Return each kind of volume that holds a Secret."""
    source = {"secret": {"name": secret}}
    return [
        {"name": "held", "secret": {"secretName": secret}},
        {"name": "held", "projected": {"sources": [{"configMap": {"name": "mine"}}, source]}},
    ]


def variables_of(secret: str) -> list[dict[str, Any]]:
    """Return each way in which a container gets a Secret in its environment."""
    one = {"name": "KEY", "valueFrom": {"secretKeyRef": {"name": secret, "key": "key"}}}
    return [{"env": [{"name": "PLAIN", "value": "x"}, one]}, {"envFrom": [{"secretRef": {"name": secret}}]}]


def task_labels(place: Guarded, **labels: str) -> dict[str, str]:
    return {"tier": "airflow", "component": "worker", "airspace.dev/part": "task-pod", **labels}


def helm(args: AirflowDeploymentArgs, kubeconfig: Path, user: str, replicas: int) -> "subprocess.CompletedProcess[str]":
    """Install or upgrade the genuine chart as somebody; nothing is waited for."""
    values = build_values(args)
    values["apiServer"]["replicas"] = replicas
    command = [chart_rendering.helm(), "upgrade", "--install", args.namespace, str(chart_rendering.chart_archive())]
    command += ["--namespace", args.namespace, "--kubeconfig", str(kubeconfig), "--kube-as-user", user, "--values", "-"]
    return subprocess.run(command, input=json.dumps(values), capture_output=True, text=True, timeout=120, check=False)
