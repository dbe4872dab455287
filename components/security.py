"""Pod Security of the namespaces: the strictest standard, at a version that an upgrade of the cluster cannot change."""

POD_SECURITY_LEVEL = "restricted"
POD_SECURITY_VERSION = "v1.34"
"""Pinned: `latest` would let an upgrade of the cluster refuse pods that ran the day before."""


def namespace_labels() -> dict[str, str]:
    """Return the labels by which the API server enforces Pod Security in a namespace."""
    return {
        f"pod-security.kubernetes.io/{mode}{suffix}": value
        for mode in ("enforce", "audit", "warn")
        for suffix, value in (("", POD_SECURITY_LEVEL), ("-version", POD_SECURITY_VERSION))
    }
