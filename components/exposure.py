"""The Service by which a UI is reached from outside, where a deployment asks for one, as a plain manifest.

The chart's own Service stays as it is, for the parts of Airflow. By that one, nodes would put their own address in
place of the client's, which the chart cannot change, and no network policy could tell who connects.
"""

from components.args import AirflowDeploymentArgs
from components.exposure_args import ServiceType, UiServiceArgs
from components.labels import deployment_labels
from components.life_args import State
from components.manifest import Manifest
from components.network import WEB_PORT, web_part

NAME = "airspace-ui"
"""The one Service that guard rails let reach out."""


def asked(args: AirflowDeploymentArgs) -> UiServiceArgs | None:
    """Return what is asked for; None where nothing leads in, and where nothing is left to lead to."""
    return None if args.state is State.RETIRED else args.ui_service


def node_ports(args: AirflowDeploymentArgs) -> int:
    """Count the ports of nodes: a load balancer has one too, to which it sends what it gets."""
    return 1 if asked(args) else 0


def load_balancers(args: AirflowDeploymentArgs) -> int:
    """Count the load balancers."""
    service = asked(args)
    return 1 if service and service.type is ServiceType.LOAD_BALANCER else 0


def ui_service(args: AirflowDeploymentArgs) -> Manifest | None:
    """Return the Service; None where nobody asks for it."""
    service = asked(args)
    if service is None:
        return None
    # No run waits for the address: not every cluster gives one, and a paid one may take minutes.
    annotations = {**dict(sorted(service.annotations.items())), "pulumi.com/skipAwait": "true"}
    is_balanced = service.type is ServiceType.LOAD_BALANCER
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {
            "name": NAME,
            "namespace": args.namespace,
            "labels": deployment_labels(args),
            "annotations": annotations,
        },
        "spec": {
            "type": str(service.type),
            "selector": {"tier": "airflow", "component": web_part(args), "release": args.namespace},
            "ports": [{"name": "ui", "protocol": "TCP", "port": service.port, "targetPort": WEB_PORT}],
            # Keeps the client's address, which network policies judge by.
            "externalTrafficPolicy": "Local",
            **({"loadBalancerSourceRanges": list(service.source_ranges)} if is_balanced else {}),
        },
    }
