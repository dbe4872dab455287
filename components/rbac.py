"""What each workspace role may do in the namespaces of its deployments.

Reading of Secrets is in no role: Helm keeps a release's whole content in one, and Airflow its keys. Nothing here
touches quotas, policies or bindings: changes to a deployment itself are made by the stack, not by hand.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from components.access_args import Role
from components.manifest import Manifest

_READ = ("get", "list", "watch")


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One rule of a ClusterRole."""

    groups: tuple[str, ...]
    """API groups; the empty text is the core group."""
    resources: tuple[str, ...]
    verbs: tuple[str, ...]
    names: tuple[str, ...] = ()
    """Names of the objects; none means all."""

    def as_kubernetes(self) -> Manifest:
        """Return the rule as the API writes it."""
        rule = {"apiGroups": list(self.groups), "resources": list(self.resources), "verbs": list(self.verbs)}
        return rule | ({"resourceNames": list(self.names)} if self.names else {})


_VIEWER = (
    # Bound inside a namespace, this shows that namespace and no other.
    Rule(groups=("",), resources=("namespaces",), verbs=("get",)),
    Rule(
        groups=("",),
        resources=(
            *("pods", "pods/log", "pods/status", "services", "endpoints", "events", "configmaps"),
            *("persistentvolumeclaims", "serviceaccounts", "resourcequotas", "limitranges"),
        ),
        verbs=_READ,
    ),
    Rule(groups=("apps",), resources=("deployments", "statefulsets", "replicasets"), verbs=_READ),
    Rule(groups=("batch",), resources=("jobs", "cronjobs"), verbs=_READ),
    Rule(groups=("autoscaling",), resources=("horizontalpodautoscalers",), verbs=_READ),
    Rule(groups=("networking.k8s.io",), resources=("ingresses", "networkpolicies"), verbs=_READ),
    Rule(groups=("policy",), resources=("poddisruptionbudgets",), verbs=_READ),
    Rule(groups=("events.k8s.io",), resources=("events",), verbs=_READ),
)
# To restart what hangs: Kubernetes makes the pod anew from what the stack says.
_EDITOR = (*_VIEWER, Rule(groups=("",), resources=("pods",), verbs=("delete",)))
_ADMIN = (
    *_EDITOR,
    Rule(groups=("",), resources=("pods/portforward", "pods/eviction"), verbs=("create",)),
    Rule(groups=("batch",), resources=("jobs",), verbs=("delete",)),
)

ROLE_RULES: Mapping[Role, Sequence[Rule]] = {Role.VIEWER: _VIEWER, Role.EDITOR: _EDITOR, Role.ADMIN: _ADMIN}
"""Rules by role; each role may all that the one below it may."""
