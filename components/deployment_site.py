"""The resources that pods of a deployment need around them: keys to registries, certificates, a volume of task logs."""

from collections.abc import Callable
from typing import Any

import pulumi
from pulumi_kubernetes.core.v1 import ConfigMap, PersistentVolumeClaim, Secret
from pulumi_kubernetes.meta.v1 import ObjectMetaArgs

from components import site
from components.args import AirflowDeploymentArgs
from components.labels import deployment_labels
from components.log_volume import log_claim

Options = Callable[..., pulumi.ResourceOptions]


def create_site(name: str, args: AirflowDeploymentArgs, options: Options) -> list[pulumi.Resource]:
    """Make them, as children by the given options."""
    made: list[pulumi.Resource] = []
    if key := args.site.registries.pull_config_key:
        made.append(
            Secret(
                f"{name}-registry",
                metadata=ObjectMetaArgs(
                    name=site.pull_secret_name(args), namespace=args.namespace, labels=deployment_labels(args)
                ),
                type="kubernetes.io/dockerconfigjson",
                string_data={".dockerconfigjson": pulumi.Output.secret(args.secret_values[key])},
                opts=options(),
            )
        )
    if bundle := site.ca_config_map(args):
        made.append(ConfigMap(f"{name}-ca", metadata=bundle["metadata"], data=bundle["data"], opts=options()))
    if args.log_volume:
        claim: Any = log_claim(args, args.log_volume)
        protected = options(protect=args.is_protected or None)
        made.append(
            PersistentVolumeClaim(f"{name}-logs", metadata=claim["metadata"], spec=claim["spec"], opts=protected)
        )
    return made
