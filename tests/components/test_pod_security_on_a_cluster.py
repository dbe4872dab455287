"""Every kind of pod before the real Pod Security admission, which the namespaces of deployments have switched on."""

import uuid

import pytest
from kubernetes import client

from components.database import embedded_database_service, embedded_database_stateful_set
from tests.components.chart_rendering import pods, rendered
from tests.components.scenarios import SCENARIOS
from tests.factories import airflow_deployment_args, embedded_database, volume

pytestmark = pytest.mark.cluster

CHOSEN = ("Celery+Kubernetes-3.2.2-git_sync", "Local-2.11.2-git_sync", "Celery-3.2.2-volumes")


@pytest.fixture(scope="module")
def namespace(api):
    name = f"restricted-{uuid.uuid4().hex[:8]}"
    core = client.CoreV1Api(api)
    labels = {"pod-security.kubernetes.io/enforce": "restricted"}
    core.create_namespace({"metadata": {"name": name, "labels": labels}})
    yield name
    core.delete_namespace(name)


def _submit(api, namespace, pod):
    spec = {key: value for key, value in pod["spec"].items() if key not in {"priorityClassName", "serviceAccountName"}}
    spec |= {"automountServiceAccountToken": False, "volumes": [*spec.get("volumes", []), *_claimed(spec)]}
    manifest = {"metadata": {"name": "pod", "labels": pod["metadata"]["labels"]}, "spec": spec}
    client.CoreV1Api(api).create_namespaced_pod(namespace, manifest, dry_run="All", field_validation="Strict")


def _claimed(spec):
    """Stand in for the volumes that a StatefulSet adds to its pods."""
    there = {volume["name"] for volume in spec.get("volumes", [])}
    mounted = {mount["name"] for container in spec["containers"] for mount in container.get("volumeMounts", [])}
    return [{"name": name, "persistentVolumeClaim": {"claimName": name}} for name in sorted(mounted - there)]


@pytest.mark.chart
@pytest.mark.parametrize("scenario", CHOSEN)
def test_the_charts_pods_are_admitted(api, namespace, scenario):
    for pod in pods(rendered(SCENARIOS[scenario])).values():
        _submit(api, namespace, pod)


@pytest.mark.parametrize("claimed", [None, volume()])
def test_the_embedded_database_is_admitted(api, namespace, claimed):
    database = embedded_database(volume=claimed)
    args = airflow_deployment_args(namespace=namespace, database=database)
    stateful_set = embedded_database_stateful_set(args, database.embedded)
    strict = {"dry_run": "All", "field_validation": "Strict"}
    client.CoreV1Api(api).create_namespaced_service(namespace, embedded_database_service(args), **strict)
    client.AppsV1Api(api).create_namespaced_stateful_set(namespace, stateful_set, **strict)
    _submit(api, namespace, stateful_set["spec"]["template"])


def test_a_pod_that_breaks_the_level_is_refused(api, namespace):
    database = embedded_database()
    args = airflow_deployment_args(namespace=namespace, database=database)
    pod = embedded_database_stateful_set(args, database.embedded)["spec"]["template"]
    del pod["spec"]["securityContext"]["seccompProfile"]
    with pytest.raises(client.ApiException, match="violates PodSecurity"):
        _submit(api, namespace, pod)
