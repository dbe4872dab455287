"""Arguments that follow from where a deployment runs: who makes what, on which nodes, from which registries."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypedDict

from components.executor_args import TolerationArgs


class Provision(StrEnum):
    """Who makes objects that need rights on the whole cluster."""

    MANAGED = "managed"
    """The stack."""
    PROVIDED = "provided"
    """An administrator, beforehand."""


class GuardRails(StrEnum):
    """What becomes of a request that breaks a rule of the platform."""

    DENY = "deny"
    AUDIT = "audit"
    OFF = "off"


@dataclass(frozen=True, kw_only=True)
class NodeGroupArgs:
    """The nodes that every pod of a deployment runs on."""

    selector: Mapping[str, str]
    tolerations: tuple[TolerationArgs, ...] = ()


@dataclass(frozen=True, kw_only=True)
class RegistriesArgs:
    """Where images come from, and what opens the door there."""

    mirror: str | None = None
    """Prefix of all images that no deployment names itself."""
    pull_secrets: tuple[str, ...] = ()
    """Secrets in the deployment's namespace that somebody else makes."""
    pull_config_key: str | None = None
    """Secret of the stack's configuration to make another one from: the text of a Docker configuration."""


@dataclass(frozen=True, kw_only=True)
class CaBundleArgs:
    """Certificates that Airflow trusts; exactly one of the first three."""

    config_map: str | None = None
    secret: str | None = None
    pem: str | None = None
    """The certificates themselves; a ConfigMap is made from them."""
    key: str = "ca.crt"


@dataclass(frozen=True, kw_only=True)
class ProxyArgs:
    """The way out of the cluster for HTTP."""

    http: str | None
    https: str | None
    no_proxy: tuple[str, ...] = ()
    """Hosts, suffixes and ranges besides the cluster's own."""


@dataclass(frozen=True, kw_only=True)
class KubernetesNamesArgs:
    """What a cluster puts before the names that the identity provider tells it."""

    user_prefix: str = ""
    group_prefix: str = ""


@dataclass(frozen=True, kw_only=True)
class SiteArgs:
    """What is particular to the place where one deployment runs."""

    namespace_provision: Provision = Provision.MANAGED
    node_group: NodeGroupArgs | None = None
    registries: RegistriesArgs = field(default_factory=RegistriesArgs)
    ca_bundle: CaBundleArgs | None = None
    proxy: ProxyArgs | None = None
    kubernetes_names: KubernetesNamesArgs = field(default_factory=KubernetesNamesArgs)


class ClusterIdentity(TypedDict):
    """What tells one cluster from another, as plain data: the stack exports it."""

    server: str
    """Address of the API server."""
    authority: str | None
    """Digest of its certificate authority."""
