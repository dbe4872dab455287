"""Ways around the rules on pods, hosts and accounts, on the real API server: controllers, other routes, tokens."""

from typing import Any

import pytest
from kubernetes import client

from tests.components.guarded_cluster import DEPLOYER, MEMBER, NODE, OWN_HOST, guarded, wait
from tests.components.guarded_kinds import custom, served
from tests.components.guarded_requests import DRY, core_class, may, pod_body, refused

pytestmark = pytest.mark.cluster


@pytest.fixture(scope="module")
def place(api):
    # The rules are there before the kinds that they name.
    with guarded(api) as found, served(api):
        core = client.CoreV1Api(api)
        core.create_namespaced_service_account(found.namespace, {"metadata": {"name": "airspace-scheduler"}})
        wait(lambda: refused(lambda: workload(found, MEMBER, "Deployment"), "platform-objects"))
        wait(lambda: refused(lambda: route(found, MEMBER, "HTTPRoute"), "platform-objects"))
        wait(lambda: refused(lambda: token(found, MEMBER), "tokens"))
        wait(lambda: refused(lambda: certificate(found, MEMBER, dnsNames=["other.example.com"]), "hosts"))
        yield found


def workload(place, user: str, kind: str, **spec: Any) -> None:
    """Ask for a workload with an innocent pod, or one as is said."""
    pod = pod_body(labels={"app": "mine"}, **spec)
    template = {"metadata": pod["metadata"], "spec": pod["spec"]}
    one_off = {"template": {**template, "spec": {**template["spec"], "restartPolicy": "Never"}}}
    selected = {"selector": {"matchLabels": {"app": "mine"}}, "template": template}
    with place.as_user(user) as api:
        apps, batch, core = client.AppsV1Api(api), client.BatchV1Api(api), client.CoreV1Api(api)
        requests: dict[str, Any] = {
            "Deployment": (apps.create_namespaced_deployment, selected),
            "StatefulSet": (apps.create_namespaced_stateful_set, {**selected, "serviceName": "mine"}),
            "DaemonSet": (apps.create_namespaced_daemon_set, selected),
            "ReplicaSet": (apps.create_namespaced_replica_set, selected),
            "Job": (batch.create_namespaced_job, one_off),
            "CronJob": (
                batch.create_namespaced_cron_job,
                {"schedule": "* * * * *", "jobTemplate": {"spec": one_off}},
            ),
            "ReplicationController": (
                core.create_namespaced_replication_controller,
                {"selector": {"app": "mine"}, "template": template},
            ),
        }
        make, content = requests[kind]
        make(place.namespace, {"metadata": {"name": "mine"}, "spec": content}, **DRY)


WORKLOADS = ("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job", "CronJob", "ReplicationController")


@pytest.mark.parametrize("kind", WORKLOADS)
def test_nobody_but_the_platform_lets_controllers_make_pods(place, kind):
    """Whatever is in them: a controller's pods are not asked who wanted them."""
    for user in (MEMBER, place.account("dag"), place.account("spark-operator", "spark")):
        assert refused(lambda user=user: workload(place, user, kind), "platform-objects")
        assert refused(
            lambda user=user: workload(place, user, kind, priority_class_name=core_class(place)), "platform-objects"
        )
    workload(place, DEPLOYER, kind)


def test_a_workload_of_the_platform_is_not_changed_and_a_job_may_be_deleted(place):
    apps, batch = client.AppsV1Api(place.api), client.BatchV1Api(place.api)
    pod = pod_body(labels={"app": "ours"})
    template = {"metadata": pod["metadata"], "spec": pod["spec"]}
    spec = {"replicas": 0, "selector": {"matchLabels": {"app": "ours"}}, "template": template}
    apps.create_namespaced_deployment(place.namespace, {"metadata": {"name": "ours"}, "spec": spec})
    once = {"template": {**template, "spec": {**template["spec"], "restartPolicy": "Never"}}, "suspend": True}
    batch.create_namespaced_job(place.namespace, {"metadata": {"name": "ours"}, "spec": once})
    stolen = {"spec": {"template": {"spec": {"serviceAccountName": "airspace-scheduler"}}}}
    with place.as_user(MEMBER) as api:
        mine = client.AppsV1Api(api)
        assert refused(
            lambda: mine.patch_namespaced_deployment("ours", place.namespace, stolen, **DRY), "platform-objects"
        )
        assert refused(lambda: mine.delete_namespaced_deployment("ours", place.namespace, **DRY), "platform-objects")
        client.BatchV1Api(api).delete_namespaced_job("ours", place.namespace, **DRY)
    with place.as_user(place.account("replicaset-controller", "kube-system")) as api:
        client.AppsV1Api(api).patch_namespaced_deployment("ours", place.namespace, stolen, **DRY)


def route(place, user: str, kind: str, **spec: Any) -> None:
    with place.as_user(user) as api:
        custom(api, place.namespace, kind, spec)


ROUTES: dict[str, dict[str, Any]] = {
    "HTTPRoute": {"hostnames": ["other.airflow.example.com"]},
    "TLSRoute": {"hostnames": [OWN_HOST]},
    "IngressRoute": {"routes": [{"kind": "Rule", "match": "PathPrefix(`/`)"}]},
    "DNSEndpoint": {"endpoints": [{"dnsName": "other.airflow.example.com", "targets": ["192.0.2.1"]}]},
}


@pytest.mark.parametrize("kind", ROUTES)
def test_nobody_but_the_platform_serves_hosts_by_other_kinds_than_an_ingress(place, kind):
    for user in (MEMBER, place.account("dag")):
        assert refused(lambda user=user: route(place, user, kind, **ROUTES[kind]), "platform-objects")
    route(place, DEPLOYER, kind, **ROUTES[kind])


def certificate(place, user: str, **spec: Any) -> None:
    with place.as_user(user) as api:
        custom(api, place.namespace, "Certificate", {"secretName": "tls", **spec})


FOREIGN = (
    {"dnsNames": ["other.airflow.example.com"]},
    {"dnsNames": [OWN_HOST, "*.airflow.example.com"]},
    {"commonName": "other.airflow.example.com"},
    {"literalSubject": "CN=other.airflow.example.com"},
    {"dnsNames": [OWN_HOST], "ipAddresses": ["192.0.2.1"]},
    {"dnsNames": [OWN_HOST], "isCA": True},
)
CERT_MANAGER = "system:serviceaccount:cert-manager:cert-manager"


@pytest.mark.parametrize("spec", FOREIGN)
def test_certificates_for_others_are_refused_to_everybody(place, spec):
    for user in (MEMBER, DEPLOYER, CERT_MANAGER):
        assert refused(lambda user=user: certificate(place, user, **spec), "hosts")


def test_the_deployments_own_host_gets_a_certificate(place):
    certificate(place, CERT_MANAGER, dnsNames=[OWN_HOST], commonName=OWN_HOST)
    certificate(place, MEMBER, dnsNames=[OWN_HOST])


def test_only_cert_manager_asks_with_a_request_that_nobody_can_read(place):
    for user in (MEMBER, place.account("dag")):
        assert refused(lambda user=user: route(place, user, "CertificateRequest", request="LS0t"), "hosts")
    for user in (CERT_MANAGER, DEPLOYER):
        route(place, user, "CertificateRequest", request="LS0t")


def token(place, user: str) -> None:
    body = client.AuthenticationV1TokenRequest(spec=client.V1TokenRequestSpec(audiences=[]))
    with place.as_user(user) as api:
        client.CoreV1Api(api).create_namespaced_service_account_token(
            "airspace-scheduler", place.namespace, body, **DRY
        )


def test_nobody_asks_for_a_token_of_an_account_but_the_platform(place):
    for user in (MEMBER, place.account("dag"), place.account("spark-operator", "spark")):
        assert refused(lambda user=user: token(place, user), "tokens")
    for user in (DEPLOYER, place.account("replicaset-controller", "kube-system")):
        token(place, user)


def test_the_kubelet_asks_for_the_token_of_a_pod_on_its_node(place):
    """As the node authorizer and the node's own admission want it: bound to a pod that runs there."""
    core = client.CoreV1Api(place.api)
    body = pod_body(account="airspace-scheduler", schedulerName="none", nodeName="node-0")
    made = core.create_namespaced_pod(place.namespace, body)
    reference = {"kind": "Pod", "apiVersion": "v1", "name": "new", "uid": made.metadata.uid}
    request = {"spec": {"audiences": [], "boundObjectRef": reference}}
    try:
        with place.as_user(NODE) as api:
            ask = client.CoreV1Api(api).create_namespaced_service_account_token
            wait(lambda: may(lambda: ask("airspace-scheduler", place.namespace, request)))
    finally:
        core.delete_namespaced_pod("new", place.namespace, grace_period_seconds=0)


def test_no_secret_is_filled_with_a_token_of_an_account(place):
    """A controller would fill it, and whoever reads Secrets would have the token."""

    def secret(user: str, kind: str) -> None:
        annotations = {"kubernetes.io/service-account.name": "airspace-scheduler"}
        with place.as_user(user) as api:
            body = {"metadata": {"name": "new", "annotations": annotations}, "type": kind}
            client.CoreV1Api(api).create_namespaced_secret(place.namespace, body, **DRY)

    for user in (MEMBER, place.account("dag"), place.account("spark-operator", "spark")):
        assert refused(lambda user=user: secret(user, "kubernetes.io/service-account-token"), "tokens")
        secret(user, "Opaque")
    secret(DEPLOYER, "kubernetes.io/service-account-token")
