"""AirflowDeploymentComponent: one Airflow in a namespace of its own. Owns all that is reserved for it and its release.

Refuses to decide anything: sizes, names, roles and options come with the arguments.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi
from pulumi_kubernetes.apiextensions import CustomResource
from pulumi_kubernetes.apps.v1 import StatefulSet
from pulumi_kubernetes.batch.v1 import CronJob
from pulumi_kubernetes.core.v1 import ConfigMap, LimitRange, Namespace, ResourceQuota, Secret, Service
from pulumi_kubernetes.helm.v3 import Release
from pulumi_kubernetes.meta.v1 import ObjectMetaArgs
from pulumi_kubernetes.networking.v1 import Ingress, NetworkPolicy
from pulumi_kubernetes.rbac.v1 import RoleBinding, RoleRefArgs

from components import door, exposure, naming, sign_in
from components.args import AirflowDeploymentArgs
from components.base import Component
from components.database import embedded_database_service, embedded_database_stateful_set
from components.deployment_accounts import create_accounts
from components.deployment_secrets import DeploymentSecrets
from components.deployment_site import create_site
from components.generated_secrets import holds_state, secret_annotations
from components.guard_rails import namespace_annotations
from components.hibernation_jobs import hibernation_config_map, hibernation_cron_jobs
from components.hosting_args import Provision
from components.labels import AIRFLOW_VERSION, deployment_labels
from components.life_args import State
from components.limits import limit_range_spec
from components.network_policies import network_policies
from components.object_counts import MAX_HISTORY
from components.quota_in_force import quota_annotations, quotas_in_force
from components.secret_use import annotate
from components.security import namespace_labels
from components.subjects import subjects_by_role
from components.timeouts import namespace_delete_timeout, release_timeout_seconds
from components.values import build_values

TYPE_TOKEN = "airspace:index:AirflowDeploymentComponent"


class AirflowDeploymentComponent(Component):
    """One Airflow: scheduler, API server or webserver, and workers as its executor needs."""

    namespace: pulumi.Output[str]
    """Name of the namespace; depend on this, not on the arguments."""
    helm_status: pulumi.Output[str]
    """What Helm says of the release, such as `deployed`; `removed` where the deployment is retired."""
    url: str | None
    """Address of the UI."""

    def __init__(self, name: str, args: AirflowDeploymentArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(TYPE_TOKEN, name, None, opts)
        is_provided = args.site.namespace_provision is Provision.PROVIDED
        namespace = None if is_provided else self._create_namespace(name, args)
        around = [namespace] if namespace else []
        self.namespace = _name_of(namespace) if namespace else pulumi.Output.from_input(args.namespace)
        reserved: list[pulumi.Resource] = [
            *self._create_quotas(name, args, namespace),
            self._create_limit_range(name, args, namespace),
            *self._create_network_policies(name, args, namespace),
        ]
        reserved += create_site(name, args, lambda **options: self._inside(namespace, **options))
        secrets = self._create_secrets(name, args, namespace)
        prepared = [*around, *reserved, *secrets.resources]
        # It wakes before what uses it, and goes to sleep once that has been told to.
        goes_last = args.state is State.HIBERNATED
        database = [] if goes_last else self._create_database(name, args, prepared)
        self._create_bindings(name, args, namespace)
        self.helm_status = pulumi.Output.from_input("removed")
        if args.state is not State.RETIRED:
            accounts = create_accounts(name, args, lambda: self._inside(namespace))
            entered = self._create_sign_in(name, args, namespace)
            release = self._create_release(name, args, secrets, [*prepared, *database, *accounts, *entered])
            if goes_last:
                self._create_database(name, args, [*prepared, release])
            self._create_hibernation(name, args, release)
            self._create_ui_service(name, args, release)
            self.helm_status = release.status.apply(lambda status: status.status if status else "unknown")
        self.url = args.url
        self.register_outputs({"namespace": self.namespace, "helm_status": self.helm_status, "url": self.url})

    def _create_namespace(self, name: str, args: AirflowDeploymentArgs) -> Namespace:
        return Namespace(
            name,
            metadata=ObjectMetaArgs(
                name=args.namespace,
                labels={**deployment_labels(args), **namespace_labels()},
                annotations=namespace_annotations(args) or None,
            ),
            opts=self._child(
                protect=args.is_protected or None,
                custom_timeouts=pulumi.CustomTimeouts(delete=namespace_delete_timeout(args)),
            ),
        )

    def _create_quotas(
        self, name: str, args: AirflowDeploymentArgs, namespace: Namespace | None
    ) -> list[ResourceQuota]:
        return [
            ResourceQuota(
                f"{name}-{part}",
                metadata=self._metadata(args, part, quota_annotations(args)),
                spec=spec,
                opts=self._inside(namespace),
            )
            for part, spec in quotas_in_force(args).items()
        ]

    def _create_limit_range(self, name: str, args: AirflowDeploymentArgs, namespace: Namespace | None) -> LimitRange:
        version = {AIRFLOW_VERSION: args.airflow_version}
        return LimitRange(
            name,
            metadata=self._metadata(args, "defaults", version),
            spec=limit_range_spec(),
            opts=self._inside(namespace),
        )

    def _create_network_policies(
        self, name: str, args: AirflowDeploymentArgs, namespace: Namespace | None
    ) -> list[NetworkPolicy]:
        return [
            NetworkPolicy(
                f"{name}-{part}", metadata=self._metadata(args, part), spec=spec, opts=self._inside(namespace)
            )
            for part, spec in network_policies(args).items()
        ]

    def _create_secrets(self, name: str, args: AirflowDeploymentArgs, namespace: Namespace | None) -> DeploymentSecrets:
        secrets = DeploymentSecrets(name, args, parent=self)
        for purpose, data in secrets.data.items():
            secrets.resources.append(
                Secret(
                    f"{name}-{purpose}",
                    metadata=ObjectMetaArgs(
                        name=naming.secret_name(args.namespace, purpose),
                        namespace=args.namespace,
                        labels=deployment_labels(args),
                        annotations=secret_annotations(args, purpose) or None,
                    ),
                    string_data=data,
                    opts=self._inside(namespace, protect=(args.is_protected and holds_state(purpose)) or None),
                )
            )
        return secrets

    def _create_database(
        self, name: str, args: AirflowDeploymentArgs, before: Sequence[pulumi.Resource]
    ) -> list[pulumi.Resource]:
        embedded = args.database.embedded
        if embedded is None:
            return []
        service = embedded_database_service(args)
        stateful_set = embedded_database_stateful_set(args, embedded)
        options = self._child(depends_on=list(before))
        return [
            Service(f"{name}-postgresql", metadata=service["metadata"], spec=service["spec"], opts=options),
            StatefulSet(
                f"{name}-postgresql",
                metadata=stateful_set["metadata"],
                spec=stateful_set["spec"],
                opts=self._child(depends_on=list(before), protect=args.is_protected or None),
            ),
        ]

    def _create_bindings(self, name: str, args: AirflowDeploymentArgs, namespace: Namespace | None) -> None:
        for role, subjects in subjects_by_role(args).items():
            RoleBinding(
                f"{name}-{role}",
                metadata=self._metadata(args, role),
                role_ref=RoleRefArgs(
                    api_group="rbac.authorization.k8s.io",
                    kind="ClusterRole",
                    name=naming.role_name(args.environment, role),
                ),
                subjects=subjects,
                opts=self._inside(namespace),
            )

    def _create_sign_in(
        self, name: str, args: AirflowDeploymentArgs, namespace: Namespace | None
    ) -> list[pulumi.Resource]:
        """Make what lets people and bots in: what Airflow's server reads, and what stands before it."""
        parts = {"sign-in": sign_in.config_map(args), "access": sign_in.access_config_map(args)}
        made: list[pulumi.Resource] = [
            ConfigMap(f"{name}-{part}", metadata=one["metadata"], data=one["data"], opts=self._inside(namespace))
            for part, one in parts.items()
        ]
        if asked := door.middleware(args):
            made.append(
                CustomResource(
                    f"{name}-door",
                    api_version=asked["apiVersion"],
                    kind=asked["kind"],
                    metadata=asked["metadata"],
                    spec=asked["spec"],
                    opts=self._inside(namespace),
                )
            )
        if way := door.bots_ingress(args):
            made.append(
                Ingress(f"{name}-bots", metadata=way["metadata"], spec=way["spec"], opts=self._inside(namespace))
            )
        return made

    def _create_hibernation(self, name: str, args: AirflowDeploymentArgs, release: Release) -> None:
        """Make what puts the release to sleep and wakes it, once there is one."""
        if args.hibernation is None:
            return
        options = self._child(depends_on=[release])
        script = hibernation_config_map(args)
        ConfigMap(f"{name}-hibernation", metadata=script["metadata"], data=script["data"], opts=options)
        for step, job in hibernation_cron_jobs(args, args.hibernation).items():
            CronJob(f"{name}-{step}", metadata=job["metadata"], spec=job["spec"], opts=options)

    def _create_ui_service(self, name: str, args: AirflowDeploymentArgs, release: Release) -> None:
        """Make the way in from outside, where one is asked for, once there is what it leads to."""
        if asked := exposure.ui_service(args):
            options = self._child(depends_on=[release])
            Service(f"{name}-ui", metadata=asked["metadata"], spec=asked["spec"], opts=options)

    def _create_release(
        self, name: str, args: AirflowDeploymentArgs, secrets: DeploymentSecrets, before: Sequence[pulumi.Resource]
    ) -> Release:
        values = annotate(build_values(args), args, secrets.digests(args))
        return Release(
            name,
            name=args.namespace,
            namespace=args.namespace,
            chart=args.chart.reference,
            version=args.chart.version,
            description=_description(args),
            values=values,
            timeout=release_timeout_seconds(args),
            max_history=MAX_HISTORY,
            # A failed roll-out stays to be looked at; what it made in vain goes.
            cleanup_on_fail=True,
            create_namespace=False,
            opts=self._child(depends_on=list(before)),
        )

    def _metadata(
        self, args: AirflowDeploymentArgs, part: str, annotations: Mapping[str, str] | None = None
    ) -> ObjectMetaArgs:
        return ObjectMetaArgs(
            name=f"airspace-{part}",
            namespace=args.namespace,
            labels=deployment_labels(args),
            annotations=annotations or None,
        )

    def _inside(self, namespace: Namespace | None, **options: Any) -> pulumi.ResourceOptions:
        """Return options for what lives and goes with the namespace, so that no call is spent on its deletion.

        In a namespace that somebody else has made, it goes by itself.
        """
        if namespace is None:
            return self._child(**options)
        return self._child(depends_on=[namespace], deleted_with=namespace, **options)


def _description(args: AirflowDeploymentArgs) -> str:
    """Say what no value says: whoever changes it rolls the release out, which also wakes what sleeps."""
    schedule = args.hibernation
    sleep = f", asleep from {schedule.hibernate_at} to {schedule.wake_at} {schedule.time_zone}" if schedule else ""
    return f"Airflow {args.airflow_version}, chart sha256:{args.chart.sha256}{sleep}"


def _name_of(namespace: Namespace) -> pulumi.Output[str]:
    return namespace.metadata.apply(lambda metadata: str(metadata.name))
