"""What KEDA is told of the database: its scaler is written in Go and understands no URL that names a Python driver.

The chart lets KEDA read the variable `AIRFLOW_CONN_AIRFLOW_DB` of the workers, which is the very URL that SQLAlchemy
gets. Where that URL is known here, the variable has a value of its own; nothing of Airflow itself connects by it.
"""

import re

from components.args import AirflowDeploymentArgs
from components.executor_args import Scaling

VARIABLE = "AIRFLOW_CONN_AIRFLOW_DB"
"""What KEDA reads, and DAGs as the connection `airflow_db`; Airflow itself connects by other variables."""
KEY = "kedaConnection"
"""Key beside `connection` in the Secret with the database's URL, as the chart calls it."""
_DRIVER = re.compile(r"(?<=^postgresql)\+\w+(?=://)")


def is_asked(args: AirflowDeploymentArgs) -> bool:
    """Tell whether KEDA scales a worker queue."""
    celery = args.executor.celery
    return celery is not None and any(queue.scaled_by is Scaling.KEDA for queue in celery.queues)


def has_own_address(args: AirflowDeploymentArgs) -> bool:
    """Tell whether KEDA gets a URL other than Airflow's.

    Not before a pool or the embedded database, whose URLs the platform writes without a driver; and not for a Secret of
    somebody else, to which nothing can be added.
    """
    return is_asked(args) and args.database.config_key is not None and args.pgbouncer is None


def plain_url(url: str) -> str:
    """Return a database's URL without the Python driver in its scheme; anything else stays as it is."""
    return _DRIVER.sub("", url, count=1)
