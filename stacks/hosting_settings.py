"""What may be said of the place that a cluster is: who makes what in it, its nodes, registries, certificates, proxy."""

import re
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from components.hosting_args import Provision
from stacks.fields import ConfigKey, Name, SecretName, Strict, has_credential

_MIRROR = r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[0-9]+)?(/[a-z0-9]+([._-]+[a-z0-9]+)*)*"
_PROXY = r"https?://[^\s/@]+(:[0-9]+)?/?"
_SYSTEM = "system:"
_KEY = re.compile(r"[-._a-zA-Z0-9]+")


def _mirror(prefix: str) -> str:
    if not re.fullmatch(_MIRROR, prefix):
        raise ValueError(
            "is not the prefix of image names; write one such as registry.example.com/mirror, without https:// and "
            "without a slash at its end"
        )
    return prefix


def _proxy_url(url: str) -> str:
    if has_credential(url):
        raise ValueError("carries a credential in plain text; let the proxy know the cluster by its addresses instead")
    if not re.fullmatch(_PROXY, url):
        raise ValueError("is not the address of a proxy; write one such as http://proxy.example.com:3128")
    return url


def _certificates(pem: str) -> str:
    # The text is not repeated: it may hold a key.
    if "PRIVATE KEY" in pem:
        raise ValueError("holds a private key, which nobody needs to trust a server; keep the certificates only")
    if "-----BEGIN CERTIFICATE-----" not in pem or "-----END CERTIFICATE-----" not in pem:
        raise ValueError("holds no certificate in PEM form; paste the text from BEGIN CERTIFICATE to END CERTIFICATE")
    return pem


def _file_name(key: str) -> str:
    if not _KEY.fullmatch(key):
        raise ValueError("is not a key of a ConfigMap; use letters, digits, hyphens, dots and underscores")
    return key


def _prefix(prefix: str) -> str:
    if re.search(r"\s", prefix):
        raise ValueError("is not a prefix of names, which have no spaces; write one such as oidc:")
    if prefix and (prefix.startswith(_SYSTEM) or _SYSTEM.startswith(prefix)):
        raise ValueError(
            "begins names of Kubernetes' own, such as everybody; write what the API server puts before the provider's "
            "names, such as oidc:"
        )
    return prefix


class TaintSettings(Strict):
    """A taint of nodes that pods put up with."""

    value: str | None = None
    """Value of the taint; by default any."""
    effect: Literal["NoSchedule", "PreferNoSchedule", "NoExecute"] | None = None
    """Effect of the taint; by default any."""


class NodeGroupSettings(Strict):
    """Nodes that deployments may be pinned to."""

    selector: Annotated[dict[str, str], Field(min_length=1)]
    """Labels of the nodes."""
    taints: dict[str, TaintSettings] = {}
    """Taints of the nodes by key, which the pods of the group tolerate."""


class RegistriesSettings(Strict):
    """Where images come from."""

    mirror: Annotated[str, AfterValidator(_mirror)] | None = None
    """Prefix of all images, such as registry.example.com/mirror, except those that a deployment names with a host."""
    pull_secrets: list[SecretName] = []
    """Secrets that somebody else makes in each deployment's namespace."""
    pull_config: ConfigKey | None = None
    """Secret of this stack's configuration with the text of a Docker configuration; a Secret is made from it."""


class CaBundleSettings(Strict):
    """Certificates that Airflow and git trust: exactly one of the first three."""

    config_map: Name | None = None
    """ConfigMap that somebody else makes in each deployment's namespace."""
    secret: SecretName | None = None
    """Secret that somebody else makes in each deployment's namespace."""
    pem: Annotated[str, AfterValidator(_certificates)] | None = None
    """The certificates themselves; a ConfigMap is made from them."""
    key: Annotated[str, AfterValidator(_file_name)] = "ca.crt"
    """Key of the certificates there. They take the place of the usual ones, so the public ones belong in it too."""

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        given = [name for name in ("config_map", "secret", "pem") if getattr(self, name) is not None]
        if len(given) != 1:
            said = " and ".join(given) or "none"
            raise ValueError(f"needs exactly one of config_map, secret and pem, but has {said}; keep one")
        return self


class ProxySettings(Strict):
    """The way out of the cluster for HTTP."""

    http: Annotated[str, AfterValidator(_proxy_url)] | None = None
    """Proxy of http addresses."""
    https: Annotated[str, AfterValidator(_proxy_url)] | None = None
    """Proxy of https addresses."""
    no_proxy: list[Annotated[str, Field(pattern=r"^[^\s,]+$")]] = []
    """Hosts, suffixes and ranges that need none; the cluster's own and private addresses are always among them."""

    @model_validator(mode="after")
    def _one_at_least(self) -> Self:
        if self.http is None and self.https is None:
            raise ValueError("names no proxy; set http, https or both")
        return self


class KubernetesNamesSettings(Strict):
    """What the API server puts before the names that the identity provider tells it."""

    user_prefix: Annotated[str, AfterValidator(_prefix)] = ""
    """Its `--oidc-username-prefix`, such as `oidc:`."""
    group_prefix: Annotated[str, AfterValidator(_prefix)] = ""
    """Its `--oidc-groups-prefix`."""


class HostSettings(Strict):
    """What the owner of a cluster allows, and what is different there."""

    cluster_objects: Provision = Provision.MANAGED
    """`provided`: an administrator makes what belongs to no namespace, from `make cluster-objects`."""
    namespaces: Provision = Provision.MANAGED
    """`provided`: an administrator makes the namespaces, from the same."""
    node_groups: dict[Name, NodeGroupSettings] = {}
    """Groups of nodes that deployments may be pinned to, by name."""
    registries: RegistriesSettings = RegistriesSettings()
    """Where images come from."""
    ca_bundle: CaBundleSettings | None = None
    """Certificates that Airflow trusts."""
    proxy: ProxySettings | None = None
    """The way out for HTTP."""
    kubernetes_names: KubernetesNamesSettings = KubernetesNamesSettings()
    """How it names people and groups of the identity provider."""
