"""An identity provider on this machine that pods of the cluster know by a name, and a browser that knows it too."""

import http.client
import io
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path
from urllib.parse import urlsplit
from urllib.response import addinfourl

from kubernetes import client

from tests.airflow.administrator import Administrator
from tests.airflow.people import REALM
from tests.airflow.servers import start_provider
from tests.e2e.cluster import RealCluster
from tests.integration.cluster import wait_for
from tools.identity_provider import IdentityProvider

NAMESPACE = "e2e-identity"
NAME = "provider"
PORT = 18080
TIMEOUT_SECONDS = 60
GONE_SECONDS = 180
Answer = tuple[int, http.client.HTTPMessage, bytes]
Way = Callable[[urllib.request.Request], Answer]


class Ways(urllib.request.HTTPHandler):
    """Leads the requests to some hosts by ways of their own, each by host and port."""

    def __init__(self, ways: Mapping[str, Way]) -> None:
        super().__init__()
        self._ways = ways

    def http_open(self, req: urllib.request.Request) -> addinfourl:  # type: ignore[override]
        """Answer as the network would."""
        status, headers, content = self._ways[req.host](req)
        answer = addinfourl(io.BytesIO(content), headers, req.full_url, status)
        answer.msg = http.client.responses.get(status, "")  # type: ignore[attr-defined] # what urllib's own have
        return answer


def headers_of(request: urllib.request.Request) -> dict[str, str]:
    return {**request.headers, **request.unredirected_hdrs, "Connection": "close"}


@contextmanager
def published(
    provider: IdentityProvider, cluster: RealCluster, folder: Path
) -> Iterator[tuple[str, Mapping[str, Way]]]:
    """Run the provider with the company in it; yield its issuer, and the way to it for browsers on this machine."""
    address = cluster.address_of_this_machine()
    server, password = start_provider(provider, folder, PORT, address)
    try:
        _publish(cluster.core, client.DiscoveryV1Api(cluster.api), address)
        server.wait()
        Administrator(server.address, password).make_realm()
        issuer = f"http://{NAME}.{NAMESPACE}.svc:{PORT}/realms/{REALM}"
        yield issuer, {urlsplit(issuer).netloc: lambda request: _asked(address, request)}
    finally:
        server.stop()
        _remove(cluster.core)


def _asked(address: str, request: urllib.request.Request) -> Answer:
    connection = http.client.HTTPConnection(address, PORT, timeout=TIMEOUT_SECONDS)
    try:
        data = request.data if isinstance(request.data, bytes) else None
        connection.request(request.get_method(), request.selector, data, headers_of(request))
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read()
    finally:
        connection.close()


def _remove(core: client.CoreV1Api) -> None:
    """Remove the name, also one that a killed run has left, and wait until it is gone."""

    def is_gone() -> bool:
        try:
            core.delete_namespace(NAMESPACE)
        except client.ApiException as error:
            # Meanwhile there may be a conflict: it is being removed already.
            return bool(error.status == HTTPStatus.NOT_FOUND)
        return False

    wait_for(is_gone, f"the end of namespace {NAMESPACE}", GONE_SECONDS)


def _publish(core: client.CoreV1Api, discovery: client.DiscoveryV1Api, address: str) -> None:
    """Give a machine outside of the cluster a name in it."""
    _remove(core)
    core.create_namespace({"metadata": {"name": NAMESPACE}})
    core.create_namespaced_service(NAMESPACE, {"metadata": {"name": NAME}, "spec": {"ports": [{"port": PORT}]}})
    endpoints = {
        "metadata": {"name": NAME, "labels": {"kubernetes.io/service-name": NAME}},
        "addressType": "IPv4",
        "endpoints": [{"addresses": [address], "conditions": {"ready": True}}],
        # Without a name, as the Service's: they belong together by it.
        "ports": [{"port": PORT, "protocol": "TCP"}],
    }
    discovery.create_namespaced_endpoint_slice(NAMESPACE, endpoints)
