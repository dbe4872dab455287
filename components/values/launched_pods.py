"""What Airflow's `airflow_local_settings.py` says where tasks may start pods: how these become pods of the platform."""

from pathlib import Path
from typing import Any

from components import priorities, site
from components.args import AirflowDeploymentArgs
from components.executor_args import Priority
from components.pods import Share
from components.values.security import AIRFLOW_UID
from components.values.templating import literal

_CODE = (Path(__file__).resolve().parents[2] / "runtime" / "airflow_local_settings.py").read_text(encoding="utf-8")


def launched_pod_values(args: AirflowDeploymentArgs) -> dict[str, Any]:
    """Return the value that fills in what pods of tasks leave open; none where tasks start no pods."""
    if not args.pod_launching:
        return {}
    placed = site.placement(args)
    filled = {
        "priority_class": priorities.class_name(args.environment, Share.TASKS, Priority.NORMAL),
        "node_selector": placed.get("nodeSelector", {}),
        "tolerations": placed.get("tolerations", []),
        "pull_secrets": site.pull_secrets(args),
        "user": AIRFLOW_UID,
    }
    return {"airflowLocalSettings": literal(f"{_CODE}\n\nOPEN.update({filled!r})\n")}
