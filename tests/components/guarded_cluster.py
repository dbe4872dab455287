"""A real API server with an environment's guard rails in force, and people who have every right but on the rules."""

import contextlib
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from kubernetes import client

from components.args import AirflowDeploymentArgs, ClusterArgs, Hosting
from components.guard_rail_policies import binding_spec, policy_name, policy_spec
from components.guard_rails import guard_rails, namespace_annotations
from components.hosting_args import GuardRails
from components.labels import deployment_labels, platform_labels
from components.priorities import class_names
from components.security import namespace_labels
from components.workloads import Share
from tests.factories import airflow_deployment_args, executor

MEMBER = "ada@example.com"
"""Holds rights on everything in the namespace, as no role of ours does; also on namespaces themselves."""
DEPLOYER = "deployer@example.com"
"""The same rights; named as a deployer."""
NODE = "system:node:node-0"
"""A kubelet; by this name the API server knows its group, too."""
MORE_GROUPS = ("gateway.networking.k8s.io", "traefik.io", "externaldns.k8s.io", "cert-manager.io")
REGISTRIES = ("registry.example.com/airflow", "quay.io", "docker.io/apache")
OWN_HOST = "orders.airflow.example.com"


@dataclass(frozen=True)
class Guarded:
    """The namespace of a deployment, and who asks."""

    api: client.ApiClient
    cluster: ClusterArgs
    deployment: AirflowDeploymentArgs

    @property
    def namespace(self) -> str:
        return self.deployment.namespace

    @contextlib.contextmanager
    def as_user(self, user: str) -> Iterator[client.ApiClient]:
        with client.ApiClient(self.api.configuration) as impersonating:
            impersonating.set_default_header("Impersonate-User", user)
            yield impersonating

    def account(self, name: str, namespace: str | None = None) -> str:
        return f"system:serviceaccount:{namespace or self.namespace}:{name}"


@contextlib.contextmanager
def guarded(
    api: client.ApiClient, mode: GuardRails = GuardRails.DENY, *, is_production: bool = True, **overrides: Any
) -> Iterator[Guarded]:
    """Put the rules in force, with a namespace that they hold in; take all of it away afterwards."""
    name = f"guarded-{uuid.uuid4().hex[:8]}"
    cluster = replace(
        ClusterArgs(environment=name, name="main", hosting=Hosting.ENTERPRISE, deployer_users=(DEPLOYER,)),
        guard_rails=mode,
        is_production=is_production,
    )
    place = {"environment": name, "namespace": name, "host": OWN_HOST, "allowed_registries": REGISTRIES}
    deployment = airflow_deployment_args(**place, executor=executor("kubernetes"), **overrides)
    core, rules = client.CoreV1Api(api), client.AdmissionregistrationV1Api(api)
    rights, scheduling = client.RbacAuthorizationV1Api(api), client.SchedulingV1Api(api)
    core.create_namespace(_namespace(deployment))
    _create_rights(rights, name)
    classes = [one for share in Share for one in class_names(name, share)]
    for index, priority_class in enumerate(classes):
        metadata = {"name": priority_class, "labels": platform_labels(name)}
        scheduling.create_priority_class({"metadata": metadata, "value": index})
    try:
        for rail in guard_rails(cluster):
            metadata = {"name": policy_name(cluster, rail), "labels": platform_labels(name)}
            strict = {"field_validation": "Strict"}
            rules.create_validating_admission_policy({"metadata": metadata, "spec": policy_spec(rail)}, **strict)
            binding = {"metadata": metadata, "spec": binding_spec(cluster, rail)}
            rules.create_validating_admission_policy_binding(binding, **strict)
        yield Guarded(api=api, cluster=cluster, deployment=deployment)
    finally:
        for rail in guard_rails(cluster):
            rules.delete_validating_admission_policy_binding(policy_name(cluster, rail))
            rules.delete_validating_admission_policy(policy_name(cluster, rail))
        with contextlib.suppress(client.ApiException):
            core.delete_namespace(name)
        rights.delete_cluster_role_binding(name)
        rights.delete_cluster_role(name)
        for priority_class in classes:
            scheduling.delete_priority_class(priority_class)


def _namespace(deployment: AirflowDeploymentArgs) -> dict[str, Any]:
    labels = {**deployment_labels(deployment), **namespace_labels(), "team": "everybodys"}
    return {
        "metadata": {"name": deployment.namespace, "labels": labels, "annotations": namespace_annotations(deployment)}
    }


def _create_rights(rights: client.RbacAuthorizationV1Api, name: str) -> None:
    """Let nobody be refused for want of rights: what is refused then is refused by a rule."""
    groups = ["", "apps", "batch", "networking.k8s.io", "rbac.authorization.k8s.io", "autoscaling", "policy"]
    rule = {"apiGroups": [*groups, *MORE_GROUPS], "resources": ["*"], "verbs": ["*"]}
    rights.create_cluster_role({"metadata": {"name": name}, "rules": [rule]})
    users = [MEMBER, DEPLOYER, *(f"system:serviceaccount:{name}:{one}" for one in ("airspace-scheduler", "dag"))]
    users += ["system:serviceaccount:spark:spark-operator", "system:serviceaccount:cert-manager:cert-manager", NODE]
    users += [
        f"system:serviceaccount:kube-system:{controller}"
        for controller in ("replicaset-controller", "namespace-controller", "generic-garbage-collector")
    ]
    subjects = [{"kind": "User", "name": user, "apiGroup": "rbac.authorization.k8s.io"} for user in users]
    reference = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": name}
    rights.create_cluster_role_binding({"metadata": {"name": name}, "roleRef": reference, "subjects": subjects})


def wait(condition: Any, seconds: float = 30) -> None:
    started = time.monotonic()
    while not condition():
        assert time.monotonic() - started < seconds, "the control plane did not get there in time"
        time.sleep(0.2)
