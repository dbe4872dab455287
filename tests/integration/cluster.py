"""A real API server, asked in plain data."""

import json
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from kubernetes import client
from kubernetes.dynamic import DynamicClient

Object = Mapping[str, Any]
FIELD_MANAGER = "airspace-tests"
NOT_FOUND = 404


class Cluster:
    """Applies, creates and deletes objects, and remembers what the server has warned of."""

    def __init__(self, api: client.ApiClient, cache_file: Path) -> None:
        self.warnings: list[str] = []
        self._client = DynamicClient(api, cache_file=str(cache_file))

    def apply(self, manifest: Object, *, dry_run: bool = False) -> dict[str, Any]:
        """Apply server-side; fields that the server does not know are an error."""
        query = {"fieldManager": FIELD_MANAGER, "force": "true", "fieldValidation": "Strict"}
        return self._ask("PATCH", self._path(manifest), {**query, **_all_if(dry_run)}, manifest)

    def create(self, manifest: Object, *, dry_run: bool = False) -> dict[str, Any]:
        """Create; a name may be left to the server by `generateName`."""
        query = {"fieldValidation": "Strict", **_all_if(dry_run)}
        return self._ask("POST", self._path(manifest, with_name=False), query, manifest)

    def read(self, manifest: Object) -> dict[str, Any]:
        return self._ask("GET", self._path(manifest))

    def items(self, api_version: str, kind: str, namespace: str | None = None, selector: str = "") -> list[Any]:
        manifest = {"apiVersion": api_version, "kind": kind, "metadata": {"namespace": namespace}}
        query = {"labelSelector": selector} if selector else {}
        found: list[Any] = self._ask("GET", self._path(manifest, with_name=False), query)["items"]
        return found

    def delete(self, manifests: Iterable[Object]) -> None:
        """Delete objects; some may be gone already."""
        for manifest in manifests:
            self.delete_path(self._path(manifest))

    def delete_path(self, path: str) -> None:
        try:
            self._ask("DELETE", path)
        except client.ApiException as error:
            if error.status != NOT_FOUND:
                raise

    def exists(self, manifest: Object) -> bool:
        try:
            self.read(manifest)
        except client.ApiException as error:
            if error.status == NOT_FOUND:
                return False
            raise
        return True

    def may(self, user: str, verb: str, resource: str, namespace: str = "", **options: Any) -> bool:
        """Ask whether a user may do something; a group, subresource, name and groups of the user are options."""
        groups = options.pop("groups", [])
        attributes = {"verb": verb, "resource": resource, "namespace": namespace, **options}
        review = {"resourceAttributes": attributes, "user": user, "groups": ["system:authenticated", *groups]}
        body = {"apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview", "spec": review}
        answer = self._ask("POST", "/apis/authorization.k8s.io/v1/subjectaccessreviews", {}, body)
        return bool(answer["status"]["allowed"])

    def wait_for_quotas(self, namespace: str) -> None:
        """Wait until quotas count: before that the server refuses pods that would fit."""

        def in_force() -> bool:
            quotas = self.items("v1", "ResourceQuota", namespace)
            return bool(quotas) and all(one.get("status", {}).get("hard") == one["spec"]["hard"] for one in quotas)

        wait_for(in_force, f"the quotas of {namespace} to be in force")

    def _path(self, manifest: Object, *, with_name: bool = True) -> str:
        resource = self._client.resources.get(api_version=manifest["apiVersion"], kind=manifest["kind"])
        metadata = manifest["metadata"]
        name = metadata["name"] if with_name else None
        path: str = resource.path(name=name, namespace=metadata.get("namespace") if resource.namespaced else None)
        return path

    def _ask(
        self, method: str, path: str, query: Mapping[str, str] | None = None, body: Object | None = None
    ) -> dict[str, Any]:
        answer = self._client.request(
            method,
            path,
            body=body,
            query_params=list((query or {}).items()),
            content_type="application/apply-patch+yaml" if method == "PATCH" else "application/json",
            serialize=False,
        )
        self.warnings += answer.headers.getlist("Warning")
        found: dict[str, Any] = json.loads(answer.data)
        return found


def wait_for(condition: Callable[[], bool], what: str, seconds: float = 30) -> None:
    started = time.monotonic()
    while not condition():
        assert time.monotonic() - started < seconds, f"waited {seconds} s in vain for {what}"
        time.sleep(0.1)


def _all_if(dry_run: bool) -> dict[str, str]:
    return {"dryRun": "All"} if dry_run else {}
