"""What the place adds to pods, the chart's and our own: nodes, pull secrets, certificates and the way out."""

import hashlib
from typing import Any

from components import naming
from components.args import AirflowDeploymentArgs
from components.labels import deployment_labels
from components.manifest import Manifest

CA_FOLDER = "/etc/airspace/ca"
CA_VOLUME = "ca-bundle"

_INSIDE = (
    *("localhost", "127.0.0.1", "::1", ".svc", ".cluster.local"),
    # Addresses of the API server and of Services, which are private ones everywhere.
    *("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"),
)
"""What no proxy has to do with."""


def placement(args: AirflowDeploymentArgs) -> dict[str, Any]:
    """Return the fields of a pod that bind it to the nodes of its group; none without a group."""
    group = args.site.node_group
    if group is None:
        return {}
    tolerations = [one.as_kubernetes() for one in group.tolerations]
    return {"nodeSelector": dict(group.selector), **({"tolerations": tolerations} if tolerations else {})}


def pull_secrets(args: AirflowDeploymentArgs) -> list[dict[str, str]]:
    """Return the pod field of the same name in the singular."""
    registries = args.site.registries
    own = [pull_secret_name(args)] if registries.pull_config_key else []
    return [{"name": name} for name in (*registries.pull_secrets, *own)]


def pull_secret_name(args: AirflowDeploymentArgs) -> str:
    """Name the Secret that is made from the stack's configuration."""
    return naming.secret_name(args.namespace, "registry")


def ca_config_map(args: AirflowDeploymentArgs) -> Manifest | None:
    """Return the ConfigMap with the certificates that the stack file holds."""
    bundle = args.site.ca_bundle
    if bundle is None or bundle.pem is None:
        return None
    metadata = {"name": _ca_name(args), "namespace": args.namespace, "labels": deployment_labels(args)}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {bundle.key: bundle.pem}}


def ca_volume(args: AirflowDeploymentArgs) -> Manifest | None:
    """Return the volume with the certificates."""
    bundle = args.site.ca_bundle
    if bundle is None:
        return None
    if bundle.secret:
        return {"name": CA_VOLUME, "secret": {"secretName": bundle.secret}}
    return {"name": CA_VOLUME, "configMap": {"name": bundle.config_map or _ca_name(args)}}


def ca_mount() -> Manifest:
    """Return where containers find the certificates."""
    return {"name": CA_VOLUME, "mountPath": CA_FOLDER, "readOnly": True}


def environment(args: AirflowDeploymentArgs, *, for_git: bool = False) -> dict[str, str]:
    """Return the variables by which Airflow, or git, finds certificates and proxy."""
    bundle = args.site.ca_bundle
    trusted = f"{CA_FOLDER}/{bundle.key}" if bundle else None
    names = ("GIT_SSL_CAINFO",) if for_git else ("REQUESTS_CA_BUNDLE", "SSL_CERT_FILE")
    return {**(dict.fromkeys(names, trusted) if trusted else {}), **_proxy(args)}


def _proxy(args: AirflowDeploymentArgs) -> dict[str, str]:
    proxy = args.site.proxy
    if proxy is None:
        return {}
    # Services are called by their bare names within a namespace; from outside by names that end in it.
    own = [f"{args.namespace}-{part}" for part in ("api-server", "redis", "statsd", "postgresql")]
    none = ",".join(dict.fromkeys([*_INSIDE, f".{args.namespace}", *own, *proxy.no_proxy]))
    values = {"HTTP_PROXY": proxy.http, "HTTPS_PROXY": proxy.https, "NO_PROXY": none}
    # Some programs read the one, some the other.
    return {name: value for upper, value in values.items() if value for name in (upper, upper.lower())}


def _ca_name(args: AirflowDeploymentArgs) -> str:
    """Name the ConfigMap after its content, so that other certificates restart what trusts them."""
    pem = args.site.ca_bundle.pem if args.site.ca_bundle else None
    return f"{args.namespace}-ca-{hashlib.sha256((pem or '').encode()).hexdigest()[:8]}"
