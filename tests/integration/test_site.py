"""A place with its own nodes, registry, certificates and proxy, on the real engine and API server."""

import base64
import json

import pytest
from kubernetes import client

from stacks.embedding import Environment
from tests.environments import CLOUD, embedded, small_environment

pytestmark = [pytest.mark.engine, pytest.mark.chart]

PEM = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"
DOCKER = json.dumps({"auths": {"registry.example.com": {"auth": base64.b64encode(b"robot:a-password").decode()}}})


@pytest.fixture
def environment(control_plane_kubeconfig, engine, tmp_path):
    cluster = {
        **CLOUD,
        "network": {**CLOUD["network"], "proxy": {"cidr": "192.0.2.7/32"}},
        "kubeconfig": str(control_plane_kubeconfig),
        "node_groups": {"first": {"selector": {"topology.kubernetes.io/zone": "local-0"}, "taints": {"dedicated": {}}}},
        "registries": {"mirror": "registry.example.com/mirror", "pull_config": "docker"},
        "ca_bundle": {"pem": PEM},
        "proxy": {"https": "http://proxy.example.com:3128"},
    }
    orders = embedded(executor="CeleryExecutor", node_group="first")
    workspaces = {"sited": {"members": {"crew": "admin"}, "deployments": {"orders": orders}}}
    sections = small_environment(clusters={"main": cluster}, workspaces=workspaces)
    secrets = {"docker": DOCKER}
    return Environment.of("sited", sections, secrets=secrets, home=tmp_path, command=engine.command)


def test_all_pods_come_up_on_the_nodes_and_with_the_images_of_the_place(environment, api):
    result = environment.up()
    try:
        assert result.workspaces["sited"]["deployments"]["orders"]["helm_status"] == "deployed"
        core = client.CoreV1Api(api)
        pods = core.list_namespaced_pod("sited-orders").items
        assert len(pods) >= 7
        assert {pod.spec.node_name for pod in pods} == {"node-0"}
        images = {container.image for pod in pods for container in pod.spec.containers}
        assert all(image.startswith("registry.example.com/mirror/") for image in images)
        key = core.read_namespaced_secret("sited-orders-registry", "sited-orders")
        assert key.type == "kubernetes.io/dockerconfigjson"
        assert base64.b64decode(key.data[".dockerconfigjson"]).decode() == DOCKER
        assert {one.name for pod in pods for one in pod.spec.image_pull_secrets} == {"sited-orders-registry"}
        trusted = [one for one in core.list_namespaced_config_map("sited-orders").items if "ca.crt" in one.data]
        assert PEM in [one.data["ca.crt"] for one in trusted]
        assert environment.up().is_unchanged
    finally:
        environment.destroy()
