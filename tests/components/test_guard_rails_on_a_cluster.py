"""Guard rails on the real API server: what each rule refuses, to whom, and who passes."""

from typing import Any

import pytest
from kubernetes import client

from components.labels import deployment_labels
from components.limits import limit_range_spec
from components.network_policies import network_policies
from components.priorities import class_names
from components.workloads import Share
from tests.components.guarded_cluster import DEPLOYER, MEMBER, OWN_HOST, guarded, wait
from tests.components.guarded_requests import (
    DRY,
    core_class,
    create_namespace,
    delete_namespace,
    ingress,
    may,
    objects_of,
    pod,
    pod_body,
    refused,
    relabel,
    service,
    task_labels,
)

pytestmark = pytest.mark.cluster


@pytest.fixture(scope="module")
def place(api):
    with guarded(api) as found:
        core = client.CoreV1Api(api)
        wait(lambda: core.list_namespaced_service_account(found.namespace).items)
        metadata = {"name": "ours", "labels": deployment_labels(found.deployment)}
        core.create_namespaced_resource_quota(found.namespace, {"metadata": metadata, "spec": {"hard": {"pods": "9"}}})
        core.create_namespaced_limit_range(found.namespace, {"metadata": metadata, "spec": limit_range_spec()})
        policy = {"metadata": metadata, "spec": network_policies(found.deployment)["default-deny"]}
        client.NetworkingV1Api(api).create_namespaced_network_policy(found.namespace, policy)
        rights = client.RbacAuthorizationV1Api(api)
        rights.create_namespaced_role(found.namespace, {"metadata": metadata, "rules": []})
        reference = {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "ours"}
        rights.create_namespaced_role_binding(found.namespace, {"metadata": metadata, "roleRef": reference})
        core.create_namespaced_service_account(found.namespace, {"metadata": metadata})
        # A rule is in force some moments after it was made.
        wait(lambda: refused(lambda: service(found, MEMBER, type="NodePort"), "services"))
        wait(lambda: refused(objects_of(found, MEMBER)["delete LimitRange"], "platform-objects"))
        wait(lambda: refused(lambda: relabel(found, MEMBER, {"airspace.dev/environment": None}), "namespaces"))
        wait(lambda: refused(lambda: pod(found, found.account("dag"), image="evil.example.com/x"), "images"))
        wait(lambda: refused(lambda: ingress(found, MEMBER, host="other.example.com"), "hosts"))
        wait(
            lambda: refused(
                lambda: pod(found, found.account("dag"), priority_class_name=core_class(found)), "launched-pods"
            )
        )
        yield found


KINDS = ("ResourceQuota", "LimitRange", "ServiceAccount", "NetworkPolicy", "Role", "RoleBinding")
DEEDS = [f"{deed} {kind}" for kind in KINDS for deed in ("create", "change", "relabel", "delete")]
CONTROLLERS = ("namespace-controller", "generic-garbage-collector")


@pytest.mark.parametrize("deed", DEEDS)
def test_nobody_but_the_platform_changes_what_bounds_a_deployment(place, deed):
    assert refused(objects_of(place, MEMBER)[deed], "platform-objects")
    assert refused(objects_of(place, place.account("dag"))[deed], "platform-objects")


@pytest.mark.parametrize("deed", DEEDS)
def test_the_deployer_and_the_clusters_administrators_change_it(place, deed):
    objects_of(place, DEPLOYER)[deed]()
    if not deed.startswith("relabel"):
        for controller in CONTROLLERS if deed.startswith("delete") else ():
            objects_of(place, place.account(controller, "kube-system"))[deed]()


def test_whoever_may_change_the_rules_themselves_passes(place):
    """Such as the administrator of a managed Kubernetes, who is in no group of the control plane."""
    rights = client.RbacAuthorizationV1Api(place.api)
    admin = "administrator@example.com"
    metadata = {"name": f"{place.namespace}-admin"}
    reference = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin"}
    subject = {"kind": "User", "name": admin, "apiGroup": "rbac.authorization.k8s.io"}
    rights.create_cluster_role_binding({"metadata": metadata, "roleRef": reference, "subjects": [subject]})
    try:
        wait(lambda: may(objects_of(place, admin)["change ResourceQuota"]))
        delete_namespace(place, admin)
    finally:
        rights.delete_cluster_role_binding(metadata["name"])


OWN_KEYS = {
    "the environment": {"airspace.dev/environment": None},
    "the workspace": {"airspace.dev/workspace": "other"},
    "Pod Security": {"pod-security.kubernetes.io/enforce": "privileged"},
    "Pod Security, removed": {"pod-security.kubernetes.io/enforce-version": None},
    "the manager": {"app.kubernetes.io/managed-by": "me"},
    "a new key": {"airspace.dev/new": "x"},
}


@pytest.mark.parametrize("which", OWN_KEYS)
def test_labels_of_the_platform_stay_on_a_namespace(place, which):
    assert refused(lambda: relabel(place, MEMBER, OWN_KEYS[which]), "namespaces")
    relabel(place, DEPLOYER, OWN_KEYS[which])


@pytest.mark.parametrize("key", ["airspace.dev/hosts", "airspace.dev/image-registries"])
def test_what_a_namespace_allows_stays_as_the_platform_says(place, key):
    assert refused(lambda: relabel(place, MEMBER, {}, {key: "evil.example.com"}), "namespaces")
    assert refused(lambda: relabel(place, MEMBER, {}, {key: None}), "namespaces")
    relabel(place, DEPLOYER, {}, {key: "other.example.com"})


def test_other_labels_of_a_namespace_are_everybodys(place):
    relabel(place, MEMBER, {"team": "finance", "example.com/cost": "7"}, {"example.com/note": "x"})


def test_only_the_platform_makes_and_deletes_namespaces_of_the_environment(place):
    for request in (create_namespace, delete_namespace):
        assert refused(lambda request=request: request(place, MEMBER), "namespaces")
        request(place, DEPLOYER)


ALLOWED_IMAGES = [
    "registry.example.com/airflow:3",
    "registry.example.com/airflow/custom@sha256:" + "0" * 64,
    "quay.io/prometheus/statsd-exporter:v0.30.0",
    "apache/airflow:3.2.2",
]
REFUSED_IMAGES = [
    "registry.example.com/airflow-evil:3",
    "registry.example.com/other:3",
    "quay.io.evil.example.com/x",
    "quay.io:8443/x",
    "evil/quay.io/x",
    "redis:7",
    "apache-evil/airflow",
    "localhost/apache/airflow",
]


@pytest.mark.parametrize("image", ALLOWED_IMAGES)
def test_images_of_allowed_registries_are_taken(place, image):
    pod(place, place.account("dag"), image=image, first_images=[image])


@pytest.mark.parametrize("image", REFUSED_IMAGES)
def test_images_from_elsewhere_are_refused_to_everybody(place, image):
    for user in (place.account("dag"), DEPLOYER, place.account("replicaset-controller", "kube-system")):
        assert refused(lambda user=user: pod(place, user, image=image), "images")
        assert refused(lambda user=user: pod(place, user, first_images=[image]), "images")


def test_files_of_an_image_in_a_volume_come_from_allowed_registries_too(place):
    def with_files_of(image):
        return lambda: pod(place, place.account("dag"), volumes=[{"name": "files", "image": {"reference": image}}])

    assert refused(with_files_of("evil.example.com/files:1"), "images")
    with_files_of("quay.io/files:1")()


def test_images_of_debugging_containers_are_looked_at_too(place):
    core = client.CoreV1Api(place.api)
    body = pod_body(schedulerName="none")
    core.create_namespaced_pod(place.namespace, body)
    added = {
        "name": "debug",
        "image": "evil.example.com/shell",
        "securityContext": body["spec"]["containers"][0]["securityContext"],
    }
    patch = {"spec": {"ephemeralContainers": [added]}}
    try:
        with place.as_user(DEPLOYER) as api:
            change = client.CoreV1Api(api).patch_namespaced_pod_ephemeralcontainers
            assert refused(lambda: change("new", place.namespace, patch, **DRY), "images")
            added["image"] = "quay.io/shell"
            change("new", place.namespace, patch, **DRY)
            changed = {"spec": {"containers": [{"name": "main", "image": "evil.example.com/x"}]}}
            assert refused(
                lambda: client.CoreV1Api(api).patch_namespaced_pod("new", place.namespace, changed, **DRY),
                "images",
            )
    finally:
        core.delete_namespaced_pod("new", place.namespace, grace_period_seconds=0)


FOREIGN: dict[str, dict[str, Any]] = {
    "another host": {"host": "other.airflow.example.com"},
    "any host": {},
    "all hosts of the domain": {"host": "*.airflow.example.com"},
    "a certificate for another": {"host": OWN_HOST, "tls": [{"hosts": ["other.example.com"]}]},
    "a default": {"defaultBackend": {"service": {"name": "web", "port": {"number": 80}}}},
}


@pytest.mark.parametrize("what", FOREIGN)
def test_hosts_of_others_are_refused_to_everybody(place, what):
    for user in (MEMBER, DEPLOYER):
        assert refused(lambda user=user: ingress(place, user, **FOREIGN[what]), "hosts")


def test_the_deployments_own_host_is_served(place):
    ingress(place, MEMBER, host=OWN_HOST, tls=[{"hosts": [OWN_HOST], "secretName": "tls"}])


@pytest.mark.parametrize("key", ["server-alias", "configuration-snippet", "auth-url"])
def test_annotations_that_reach_beyond_the_own_host_are_the_platforms(place, key):
    written = {f"nginx.ingress.kubernetes.io/{key}": "other.example.com"}
    assert refused(lambda: ingress(place, MEMBER, host=OWN_HOST, annotations=written), "hosts")
    ingress(place, DEPLOYER, host=OWN_HOST, annotations=written)
    ingress(place, MEMBER, host=OWN_HOST, annotations={"nginx.ingress.kubernetes.io/proxy-body-size": "8m"})


OPEN: dict[str, dict[str, Any]] = {
    "NodePort": {"type": "NodePort"},
    "LoadBalancer": {"type": "LoadBalancer"},
    "ExternalName": {"type": "ExternalName", "externalName": "metadata.example.com", "ports": []},
    "external addresses": {"externalIPs": ["203.0.113.9"]},
}


@pytest.mark.parametrize("what", OPEN)
def test_services_that_reach_out_are_refused_to_everybody(place, what):
    for user in (MEMBER, DEPLOYER):
        assert refused(lambda user=user: service(place, user, **OPEN[what]), "services")


@pytest.mark.parametrize("spec", [{}, {"clusterIP": "None"}])
def test_services_within_the_cluster_are_made(place, spec):
    service(place, MEMBER, **spec)


def test_pods_of_tasks_cannot_pass_for_parts_of_airflow(place):
    """Not with a class, an account or labels that open more to them; the executor starts what a DAG's author asks."""
    executor = place.account("airspace-scheduler")
    chart_account = f"{place.namespace}-airflow-"
    disguises: list[dict[str, Any]] = [
        {"priority_class_name": core_class(place)},
        *({"priority_class_name": name} for name in class_names(place.cluster.environment, Share.WORKERS)),
        {"account": "airspace-scheduler"},
        {"account": f"{chart_account}api-server"},
        {"labels": task_labels(place, component="scheduler")},
        {"labels": {"component": "worker"}},
        {"labels": {"airspace.dev/part": "task-pod"}},
        {"labels": {"component": "postgresql"}},
    ]
    core = client.CoreV1Api(place.api)
    for name in ("airspace-scheduler", f"{chart_account}api-server", f"{chart_account}worker-kubernetes", "spark"):
        core.create_namespaced_service_account(place.namespace, {"metadata": {"name": name}})
    tasks = class_names(place.cluster.environment, Share.TASKS)
    for user in (executor, place.account("dag"), place.account("spark-operator", "spark")):
        for disguise in disguises:
            assert refused(lambda user=user, disguise=disguise: pod(place, user, **disguise), "launched-pods"), disguise
        pod(place, user, labels=task_labels(place), account=f"{chart_account}worker-kubernetes")
        for name in tasks:
            pod(place, user, labels={"app": "spark"}, account="spark", priority_class_name=name)
        pod(place, user)
    for disguise in disguises:
        pod(place, place.account("replicaset-controller", "kube-system"), **disguise)


def test_a_part_cannot_be_relabelled_by_a_pod(place):
    core = client.CoreV1Api(place.api)
    core.create_namespaced_pod(place.namespace, pod_body(labels=task_labels(place), schedulerName="none"))
    try:
        with place.as_user(place.account("airspace-scheduler")) as api:
            change = client.CoreV1Api(api).patch_namespaced_pod
            change("new", place.namespace, {"metadata": {"labels": {"airflow-worker": "7"}}}, **DRY)
            stolen = {"metadata": {"labels": {"component": "api-server"}}}
            assert refused(lambda: change("new", place.namespace, stolen, **DRY), "launched-pods")
    finally:
        core.delete_namespaced_pod("new", place.namespace, grace_period_seconds=0)


def test_a_neighbouring_namespace_without_our_label_is_left_alone(place):
    core = client.CoreV1Api(place.api)
    name = f"{place.namespace}-other"
    core.create_namespace({"metadata": {"name": name}})
    try:
        with place.as_user(MEMBER) as api:
            body = {"metadata": {"name": "new"}, "spec": {"type": "NodePort", "ports": [{"port": 80}]}}
            client.CoreV1Api(api).create_namespaced_service(name, body, **DRY)
            client.CoreV1Api(api).patch_namespace(name, {"metadata": {"labels": {"team": "x"}}}, **DRY)
    finally:
        core.delete_namespace(name)
