"""What an admin of a workspace tries in order to get more than his role: all of it refused by the API server itself.

Each is a real request, with the admin's name on it, in a namespace where the objects stand that it is after.
"""

import copy
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

import pytest
from kubernetes import client

from tests.environments import ADA, small_environment, workspace
from tests.integration.access_questions import apply_rights, request
from tests.integration.cluster import Cluster

pytestmark = pytest.mark.cluster

MINE, THEIRS = "escalation-mine-orders", "escalation-theirs-orders"
RBAC = "/apis/rbac.authorization.k8s.io/v1"
SECRET_ENV = [{"name": "KEY", "valueFrom": {"secretKeyRef": {"name": f"{MINE}-fernet-key", "key": "fernet-key"}}}]
POD_SPEC = {"containers": [{"name": "thief", "image": "busybox", "env": SECRET_ENV}], "restartPolicy": "Never"}
TEMPLATE = {"metadata": {"labels": {"app": "thief"}}, "spec": POD_SPEC}
ME = {"kind": "User", "name": ADA, "apiGroup": "rbac.authorization.k8s.io"}


def named(**content: Any) -> dict[str, Any]:
    return {"metadata": {"name": "thief"}, **content}


def bound_to(role: str) -> dict[str, Any]:
    return named(roleRef={"apiGroup": ME["apiGroup"], "kind": "ClusterRole", "name": role}, subjects=[ME])


def ns(namespace: str, rest: str, group: str = "") -> str:
    return f"{f'/apis/{group}' if group else '/api/v1'}/namespaces/{namespace}/{rest}"


def in_rbac(namespace: str, rest: str) -> str:
    return ns(namespace, rest, "rbac.authorization.k8s.io/v1")


ALL = [{"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}]
JOB = {"template": TEMPLATE}
ATTEMPTS: dict[str, tuple[str, str, Any]] = {
    "bind cluster-admin in my namespace": ("POST", in_rbac(MINE, "rolebindings"), bound_to("cluster-admin")),
    "bind cluster-admin on the cluster": ("POST", f"{RBAC}/clusterrolebindings", bound_to("cluster-admin")),
    "bind my role in another namespace": (
        "POST", in_rbac(THEIRS, "rolebindings"), bound_to("airspace-escalation-admin"),
    ),
    "add myself to another binding": ("PATCH", in_rbac(THEIRS, "rolebindings/airspace-admin"), {"subjects": [ME]}),
    "make a role that may all": ("POST", in_rbac(MINE, "roles"), named(rules=ALL)),
    "widen my role": ("PATCH", f"{RBAC}/clusterroles/airspace-escalation-admin", {"rules": ALL}),
    "let my role add up from others": (
        "PATCH", f"{RBAC}/clusterroles/airspace-escalation-admin",
        {"aggregationRule": {"clusterRoleSelectors": [{"matchLabels": {}}]}},
    ),
    "read a secret": ("GET", ns(MINE, f"secrets/{MINE}-fernet-key"), None),
    "list secrets": ("GET", ns(MINE, "secrets"), None),
    "watch secrets": ("GET", ns(MINE, "secrets?watch=1&timeoutSeconds=1"), None),
    "read a secret of another namespace": ("GET", ns(THEIRS, f"secrets/{THEIRS}-fernet-key"), None),
    "list secrets of the cluster": ("GET", "/api/v1/secrets", None),
    "run a pod with a secret": ("POST", ns(MINE, "pods"), named(spec=POD_SPEC)),
    "run a pod in another namespace": ("POST", ns(THEIRS, "pods"), named(spec=POD_SPEC)),
    "run a job with a secret": ("POST", ns(MINE, "jobs", "batch/v1"), named(spec=JOB)),
    "schedule one": (
        "POST", ns(MINE, "cronjobs", "batch/v1"), named(spec={"schedule": "* * * * *", "jobTemplate": {"spec": JOB}}),
    ),
    "deploy one": (
        "POST", ns(MINE, "deployments", "apps/v1"),
        named(spec={"selector": {"matchLabels": {"app": "thief"}}, "template": TEMPLATE}),
    ),
    "change what runs": (
        "PATCH", ns(MINE, f"deployments/{MINE}-scheduler", "apps/v1"), {"spec": {"template": {"spec": POD_SPEC}}},
    ),
    "add a container to a running pod": ("PATCH", ns(MINE, "pods/any/ephemeralcontainers"), {"spec": {}}),
    "open a shell": ("POST", ns(MINE, "pods/any/exec?command=env&stdout=1"), None),
    "open a shell over a websocket": ("GET", ns(MINE, "pods/any/exec?command=env&stdout=1"), None),
    "attach to a container": ("POST", ns(MINE, "pods/any/attach?stdout=1"), None),
    "reach a pod through the server": ("GET", ns(MINE, "pods/any/proxy/"), None),
    "reach a node": ("GET", "/api/v1/nodes", None),
    "have a token made": (
        "POST", ns(MINE, "serviceaccounts/default/token"),
        {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {}},
    ),
    "have a certificate made": (
        "POST", "/apis/certificates.k8s.io/v1/certificatesigningrequests",
        named(spec={"request": "", "signerName": "kubernetes.io/kube-apiserver-client", "usages": ["client auth"]}),
    ),
    "raise my quota": (
        "PATCH", ns(MINE, "resourcequotas/airspace-core"), {"spec": {"hard": {"requests.cpu": "1000"}}},
    ),
    "take my quota away": ("DELETE", ns(MINE, "resourcequotas/airspace-core"), None),
    "take all network policies away": ("DELETE", ns(MINE, "networkpolicies", "networking.k8s.io/v1"), None),
    "open the network": ("POST", ns(MINE, "networkpolicies", "networking.k8s.io/v1"), named(spec={"podSelector": {}})),
    "take off the guard of my namespace": (
        "PATCH", f"/api/v1/namespaces/{MINE}",
        {"metadata": {"labels": {"pod-security.kubernetes.io/enforce": "privileged"}}},
    ),
    "delete my namespace": ("DELETE", f"/api/v1/namespaces/{MINE}", None),
    "list all namespaces": ("GET", "/api/v1/namespaces", None),
    "see another namespace": ("GET", f"/api/v1/namespaces/{THEIRS}", None),
    "register a webhook": (
        "POST", "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations", named(webhooks=[]),
    ),
    "change a config map": ("PATCH", ns(MINE, f"configmaps/{MINE}-config"), {"data": {"airflow.cfg": ""}}),
}  # fmt: skip


@pytest.fixture(scope="module")
def namespaces(cluster: Cluster) -> Iterator[None]:
    sections = small_environment(
        accounts={name: {"personal_workspace": False} for name in (ADA, "bob@example.com")},
        workspaces={
            "escalation-mine": workspace("orders", members={ADA: "admin"}),
            "escalation-theirs": workspace("orders", members={"bob@example.com": "admin"}),
        },
    )
    made = apply_rights(cluster, sections, "escalation")
    for namespace in (MINE, THEIRS):
        metadata = {"name": f"{namespace}-fernet-key", "namespace": namespace}
        cluster.apply({"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "stringData": {"fernet-key": "k"}})
    yield
    cluster.delete(reversed(made))


def answer(api: client.ApiClient, method: str, path: str, body: Any = None) -> int:
    """Send a request in the name of the workspace's admin; return the status."""
    headers = {"Impersonate-User": ADA, "Impersonate-Group": "system:authenticated"}
    return request(api, method, path, body, headers)[0]


ANSWERS: dict[str, int] = {}
"""Status by attempt."""


@pytest.mark.parametrize("attempt", ATTEMPTS)
def test_an_escalation_is_refused(api: client.ApiClient, namespaces: None, attempt: str):
    ANSWERS[attempt] = answer(api, *ATTEMPTS[attempt])
    assert ANSWERS[attempt] == HTTPStatus.FORBIDDEN


OTHERS = {
    "an administrator of the cluster": {"Impersonate-User": "root", "Impersonate-Group": "system:masters"},
    "a member of another workspace": {"Impersonate-User": "bob@example.com"},
    "the service account of a controller": {"Impersonate-User": "system:serviceaccount:kube-system:job-controller"},
}


@pytest.fixture(scope="module")
def credential(cluster: Cluster, api: client.ApiClient, namespaces: None) -> dict[str, str]:
    """Return what a request bears that comes from an admin of the workspace himself: a token bound to the role."""
    account = {"name": "admin-by-token", "namespace": MINE}
    cluster.apply({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": account})
    subject = {"kind": "ServiceAccount", **account}
    binding = {**bound_to("airspace-escalation-admin"), "metadata": account, "subjects": [subject]}
    cluster.apply({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding", **binding})
    asked = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {}}
    status, made = request(api, "POST", ns(MINE, "serviceaccounts/admin-by-token/token"), asked)
    assert status == HTTPStatus.CREATED
    return {"Authorization": f"Bearer {made['status']['token']}"}


@pytest.mark.parametrize("somebody", OTHERS)
def test_nobody_can_pass_for_somebody_else(api: client.ApiClient, credential: dict[str, str], somebody: str):
    """In requests of their own: those above bear the name of the admin by impersonation already."""
    bare = bearer(api)
    assert request(bare, "GET", ns(MINE, "pods"), headers=credential)[0] == HTTPStatus.OK
    status, said = request(bare, "GET", ns(MINE, "pods"), headers={**credential, **OTHERS[somebody]})
    ANSWERS[f"pass for {somebody}"] = status
    assert (status, "cannot impersonate" in said["message"]) == (HTTPStatus.FORBIDDEN, True)


def bearer(api: client.ApiClient) -> client.ApiClient:
    """Return a client of the same server without a certificate of its own."""
    configuration = copy.copy(api.configuration)
    configuration.cert_file = configuration.key_file = None
    configuration.api_key = {}
    return client.ApiClient(configuration)


def test_what_an_admin_may_is_answered(api: client.ApiClient, namespaces: None):
    """Else the refusals would prove nothing."""
    for path in (ns(MINE, "pods"), ns(MINE, "resourcequotas"), f"/api/v1/namespaces/{MINE}"):
        assert answer(api, "GET", path) == HTTPStatus.OK


@pytest.mark.parametrize("attempt", ["read a secret", "read a secret of another namespace", "reach a node"])
def test_what_is_refused_is_there(api: client.ApiClient, namespaces: None, attempt: str):
    """An administrator of the cluster is answered the same request."""
    assert request(api, *ATTEMPTS[attempt])[0] == HTTPStatus.OK


def test_every_escalation_was_tried(capsys: pytest.CaptureFixture[str]):
    """Last: the table of the attempts before."""
    refused = [attempt for attempt, status in ANSWERS.items() if status == HTTPStatus.FORBIDDEN]
    with capsys.disabled():
        print("\n" + "\n".join(f"  {status} {attempt}" for attempt, status in ANSWERS.items()))
        print(f"escalations: {len(ANSWERS)} tried, {len(refused)} refused")
    assert len(ANSWERS) == len(ATTEMPTS) + len(OTHERS)
    assert len(refused) == len(ANSWERS)
