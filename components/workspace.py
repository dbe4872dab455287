"""WorkspaceComponent: a home of Airflow deployments. Owns what its members may see, and its deployments."""

import pulumi
from pulumi_kubernetes.meta.v1 import ObjectMetaArgs
from pulumi_kubernetes.rbac.v1 import ClusterRole, ClusterRoleBinding, RoleRefArgs

from components import naming
from components.airflow_deployment import AirflowDeploymentComponent
from components.args import WorkspaceArgs
from components.base import Component
from components.labels import workspace_labels
from components.rbac import namespace_visibility
from components.subjects import subjects

TYPE_TOKEN = "airspace:index:WorkspaceComponent"


class WorkspaceComponent(Component):
    """A personal or shared home of Airflow deployments."""

    namespaces: list[str]
    """Namespaces of its deployments."""
    deployments: dict[str, AirflowDeploymentComponent]
    """Its Airflow deployments by name."""

    def __init__(self, name: str, args: WorkspaceArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(TYPE_TOKEN, name, None, opts)
        self.namespaces = [deployment.namespace for deployment in args.deployments]
        for cluster in sorted({deployment.cluster for deployment in args.deployments} - args.provided_clusters):
            self._create_visibility(name, args, cluster)
        self.deployments = self._create_deployments(args)
        self.register_outputs({"namespaces": self.namespaces})

    def _create_visibility(self, name: str, args: WorkspaceArgs, cluster: str) -> None:
        """Let members see the workspace's namespaces on one cluster, and no others."""
        seen = [deployment for deployment in args.deployments if deployment.cluster == cluster]
        people = subjects([*args.members, *(entry for deployment in seen for entry in deployment.access)])
        role = naming.workspace_role_name(args.environment, args.name)
        metadata = ObjectMetaArgs(name=role, labels=workspace_labels(args.environment, args.name))
        opts = self._child(provider=args.providers[cluster])
        ClusterRole(
            f"{name}-{cluster}-visibility",
            metadata=metadata,
            rules=[namespace_visibility([deployment.namespace for deployment in seen]).as_kubernetes()],
            opts=opts,
        )
        ClusterRoleBinding(
            f"{name}-{cluster}-visibility",
            metadata=metadata,
            role_ref=RoleRefArgs(api_group="rbac.authorization.k8s.io", kind="ClusterRole", name=role),
            subjects=people,
            opts=self._child(provider=args.providers[cluster]),
        )

    def _create_deployments(self, args: WorkspaceArgs) -> dict[str, AirflowDeploymentComponent]:
        # Named by namespace, which is unique and stays when a deployment is renamed or changes its workspace.
        return {
            deployment.name: AirflowDeploymentComponent(
                deployment.namespace, deployment, self._child(providers=[args.providers[deployment.cluster]])
            )
            for deployment in args.deployments
        }
