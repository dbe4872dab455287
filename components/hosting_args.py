"""Arguments that follow from where a deployment runs: who makes what lies outside of namespaces."""

from enum import StrEnum


class Provision(StrEnum):
    """Who makes objects that need rights on the whole cluster."""

    MANAGED = "managed"
    """The stack."""
    PROVIDED = "provided"
    """An administrator, beforehand."""
