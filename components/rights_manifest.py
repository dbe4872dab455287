"""Rights as manifests that an administrator applies: roles, and who holds them."""

from collections.abc import Sequence
from dataclasses import dataclass

from components import naming
from components.deployer_rights import RBAC, DeployerRights
from components.labels import platform_labels
from components.manifest import Manifest
from components.rbac import Rule

_VERSION = f"{RBAC}/v1"


@dataclass(frozen=True, kw_only=True)
class Subject:
    """Who runs the plan."""

    kind: str
    """`User`, `Group` or `ServiceAccount`."""
    name: str
    namespace: str | None = None
    """Of a ServiceAccount."""

    def as_kubernetes(self) -> Manifest:
        """Return the subject as bindings write it."""
        if self.kind == "ServiceAccount":
            return {"kind": self.kind, "name": self.name, "namespace": self.namespace}
        return {"kind": self.kind, "name": self.name, "apiGroup": RBAC}


def rights_manifests(environment: str, rights: DeployerRights, subject: Subject) -> list[Manifest]:
    """Return a ClusterRole with its binding where cluster-wide rights are needed, and a Role for each namespace."""
    name = naming.deployer_role_name(environment)
    labels = platform_labels(environment)
    manifests: list[Manifest] = []
    if rights.cluster_wide:
        manifests += _pair("ClusterRole", {"name": name, "labels": labels}, rights.cluster_wide, subject)
    for namespace, rules in rights.inside.items():
        manifests += _pair("Role", {"name": name, "namespace": namespace, "labels": labels}, rules, subject)
    return manifests


def _pair(kind: str, metadata: Manifest, rules: Sequence[Rule], subject: Subject) -> list[Manifest]:
    """Return a role and the binding of the same name and place."""
    return [
        {
            "apiVersion": _VERSION,
            "kind": kind,
            "metadata": metadata,
            "rules": [rule.as_kubernetes() for rule in rules],
        },
        {
            "apiVersion": _VERSION,
            "kind": f"{kind}Binding",
            "metadata": metadata,
            "roleRef": {"apiGroup": RBAC, "kind": kind, "name": metadata["name"]},
            "subjects": [subject.as_kubernetes()],
        },
    ]
