"""Plans an environment without an engine: the real program runs against a recorder, nothing is applied."""

from pathlib import Path
from typing import Any

import yaml

from components.args import PlatformPlan
from stacks.problems import Problem, SettingsError
from stacks.program import deploy
from stacks.recording import RELEASE, Recorded, Recording, record, redacted


def record_plan(plan: PlatformPlan) -> Recording:
    """Run the program for a plan and return what it would ask of an engine."""
    return record(lambda: deploy(plan), plan.environment, _secret_keys(plan))


def _secret_keys(plan: PlatformPlan) -> set[str]:
    keys = {key for deployment in plan.deployments for key in deployment.secret_keys}
    return keys | {cluster.kubeconfig_config_key for cluster in plan.clusters.values() if cluster.kubeconfig_config_key}


def manifests(recording: Recording, *, reveal_with: Any = redacted) -> dict[str, dict[str, Any]]:
    """Return the Kubernetes objects that the program makes itself, by file name; secret values are left out."""
    return {
        _file_name(resource): reveal_with(resource.inputs)
        for resource in recording.resources
        if resource.type.startswith("kubernetes:") and resource.type != RELEASE
    }


def helm_values(recording: Recording) -> dict[str, dict[str, Any]]:
    """Return the values of each Helm release, by file name; secret values are left out."""
    return {
        f"{cluster_of(one)}/{one.inputs['namespace']}/values.yaml": redacted(one.inputs["values"])
        for one in recording.of_type(RELEASE)
    }


def write_manifests(recording: Recording, directory: Path) -> int:
    """Write manifests and Helm values below a folder, one file each; return how many.

    Raises:
        SettingsError: The folder cannot be written to.
    """
    files = manifests(recording) | helm_values(recording)
    try:
        for name, content in files.items():
            path = directory / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(yaml.safe_dump(content, sort_keys=True, allow_unicode=True), encoding="utf-8")
    except OSError as error:
        message = f"is no folder that can be written to: {error.strerror}. Name another one"
        raise SettingsError("manifests", [Problem((str(directory),), message)], {}) from None
    return len(files)


def _file_name(resource: Recorded) -> str:
    """Name a file by cluster and namespace: what is not in a namespace has the same name on every cluster."""
    metadata, kind = resource.inputs["metadata"], resource.inputs["kind"]
    namespace = metadata["name"] if kind == "Namespace" else metadata.get("namespace")
    folder = f"{cluster_of(resource)}/{namespace}" if namespace else cluster_of(resource)
    return f"{folder}/{kind.lower()}-{metadata['name']}.yaml"


def cluster_of(resource: Recorded) -> str:
    """Return the cluster that a resource is made on; its provider is named after it."""
    return resource.provider.split("::")[-2]


def resource_lines(recording: Recording) -> list[str]:
    """List what the program registers, one line each, sorted: the form of the golden files."""
    return sorted(
        f"{resource.urn} [protected]" if resource.protect else resource.urn for resource in recording.resources
    )
