"""What each workspace role may do: with Kubernetes objects, in Airflow, in the console. One table, and its bounds.

Reading of Secrets is in no role: Helm keeps a release's whole content in one, and Airflow its keys. Neither is what
leads there, such as making pods, which may mount any Secret of their namespace. Changes to a deployment itself are
made by the stack, not by hand.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from components.access_args import AirflowRole, Role

Verbs = tuple[str, ...]
READ: Verbs = ("get", "list", "watch")


class Action(StrEnum):
    """What a front door offers to a member."""

    SEE = "see"
    READ_LOGS = "read_logs"
    RESTART = "restart"
    HIBERNATE = "hibernate"
    CHANGE = "change"
    """Sizes, versions, variables: what the file says of a deployment."""
    ADD = "add"
    """One more deployment within the budget."""
    RETIRE = "retire"
    MANAGE_MEMBERS = "manage_members"


@dataclass(frozen=True, kw_only=True)
class RoleArgs:
    """What one role may do by itself; it may besides what the roles below it may."""

    kubernetes: Mapping[str, Verbs] = field(default_factory=dict)
    """Verbs by resource as kubectl writes it, such as `pods/log` or `jobs.batch`; inside the namespaces only."""
    airflow_role: AirflowRole
    actions: frozenset[Action] = frozenset()


READABLE = (
    *("pods", "pods/log", "pods/status", "services", "endpoints", "events", "configmaps"),
    *("persistentvolumeclaims", "serviceaccounts", "resourcequotas", "limitranges"),
    *("deployments.apps", "statefulsets.apps", "replicasets.apps", "jobs.batch", "cronjobs.batch"),
    *("horizontalpodautoscalers.autoscaling", "ingresses.networking.k8s.io", "networkpolicies.networking.k8s.io"),
    *("poddisruptionbudgets.policy", "events.events.k8s.io"),
)
"""Nothing of this holds a secret."""

ROLES: Mapping[Role, RoleArgs] = {
    Role.VIEWER: RoleArgs(
        # Bound inside a namespace, the first shows that namespace and no other.
        kubernetes={"namespaces": ("get",)} | dict.fromkeys(READABLE, READ),
        airflow_role=AirflowRole.VIEWER,
        actions=frozenset({Action.SEE, Action.READ_LOGS}),
    ),
    Role.EDITOR: RoleArgs(
        # To restart what hangs: Kubernetes makes the pod anew from what the stack says.
        kubernetes={"pods": ("delete",)},
        airflow_role=AirflowRole.USER,
        actions=frozenset({Action.RESTART, Action.HIBERNATE, Action.CHANGE, Action.ADD}),
    ),
    Role.ADMIN: RoleArgs(
        kubernetes={"pods/portforward": ("create",), "pods/eviction": ("create",), "jobs.batch": ("delete",)},
        airflow_role=AirflowRole.ADMIN,
        actions=frozenset({Action.RETIRE, Action.MANAGE_MEMBERS}),
    ),
}
"""What holds where an environment says nothing else."""

_MORE_READABLE = (
    *("pods.metrics.k8s.io", "endpointslices.discovery.k8s.io", "scaledobjects.keda.sh"),
    *("roles.rbac.authorization.k8s.io", "rolebindings.rbac.authorization.k8s.io"),
)
GRANTABLE: Mapping[str, frozenset[str]] = {
    "namespaces": frozenset({"get"}),
    **{resource: frozenset(READ) for resource in (*READABLE, *_MORE_READABLE)},
    "pods": frozenset({*READ, "delete"}),
    "jobs.batch": frozenset({*READ, "delete"}),
    "pods/eviction": frozenset({"create"}),
    "pods/portforward": frozenset({"create", "get"}),
}
"""The most that any environment may give. What is not here is out of reach."""
# Over a WebSocket, `get` opens a shell as `create` does.
SHELLS: Mapping[str, frozenset[str]] = dict.fromkeys(("pods/exec", "pods/attach"), frozenset({"create", "get"}))
"""What shows every Secret that a pod has; grantable where no real data is."""
LOWEST_ROLE: Mapping[Action, Role] = {
    Action.RESTART: Role.EDITOR,
    Action.HIBERNATE: Role.EDITOR,
    Action.CHANGE: Role.EDITOR,
    Action.ADD: Role.EDITOR,
    Action.RETIRE: Role.ADMIN,
    Action.MANAGE_MEMBERS: Role.ADMIN,
}
"""The lowest role that may have what cuts off tasks, spends the budget, ends a deployment, or decides who is bound."""
HIGHEST_IN_AIRFLOW: Mapping[Role, AirflowRole] = {
    Role.VIEWER: AirflowRole.VIEWER,
    Role.EDITOR: AirflowRole.OP,
    Role.ADMIN: AirflowRole.ADMIN,
}
"""A viewer runs nothing, and only who answers for the workspace says what Airflow's own roles allow."""

_PLATFORM = frozenset(
    {
        *("resourcequotas", "limitranges", "networkpolicies.networking.k8s.io", "namespaces", "serviceaccounts"),
        *("roles.rbac.authorization.k8s.io", "rolebindings.rbac.authorization.k8s.io"),
        *("clusterroles.rbac.authorization.k8s.io", "clusterrolebindings.rbac.authorization.k8s.io"),
        *("validatingadmissionpolicies.admissionregistration.k8s.io", "priorityclasses.scheduling.k8s.io"),
    }
)


def refuse_verb(resource: str, verb: str, *, is_production: bool) -> str | None:
    """Say why no role may have a verb on a resource, without the remedy; None where one may."""
    if verb in GRANTABLE.get(resource, ()):
        return None
    if verb in SHELLS.get(resource, ()):
        return "opens a shell, which shows the Secrets of its pod" if is_production else None
    return _beyond(resource, verb)


def _beyond(resource: str, verb: str) -> str:
    if resource.partition("/")[0] == "secrets" or resource == "serviceaccounts/token":
        return "reaches Secrets: keys, passwords and whole releases"
    if resource in _PLATFORM:
        return "reaches an object of the platform, which only the stack changes"
    if verb in {"bind", "escalate", "impersonate"} or "*" in {resource, verb}:
        return "reaches beyond every bound"
    if verb in {"create", "update", "patch"}:
        return "could make pods, and these may mount any Secret"
    return "is not among what a role may have"


def allowed(roles: Mapping[Role, RoleArgs], role: Role) -> dict[str, Verbs]:
    """Return everything that a role may do in a namespace, with what it has from the roles below it."""
    found: dict[str, Verbs] = {}
    for one in Role:
        for resource, verbs in roles[one].kubernetes.items():
            found[resource] = tuple(dict.fromkeys((*found.get(resource, ()), *verbs)))
        if one is role:
            break
    return {resource: verbs for resource, verbs in found.items() if verbs}


def actions(roles: Mapping[Role, RoleArgs], role: Role) -> frozenset[Action]:
    """Return what a front door offers to a role, with what it has from the roles below it."""
    rising = list(Role)
    return frozenset().union(*(roles[one].actions for one in rising[: rising.index(role) + 1]))
