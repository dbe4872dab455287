"""What may be said of a Service by which the UI of a deployment is reached from outside."""

import re
from typing import Annotated, Self

from pydantic import AfterValidator, model_validator

from components.exposure_args import ServiceType
from components.labels import PREFIX
from stacks.fields import Flag, Strict
from stacks.network_settings import Cidr, Port
from stacks.size_settings import LabelKey

_STEERING = re.compile(rf"({re.escape(PREFIX)}|pulumi\.com|(meta\.)?helm\.sh)/")
"""Domains by which the platform and its engine are told what to do with an object."""


def _free_annotation(key: str) -> str:
    if _STEERING.match(key):
        raise ValueError(f"{key} steers the platform itself; use annotations of what makes the load balancer")
    return key


AnnotationKey = Annotated[LabelKey, AfterValidator(_free_annotation)]
"""Key of an annotation that nothing of the platform goes by."""


class UiServiceSettings(Strict):
    """How the UI and the API are reached from outside without an ingress, in Kubernetes' terms."""

    type: ServiceType = ServiceType.CLUSTER_IP
    """`ClusterIP`: nothing from outside; `NodePort`: at a port of the nodes; `LoadBalancer`: at its own address."""
    source_ranges: list[Cidr] = []
    """Blocks of addresses that may connect; nothing else does."""
    port: Port = 8080
    """Port of the Service, such as 443 where a load balancer ends TLS."""
    annotations: dict[AnnotationKey, str] = {}
    """Annotations for whatever makes the load balancer."""
    tls: Flag = False
    """What stands before it ends TLS; Airflow itself speaks HTTP."""

    @model_validator(mode="after")
    def _ranges_where_something_leads_in(self) -> Self:
        void = sorted(self.model_fields_set - {"type"})
        if self.type is ServiceType.CLUSTER_IP and void:
            raise ValueError(
                f"has {', '.join(void)}, and nothing outside reaches a Service of type ClusterIP; set type to NodePort "
                "or LoadBalancer, or remove what it has"
            )
        if self.type is not ServiceType.CLUSTER_IP and not self.source_ranges:
            raise ValueError(
                f"leads in by {self.type} and does not say from where; list blocks of addresses under source_ranges, "
                "such as 10.0.0.0/8. 0.0.0.0/0 means everybody"
            )
        return self
