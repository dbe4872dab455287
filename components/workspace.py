"""WorkspaceComponent: a home of Airflow deployments. Owns them, and nothing on the cluster itself."""

import pulumi

from components.airflow_deployment import AirflowDeploymentComponent
from components.args import WorkspaceArgs
from components.base import Component

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
        self.deployments = self._create_deployments(args)
        self.register_outputs({"namespaces": self.namespaces})

    def _create_deployments(self, args: WorkspaceArgs) -> dict[str, AirflowDeploymentComponent]:
        # Named by namespace, which is unique and stays when a deployment is renamed or changes its workspace.
        return {
            deployment.name: AirflowDeploymentComponent(
                deployment.namespace, deployment, self._child(providers=[args.providers[deployment.cluster]])
            )
            for deployment in args.deployments
        }
