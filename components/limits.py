"""The LimitRange of a deployment's namespace: a net for containers that say nothing of their size.

All containers of ours do; those that operators of users start may not, and the quota refuses what has no size.
"""

from components.manifest import Manifest
from components.quantities import Resources

DEFAULT_CONTAINER = Resources.reserved("250m", "512Mi", "1Gi")
"""What a container gets that asks for nothing."""


def limit_range_spec() -> Manifest:
    """Return the spec of the LimitRange."""
    written = DEFAULT_CONTAINER.as_kubernetes()
    return {"limits": [{"type": "Container", "default": written["limits"], "defaultRequest": written["requests"]}]}
