"""Kinds that a cluster may have beside Kubernetes' own, made small: any content, one version."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

from kubernetes import client

from tests.components.guarded_cluster import wait

KINDS = {
    "HTTPRoute": ("gateway.networking.k8s.io", "httproutes"),
    "TLSRoute": ("gateway.networking.k8s.io", "tlsroutes"),
    "IngressRoute": ("traefik.io", "ingressroutes"),
    "DNSEndpoint": ("externaldns.k8s.io", "dnsendpoints"),
    "Certificate": ("cert-manager.io", "certificates"),
    "CertificateRequest": ("cert-manager.io", "certificaterequests"),
}
"""API group and resource."""


@contextmanager
def served(api: client.ApiClient) -> Iterator[None]:
    """Let the cluster know the kinds for as long as it takes; a kind that it knows already stays."""
    definitions = client.ApiextensionsV1Api(api)
    known = {one.metadata.name for one in definitions.list_custom_resource_definition().items}
    missing = {kind: where for kind, where in KINDS.items() if f"{where[1]}.{where[0]}" not in known}
    for kind, (group, resource) in missing.items():
        definitions.create_custom_resource_definition(_definition(kind, group, resource))
    try:
        for group, resource in missing.values():
            wait(lambda group=group, resource=resource: _is_served(api, group, resource))
        yield
    finally:
        for group, resource in missing.values():
            definitions.delete_custom_resource_definition(f"{resource}.{group}")


def _definition(kind: str, group: str, resource: str) -> Mapping[str, Any]:
    anything = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    version = {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": anything}}
    annotations = {"api-approved.kubernetes.io": "unapproved, for tests"} if group.endswith("k8s.io") else {}
    return {
        "metadata": {"name": f"{resource}.{group}", "annotations": annotations},
        "spec": {
            "group": group,
            "scope": "Namespaced",
            "names": {"kind": kind, "plural": resource, "singular": kind.lower()},
            "versions": [version],
        },
    }


def _is_served(api: client.ApiClient, group: str, resource: str) -> bool:
    with suppress(client.ApiException):
        client.CustomObjectsApi(api).list_cluster_custom_object(group, "v1", resource)
        return True
    return False


def custom(api: client.ApiClient, namespace: str, kind: str, spec: Mapping[str, Any]) -> None:
    """Ask for an object of one of the kinds, without making it."""
    group, resource = KINDS[kind]
    body = {"apiVersion": f"{group}/v1", "kind": kind, "metadata": {"name": "new"}, "spec": dict(spec)}
    client.CustomObjectsApi(api).create_namespaced_custom_object(group, "v1", namespace, resource, body, dry_run="All")
