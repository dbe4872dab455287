"""What a real API server is asked about access: every resource that it has, by every verb, for anybody anywhere."""

import json
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from kubernetes import client

from components.access_args import Role
from components.roles import ROLES
from stacks.offline import manifests
from tests.environments import plan_of
from tests.integration.cluster import Cluster, wait_for
from tests.recorded_rules import deploy_plan

VERBS = ("get", "list", "watch", "create", "update", "patch", "delete", "deletecollection")
BEYOND = (
    *(("bind", "clusterroles.rbac.authorization.k8s.io"), ("escalate", "clusterroles.rbac.authorization.k8s.io")),
    *(("bind", "roles.rbac.authorization.k8s.io"), ("escalate", "roles.rbac.authorization.k8s.io")),
    *(("impersonate", "users"), ("impersonate", "groups"), ("impersonate", "serviceaccounts"), ("*", "*")),
    ("approve", "signers.certificates.k8s.io"),
)
"""Verbs and resources that discovery does not tell of."""
EVERYBODYS = {
    ("create", "selfsubjectaccessreviews.authorization.k8s.io"),
    ("create", "selfsubjectrulesreviews.authorization.k8s.io"),
    ("create", "selfsubjectreviews.authentication.k8s.io"),
}
"""What Kubernetes lets everybody ask who has signed in: about themselves."""
RIGHTS = ("Namespace", "ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding")


@dataclass(frozen=True, kw_only=True)
class Question:
    """One access review."""

    user: str
    groups: tuple[str, ...]
    namespace: str
    """Empty: the whole cluster."""
    verb: str
    resource: str
    """As kubectl writes it."""


def every_resource(api: client.ApiClient) -> list[str]:
    """List what the server has, as it says itself: subresources too, each with its API group."""
    found: set[str] = set()
    for path in ["/api/v1", *_group_paths(api)]:
        group = "" if path == "/api/v1" else path.split("/")[2]
        for one in _get(api, path)["resources"]:
            found.add(f"{one['name']}.{group}".rstrip("."))
    return sorted(found)


def _group_paths(api: client.ApiClient) -> Iterator[str]:
    for group in _get(api, "/apis")["groups"]:
        yield from (f"/apis/{version['groupVersion']}" for version in group["versions"])


def _get(api: client.ApiClient, path: str) -> dict[str, Any]:
    status, answer = request(api, "GET", path)
    assert status == HTTPStatus.OK
    return answer


def request(
    api: client.ApiClient, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None
) -> tuple[int, Any]:
    """Send a bare request; return status and answer, whatever they are."""
    content_type = "application/merge-patch+json" if method == "PATCH" else "application/json"
    sent = {"Accept": "application/json", "Content-Type": content_type, **(headers or {})}
    response = api.call_api(method, f"{api.configuration.host}{path}", header_params=sent, body=body)
    answer = response.read()
    return response.status, json.loads(answer) if answer.startswith(b"{") else None


def ask(cluster: Cluster, questions: Iterable[Question]) -> list[tuple[Question, bool]]:
    """Put all questions to the server's authorizer."""
    asked = list(questions)
    with ThreadPoolExecutor(8) as pool:
        return list(zip(asked, pool.map(lambda one: _answer(cluster, one), asked), strict=True))


def _answer(cluster: Cluster, one: Question) -> bool:
    name, _, group = one.resource.partition(".")
    resource, _, subresource = name.partition("/")
    options = {"group": group, "subresource": subresource, "groups": list(one.groups)}
    return cluster.may(one.user, one.verb, resource, one.namespace, **options)


def apply_rights(cluster: Cluster, sections: Mapping[str, Any], environment: str) -> list[dict[str, Any]]:
    """Apply namespaces, roles and bindings of an environment; return what is to be deleted afterwards."""
    objects = manifests(deploy_plan(plan_of(sections, environment))).values()
    wanted = sorted((one for one in objects if one["kind"] in RIGHTS), key=lambda one: RIGHTS.index(one["kind"]))
    wanted += _last(environment, next(one["metadata"]["name"] for one in wanted if one["kind"] == "Namespace"))
    for one in wanted:
        cluster.apply(one)
    namespace = wanted[-1]["metadata"]["namespace"]
    wait_for(lambda: cluster.may("last", "get", "lasts", namespace), "the authorizer to have read all bindings")
    return [one for one in wanted if "namespace" not in one["metadata"]]


def _last(environment: str, namespace: str) -> list[dict[str, Any]]:
    """Return a role and a binding of nobody's: the authorizer reads each kind in the order in which it was made."""
    group = "rbac.authorization.k8s.io"
    role = {"apiVersion": f"{group}/v1", "kind": "ClusterRole", "metadata": {"name": f"{environment}-last"}}
    rules = [{"apiGroups": [""], "resources": ["lasts"], "verbs": ["get"]}]
    binding = {"apiVersion": f"{group}/v1", "kind": "RoleBinding", "metadata": {"name": "last", "namespace": namespace}}
    reference = {"apiGroup": group, "kind": "ClusterRole", "name": f"{environment}-last"}
    subjects = [{"apiGroup": group, "kind": "User", "name": "last"}]
    return [{**role, "rules": rules}, {**binding, "roleRef": reference, "subjects": subjects}]


def role_by_hand(sections: Mapping[str, Any], account: str, workspace: str, deployment: str) -> Role | None:
    """Say which role the rules give an account, without the code that is tested."""
    access, roles = _written_roles(sections, workspace, deployment)
    if account in access:
        return None if access[account] == "none" else Role(access[account])
    ways = [roles.get(account)]
    ways += [roles.get(team) for team, one in sections["teams"].items() if account in one.get("members", ())]
    return _highest(ways)


def group_role_by_hand(sections: Mapping[str, Any], group: str, workspace: str, deployment: str) -> Role | None:
    """Say which role the rules give whoever is in a group, likewise."""
    _, roles = _written_roles(sections, workspace, deployment)
    return _highest(roles.get(team) for team, one in sections["teams"].items() if one.get("identity_group") == group)


def verbs_by_hand(sections: Mapping[str, Any], role: Role) -> dict[str, set[str]]:
    """Say what a role may do by resource, with what it has from those below it, likewise."""
    found: dict[str, set[str]] = {}
    for one in list(Role)[: list(Role).index(role) + 1]:
        written = sections["roles"].get(one, {}).get("kubernetes", {})
        for resource, verbs in {**ROLES[one].kubernetes, **written}.items():
            found.setdefault(resource, set()).update(verbs)
    return found


def _written_roles(
    sections: Mapping[str, Any], workspace: str, deployment: str
) -> tuple[Mapping[str, str], Mapping[str, str]]:
    home = sections["workspaces"][workspace]
    access = home["deployments"][deployment].get("access", {})
    return access, {**home["members"], **access}


def _highest(ways: Iterable[str | None]) -> Role | None:
    return max((Role(way) for way in ways if way not in (None, "none")), key=list(Role).index, default=None)
