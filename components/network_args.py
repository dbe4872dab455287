"""Arguments of a deployment's network: where things are that it must reach, or that must reach it, outside of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network, ip_network

NODE_IDENTITY: tuple[IPv4Network | IPv6Network, ...] = tuple(
    ip_network(block) for block in ("169.254.0.0/16", "168.63.129.16/32", "fe80::/10", "fd00:ec2::/32", "fd20:ce::/96")
)
"""Where clouds tell a node who it is: link-local addresses, and what Azure, AWS and Google use beside them."""


PRIVATE: tuple[str, ...] = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7")
"""Where nodes, pods and Services of most clusters are, and what is beside them."""


def lies_within(inner: IPv4Network | IPv6Network, outer: IPv4Network | IPv6Network) -> bool:
    """Tell whether one block of addresses is a part of another, or the same."""
    return inner.version == outer.version and inner.subnet_of(outer)  # type: ignore[arg-type]


@dataclass(frozen=True, kw_only=True)
class DestinationArgs:
    """Something outside a deployment, by address or by namespace."""

    cidr: str | None = None
    """Block of addresses."""
    namespace: str | None = None
    """Namespace of the same cluster."""
    pods: Mapping[str, str] = field(default_factory=dict)
    """Labels of the pods in that namespace; none means all of them."""
    ports: tuple[int, ...] = ()

    @property
    def is_named(self) -> bool:
        """Tell whether it is somewhere, and not anywhere."""
        return self.cidr is not None or self.namespace is not None


CLUSTER_DNS = DestinationArgs(namespace="kube-system", pods={"k8s-app": "kube-dns"}, ports=(53,))
"""Where most clusters have it."""


@dataclass(frozen=True, kw_only=True)
class NetworkArgs:
    """What a deployment's network policies cannot know from the deployment itself."""

    dns: DestinationArgs = CLUSTER_DNS
    """The cluster's DNS."""
    dns_cidr: str | None = None
    """Address of a DNS cache on the nodes, beside the cluster's own DNS."""
    kubernetes_api_cidr: str | None = None
    """Addresses of the Kubernetes API; None means any."""
    kubernetes_api_ports: tuple[int, ...] = (443, 6443)
    """Policies see the port after the Service's address is translated, so both count."""
    ingress_namespace: str = "ingress-nginx"
    """Where the ingress controller runs."""
    keda_namespace: str = "keda"
    """Where KEDA runs, which asks the database how many workers are needed."""
    metrics_namespace: str | None = None
    """Where metrics are scraped from; None where nobody scrapes."""
    database: DestinationArgs = field(default_factory=DestinationArgs)
    """The metadata database, where it is not embedded."""
    git: DestinationArgs = field(default_factory=DestinationArgs)
    """The git server."""
    broker: DestinationArgs = field(default_factory=DestinationArgs)
    """What carries messages to Celery workers, where it is somebody else's."""
    logs: DestinationArgs | None = None
    """Where task logs go; None where they stay."""
    metrics: DestinationArgs | None = None
    """The collector that metrics are sent to; None where they stay."""
    proxy: DestinationArgs = field(default_factory=DestinationArgs)
    """The way out for HTTP, where there is one."""
    identity_provider: DestinationArgs = field(default_factory=DestinationArgs)
    """Who signs people in, where that is an identity provider."""
    closed: tuple[str, ...] = ()
    """Blocks of addresses that are left out of every wider one."""
    egress: Mapping[str, DestinationArgs] = field(default_factory=dict)
    """What Airflow and its tasks may reach beside that, by name."""
