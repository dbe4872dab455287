"""What each workspace role is in Airflow itself."""

from collections.abc import Mapping

from components.access_args import AirflowRole, Role

AIRFLOW_ROLES: Mapping[Role, AirflowRole] = {
    # Runs of DAGs are started and cleared by those who may also change the deployment.
    Role.VIEWER: AirflowRole.VIEWER,
    Role.EDITOR: AirflowRole.USER,
    Role.ADMIN: AirflowRole.ADMIN,
}
