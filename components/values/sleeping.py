"""Values of a deployment that sleeps: the release stays with all its objects, and no pod of it runs."""

from typing import Any

_SCALED = ("scheduler", "apiServer", "webserver", "dagProcessor", "triggerer")
_UNSCALED = ("redis", "statsd", "pgbouncer", "migrateDatabaseJob", "cleanup", "databaseCleanup")
_SCALERS = ("hpa", "keda")


def asleep(values: dict[str, Any]) -> dict[str, Any]:
    """Return the values with nothing left to run.

    Redis, StatsD and PgBouncer cannot be scaled to none and hold nothing worth keeping; they go. No Job runs either:
    the database that it would migrate or tidy up may sleep too, and whoever wakes the deployment migrates it then.
    """
    quiet = {part: _scaled_down(values[part]) for part in _SCALED if part in values}
    for part in _UNSCALED:
        quiet[part] = {**values[part], "enabled": False}
    return {**values, **quiet, "workers": _workers(values["workers"])}


def _workers(workers: dict[str, Any]) -> dict[str, Any]:
    celery = workers["celery"]
    if "sets" not in celery:
        return workers
    return {**workers, "celery": {**celery, "sets": [_scaled_down(one) for one in celery["sets"]]}}


def _scaled_down(part: dict[str, Any]) -> dict[str, Any]:
    if part.get("enabled") is False:
        return part
    scalers = {scaler: {"enabled": False} for scaler in _SCALERS if scaler in part}
    return {**part, "replicas": 0, **scalers}
