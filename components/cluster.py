"""ClusterComponent: what an environment keeps once on each cluster. Owns no namespace and nobody's rights."""

import pulumi
from pulumi_kubernetes.admissionregistration.v1 import (
    ValidatingAdmissionPolicy,
    ValidatingAdmissionPolicyBinding,
)
from pulumi_kubernetes.meta.v1 import ObjectMetaArgs
from pulumi_kubernetes.rbac.v1 import ClusterRole
from pulumi_kubernetes.scheduling.v1 import PriorityClass

from components import naming
from components.access_args import Role
from components.args import ClusterArgs
from components.base import Component
from components.guard_rail_policies import binding_spec, policy_name, policy_spec
from components.guard_rails import guard_rails
from components.hosting_args import GuardRails
from components.labels import platform_labels
from components.priorities import CLASSES
from components.rbac import role_rules

TYPE_TOKEN = "airspace:index:ClusterComponent"

_PREEMPTION = "Never"
"""On a full node a pod of ours waits. Were it to push others off, it would push whatever has no class at all, such as
a neighbour's database, since that has priority zero."""


class ClusterComponent(Component):
    """An environment's share of one cluster: priority classes, the roles that members are bound to, guard rails."""

    priority_classes: list[str]
    """Names of the PriorityClasses of each share."""

    def __init__(self, name: str, args: ClusterArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(TYPE_TOKEN, name, None, opts)
        self.priority_classes = [self._create_priority_class(name, args, end) for end in CLASSES]
        self._create_roles(name, args)
        if args.guard_rails is not GuardRails.OFF:
            self._create_guard_rails(name, args)
        self.register_outputs({"priority_classes": self.priority_classes})

    def _create_priority_class(self, name: str, args: ClusterArgs, end: str) -> str:
        class_name = naming.priority_class_name(args.environment, end)
        PriorityClass(
            f"{name}-{end}",
            metadata=ObjectMetaArgs(name=class_name, labels=platform_labels(args.environment)),
            value=CLASSES[end].value,
            preemption_policy=_PREEMPTION,
            description=CLASSES[end].description,
            opts=self._child(),
        )
        return class_name

    def _create_roles(self, name: str, args: ClusterArgs) -> None:
        for role in Role:
            ClusterRole(
                f"{name}-{role}",
                metadata=ObjectMetaArgs(
                    name=naming.role_name(args.environment, role), labels=platform_labels(args.environment)
                ),
                rules=[rule.as_kubernetes() for rule in role_rules(args.roles, role)],
                opts=self._child(),
            )

    def _create_guard_rails(self, name: str, args: ClusterArgs) -> None:
        for rail in guard_rails(args):
            metadata = ObjectMetaArgs(name=policy_name(args, rail), labels=platform_labels(args.environment))
            policy = ValidatingAdmissionPolicy(
                f"{name}-{rail.name}", metadata=metadata, spec=policy_spec(rail), opts=self._child()
            )
            ValidatingAdmissionPolicyBinding(
                f"{name}-{rail.name}",
                metadata=metadata,
                spec=binding_spec(args, rail),
                opts=self._child(depends_on=[policy]),
            )
