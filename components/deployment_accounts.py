"""The resources of a deployment's ServiceAccounts: those that the chart cannot make, and all rights of its pods."""

from collections.abc import Callable

import pulumi
from pulumi_kubernetes.core.v1 import ServiceAccount
from pulumi_kubernetes.meta.v1 import ObjectMetaArgs
from pulumi_kubernetes.rbac.v1 import Role, RoleBinding, RoleRefArgs, SubjectArgs

from components.args import AirflowDeploymentArgs
from components.labels import deployment_labels
from components.service_accounts import accounts, holders, rules

Options = Callable[[], pulumi.ResourceOptions]


def create_accounts(name: str, args: AirflowDeploymentArgs, options: Options) -> list[pulumi.Resource]:
    """Make them, as children by the given options."""
    made: list[pulumi.Resource] = [
        ServiceAccount(
            f"{name}-{account.part}",
            metadata=_metadata(args, account_name, dict(account.annotations)),
            automount_service_account_token=account.has_token,
            opts=options(),
        )
        for account in accounts(args)
        if account.is_ours
        for account_name in account.names
    ]
    for role, names in holders(args).items():
        metadata = _metadata(args, f"airspace-{role}")
        allowed = [rule.as_kubernetes() for rule in rules(args, role)]
        reference = RoleRefArgs(api_group="rbac.authorization.k8s.io", kind="Role", name=f"airspace-{role}")
        subjects = [SubjectArgs(kind="ServiceAccount", name=holder, namespace=args.namespace) for holder in names]
        made.append(Role(f"{name}-{role}", metadata=metadata, rules=allowed, opts=options()))
        made.append(
            RoleBinding(f"{name}-{role}", metadata=metadata, role_ref=reference, subjects=subjects, opts=options())
        )
    return made


def _metadata(args: AirflowDeploymentArgs, name: str, annotations: dict[str, str] | None = None) -> ObjectMetaArgs:
    return ObjectMetaArgs(
        name=name, namespace=args.namespace, labels=deployment_labels(args), annotations=annotations or None
    )
