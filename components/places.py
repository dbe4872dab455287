"""Where files lie in a container, and what a mount at a place would hide."""

import posixpath
from collections.abc import Iterable
from pathlib import PurePosixPath

OWN_FOLDER = "/etc/airspace"
"""All that the platform mounts is below it."""
OF_AIRFLOW = tuple(f"/opt/airflow/{name}" for name in ("airflow.cfg", "config", "dags", "logs", "pod_templates"))
"""What the chart mounts."""
OF_KUBERNETES = ("/var/run/secrets", "/run/secrets")
"""Where tokens are."""


def hides(place: str, kept: Iterable[str]) -> bool:
    """Tell whether a mount would lie over something that is kept, or over a folder that it is in."""
    mounted = PurePosixPath(posixpath.normpath(f"/{place.lstrip('/')}"))
    owned = (PurePosixPath(one) for one in kept)
    return any(mounted.is_relative_to(one) or one.is_relative_to(mounted) for one in owned)
