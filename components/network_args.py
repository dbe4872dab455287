"""Arguments of a deployment's network: where things are that it must reach, or that must reach it, outside of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field


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


@dataclass(frozen=True, kw_only=True)
class NetworkArgs:
    """What a deployment's network policies cannot know from the deployment itself."""

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
    proxy: DestinationArgs = field(default_factory=DestinationArgs)
    """The way out for HTTP, where there is one."""
    egress: Mapping[str, DestinationArgs] = field(default_factory=dict)
    """What Airflow and its tasks may reach beside that, by name."""
