"""What may be said of networks: what lies around a cluster's deployments, and what a deployment may reach."""

from ipaddress import ip_network
from typing import Annotated, Self

from pydantic import AfterValidator, Field, StrictInt, model_validator

from stacks.fields import Flag, Name, Strict

_PORT_MAX = 65535


def _cidr(text: str) -> str:
    try:
        return str(ip_network(text))
    except ValueError:
        message = "is not a block of addresses; write one such as 10.20.0.0/16, or 10.20.30.40/32 for one address"
        raise ValueError(message) from None


Cidr = Annotated[str, AfterValidator(_cidr)]
"""A block of addresses."""
Port = Annotated[StrictInt, Field(ge=1, le=_PORT_MAX)]


class PlaceSettings(Strict):
    """Something outside a deployment: by address, or by namespace."""

    cidr: Cidr | None = None
    """Block of addresses."""
    namespace: Name | None = None
    """Namespace of the same cluster."""
    pods: dict[str, str] = {}
    """Labels of the pods in that namespace; by default all of them."""

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        if self.cidr and self.namespace:
            raise ValueError("names both `cidr` and `namespace`; keep the one that it is reached by")
        if self.pods and not self.namespace:
            raise ValueError("has `pods` without `namespace`; say in which namespace they are")
        return self


class ServerSettings(PlaceSettings):
    """A server that every deployment of its kind has; the port is known where nothing is said."""

    ports: list[Port] = []
    """TCP ports."""


class ClusterNetworkSettings(Strict):
    """What lies around the deployments of a cluster."""

    keda_namespace: Name = "keda"
    """Namespace of KEDA, where a worker queue is scaled by it."""
    metrics_namespace: Name | None = None
    """Namespace of what scrapes metrics; without it nothing may."""
    kubernetes_api: Cidr | None = None
    """Addresses of the Kubernetes API itself, not that of its Service; by default any, on its ports. Required on a
    `cloud` cluster, and beside `closed`."""
    kubernetes_api_ports: Annotated[list[Port], Field(min_length=1)] = [443, 6443]
    """Ports of the Kubernetes API, of its Service and of the server behind it: most networks judge by the latter."""
    dns: ServerSettings = ServerSettings()
    """The cluster's DNS; by default pods `k8s-app: kube-dns` in `kube-system`, on port 53."""
    dns_cache: Cidr | None = None
    """Address of a DNS cache on the nodes, such as 169.254.20.10/32."""
    proxy: ServerSettings = ServerSettings()
    """The cluster's `proxy`; by default any address on the port of its address."""
    identity_provider: ServerSettings = ServerSettings()
    """The identity provider of `sign_in`; by default any address on the port of its issuer."""
    closed: list[Cidr] = []
    """Addresses of nodes, pods, Services and load balancers, which no deployment reaches by address. Required on a
    `cloud` cluster, where private addresses are closed beside them unless they are named."""
    namespaces: list[Name] | None = None
    """Namespaces that deployments may name as a destination; by default any, on a `cloud` cluster none."""
    gke_metadata: Flag = False
    """The nodes run Google's metadata server, which tells a pod its own identity and never the node's. A `cloud`
    cluster without it refuses the annotation `iam.gke.io/gcp-service-account`."""


class DestinationSettings(PlaceSettings):
    """Something that Airflow and its tasks may reach."""

    ports: Annotated[list[Port], Field(min_length=1)]
    """TCP ports."""

    @model_validator(mode="after")
    def _some_place(self) -> Self:
        if not self.cidr and not self.namespace:
            raise ValueError("does not say where it is; set cidr or namespace")
        return self


class NetworkSettings(Strict):
    """What a deployment reaches outside of itself; everything else is closed."""

    database: ServerSettings = ServerSettings()
    """The metadata database, where it is not embedded; by default any address on port 5432."""
    git: ServerSettings = ServerSettings()
    """The git server; by default any address on the port of the repository's address."""
    broker: ServerSettings = ServerSettings()
    """What carries messages to Celery workers, where it is somebody else's; by default any address on the ports of
    RabbitMQ and Redis."""
    logs: ServerSettings = ServerSettings()
    """Where `logs` go; by default any address, on port 443 or the port of the search engine."""
    metrics: ServerSettings = ServerSettings()
    """The collector of `metrics`; by default any address on its port."""
    egress: dict[Name, DestinationSettings] = {}
    """What Airflow and its tasks may reach beside that, by name."""
