"""What goes on under the guard rails: releases, the end of a namespace, and a trial without refusals."""

from dataclasses import replace

import pytest
from kubernetes import client

from components.hosting_args import GuardRails
from tests.components.guarded_cluster import DEPLOYER, MEMBER, guarded, wait
from tests.components.guarded_requests import DRY, delete_namespace, helm, refused, service

pytestmark = pytest.mark.cluster


@pytest.mark.chart
def test_the_deployer_installs_and_upgrades_a_release_and_nobody_else(api, control_plane_kubeconfig):
    with guarded(api) as found:
        wait(lambda: refused(lambda: service(found, MEMBER, type="NodePort"), "services"))
        for replicas in (1, 2):
            done = helm(found.deployment, control_plane_kubeconfig, DEPLOYER, replicas)
            assert done.returncode == 0, done.stderr
        apps = client.AppsV1Api(api)
        server = apps.read_namespaced_deployment(f"{found.namespace}-api-server", found.namespace)
        assert server.spec.replicas == 2
        done = helm(replace(found.deployment, pod_launching=True), control_plane_kubeconfig, MEMBER, 2)
        assert "belong to the platform" in done.stderr


def test_a_namespace_with_all_its_objects_goes_when_the_platform_deletes_it(api):
    """The real namespace controller empties it, under the rules."""
    with guarded(api) as found:
        core = client.CoreV1Api(api)
        core.create_namespaced_resource_quota(
            found.namespace, {"metadata": {"name": "ours"}, "spec": {"hard": {"pods": "9"}}}
        )
        wait(lambda: refused(lambda: delete_namespace(found, MEMBER), "namespaces"))
        with found.as_user(DEPLOYER) as deployer:
            client.CoreV1Api(deployer).delete_namespace(found.namespace)
        wait(lambda: found.namespace not in {one.metadata.name for one in core.list_namespace().items}, 60)


def test_audit_lets_pass_and_warns(api):
    with guarded(api, GuardRails.AUDIT) as found, found.as_user(MEMBER) as member:

        def warnings() -> str:
            body = {"metadata": {"name": "new"}, "spec": {"type": "NodePort", "ports": [{"port": 80}]}}
            answer = client.CoreV1Api(member).create_namespaced_service_with_http_info(found.namespace, body, **DRY)
            return answer[2].get("Warning") or ""

        wait(lambda: "ClusterIP" in warnings())
