"""How the UI of a deployment is reached from outside by a Service of its own, beside an ingress or without one."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class ServiceType(StrEnum):
    """Kubernetes' types of Services that may be asked for."""

    CLUSTER_IP = "ClusterIP"
    """From within the cluster only."""
    NODE_PORT = "NodePort"
    """At a port of the nodes."""
    LOAD_BALANCER = "LoadBalancer"
    """At an address of a load balancer, which the cluster's provider makes; and at a port of the nodes."""


@dataclass(frozen=True, kw_only=True)
class UiServiceArgs:
    """A Service that leads to the UI and the API from outside."""

    type: ServiceType
    """One of those that lead in from outside."""
    source_ranges: tuple[str, ...]
    """Blocks of addresses that may connect; at least one."""
    port: int
    """Of the Service; Airflow's own is 8080."""
    annotations: Mapping[str, str] = field(default_factory=dict)
    """For whatever makes the load balancer."""
    has_tls: bool = False
    """What stands before it ends TLS."""
