"""Deployers with exactly the rights that they are given: a ServiceAccount, its token, and roles as printed."""

import contextlib
import json
import subprocess
import sys
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import yaml
from kubernetes import client
from kubernetes.dynamic import DynamicClient
from kubernetes.dynamic.exceptions import NotFoundError
from pulumi.automation import PulumiCommand

from components.deployer_rights import DeployerRights
from components.rbac import Rule
from components.rights_manifest import Subject, rights_manifests
from stacks.embedding import Environment
from stacks.project import PROJECT_ROOT
from stacks.provided import provided_objects
from stacks.rights import rights_by_cluster
from stacks.run_errors import RunFailed
from tests.environments import small_environment
from tools.engine import Engine, find_engine

HOME = "default"
"""Namespace of the deployers' accounts."""
MANAGED: Mapping[str, Any] = {}
REFUSED = 3
"""Exit status of a run that the engine has ended."""
PROVIDED: Mapping[str, Any] = {"cluster_objects": "provided", "namespaces": "provided"}


@dataclass(frozen=True, kw_only=True)
class Deployer:
    """Somebody who runs one environment of its own, called by `name`."""

    name: str
    api: client.ApiClient | None
    """The administrator's."""
    kubeconfig: Path
    home: Path
    command: PulumiCommand
    cluster: Mapping[str, Any]
    """Settings of the cluster, beside its address."""
    deployment: Mapping[str, Any]

    @property
    def subject(self) -> Subject:
        return Subject(kind="ServiceAccount", name=self.name, namespace=HOME)

    def environment(self, **deployment: Any) -> Environment:
        """Open the environment, with settings of its only deployment changed."""
        account = f"system:serviceaccount:{HOME}:{self.name}"
        deployers = {"deployers": {"users": [account]}} if self.cluster.get("cluster_objects") else {}
        clusters = {"main": {"hosting": "enterprise", "kubeconfig": str(self.kubeconfig), **deployers, **self.cluster}}
        settings = {"database": "embedded", **self.deployment, **deployment}
        workspaces = {self.name: {"members": {"crew": "admin"}, "deployments": {"orders": settings}}}
        sections = small_environment(clusters=clusters, workspaces=workspaces)
        return Environment.of(self.name, sections, home=self.home, command=self.command)

    def refusal(self) -> str:
        """Bring it up where that must fail, and return what is said.

        In a process of its own: a run that fails leaves event loops open behind it.
        """
        given = json.dumps([self.name, str(self.kubeconfig), str(self.home), dict(self.cluster), dict(self.deployment)])
        answer = subprocess.run(
            [sys.executable, "-m", "tests.integration.deployers", given],
            cwd=PROJECT_ROOT, capture_output=True, text=True, timeout=300, check=False,
        )  # fmt: skip
        assert answer.returncode == REFUSED, answer.stdout + answer.stderr
        return answer.stdout

    def rights(self) -> DeployerRights:
        return rights_by_cluster(self.environment().plan)["main"]

    def grant(self, rights: DeployerRights) -> None:
        """Give these rights and no others; what was given before is taken away."""
        self.apply(rights_manifests(self.name, rights, self.subject))

    def prepare(self) -> None:
        """Make what the stack file says that an administrator makes."""
        self.apply(provided_objects(self.environment().plan)["main"])

    def apply(self, manifests: Iterable[Any]) -> None:
        for manifest in manifests:
            _apply(self.api, manifest)

    def clean_up(self) -> None:
        """Remove whatever is left, as the administrator."""
        manifests = [*rights_manifests(self.name, self.rights(), self.subject)]
        manifests += provided_objects(self.environment().plan)["main"]
        for manifest in manifests:
            _delete(self.api, manifest)


def new_deployer(
    api: client.ApiClient,
    admin: Path,
    engine: Engine,
    home: Path,
    *,
    cluster: Mapping[str, Any] = MANAGED,
    **deployment: Any,
) -> Deployer:
    """Make an account without any rights, and a kubeconfig that holds its token and nothing of the administrator's."""
    name = f"d{uuid.uuid4().hex[:7]}"
    core = client.CoreV1Api(api)
    core.create_namespaced_service_account(HOME, {"metadata": {"name": name}})
    requested = core.create_namespaced_service_account_token(name, HOME, {"spec": {"expirationSeconds": 3600}})
    document = yaml.safe_load(admin.read_text(encoding="utf-8"))
    document["users"][0]["user"] = {"token": requested.status.token}
    kubeconfig = home / f"kubeconfig-{name}"
    kubeconfig.write_text(yaml.safe_dump(document), encoding="utf-8")
    return Deployer(
        name=name,
        api=api,
        kubeconfig=kubeconfig,
        home=home / name,
        command=engine.command,
        cluster=cluster,
        deployment=deployment,
    )


def entries(rights: DeployerRights) -> list[Rule]:
    """Take rules apart: one resource each, all in one place."""
    rules = [*rights.cluster_wide, *(rule for found in rights.inside.values() for rule in found)]
    return [replace(rule, resources=(resource,)) for rule in rules for resource in rule.resources]


def without(rights: DeployerRights, group: str, resource: str, verbs: Sequence[str] = ()) -> DeployerRights:
    """Take one resource out of all rules, or some of its verbs."""

    def stripped(rules: Iterable[Rule]) -> tuple[Rule, ...]:
        parts = [replace(rule, resources=(one,)) for rule in rules for one in rule.resources]
        cut = [
            replace(part, verbs=tuple(verb for verb in part.verbs if verbs and verb not in verbs))
            if (part.groups, part.resources) == ((group,), (resource,))
            else part
            for part in parts
        ]
        return tuple(part for part in cut if part.verbs)

    inside = {namespace: stripped(rules) for namespace, rules in rights.inside.items()}
    return DeployerRights(cluster_wide=stripped(rights.cluster_wide), inside=inside)


def _apply(api: client.ApiClient, manifest: Mapping[str, Any]) -> None:
    resource = DynamicClient(api).resources.get(api_version=manifest["apiVersion"], kind=manifest["kind"])
    resource.server_side_apply(body=manifest, field_manager="administrator", force_conflicts=True)


def _delete(api: client.ApiClient, manifest: Mapping[str, Any]) -> None:
    resource = DynamicClient(api).resources.get(api_version=manifest["apiVersion"], kind=manifest["kind"])
    metadata = manifest["metadata"]
    with contextlib.suppress(NotFoundError):
        resource.delete(name=metadata["name"], namespace=metadata.get("namespace"))


def main(given: str) -> int:
    name, kubeconfig, home, cluster, deployment = json.loads(given)
    deployer = Deployer(
        name=name,
        api=None,
        kubeconfig=Path(kubeconfig),
        home=Path(home),
        command=find_engine().command,
        cluster=cluster,
        deployment=deployment,
    )
    try:
        deployer.environment().up()
    except RunFailed as error:
        print(error)
        return REFUSED
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
