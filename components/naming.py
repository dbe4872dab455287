"""Physical names and their limits. Everything that is named on a cluster is named here."""

import hashlib
import re

MAX_DNS_LABEL = 63
MAX_RELEASE_NAME = 35
"""The chart appends up to 17 characters to names that Kubernetes limits to 52 (a CronJob's)."""
MAX_STATEFUL_SET_NAME = 52
"""A StatefulSet's pods carry an 11 character hash label on top."""

DNS_LABEL_FORM = "lower-case letters, digits and single hyphens, starting with a letter and not ending with a hyphen"

DNS_LABEL_PATTERN = "^[a-z](-?[a-z0-9])*$"

_DNS_LABEL = re.compile(DNS_LABEL_PATTERN)


def is_dns_label(name: str) -> bool:
    """Tell whether a name can be part of a DNS name, a namespace and a Helm release."""
    return len(name) <= MAX_DNS_LABEL and _DNS_LABEL.fullmatch(name) is not None


def bounded_name(*parts: str, limit: int = MAX_DNS_LABEL) -> str:
    """Join parts with hyphens; a name over the limit keeps its head and ends in a hash of the whole."""
    full = "-".join(parts)
    if len(full) <= limit:
        return full
    digest = hashlib.sha256(full.encode()).hexdigest()[:8]
    return f"{full[: limit - 9].rstrip('-')}-{digest}"


def personal_workspace_name(email: str) -> str:
    """Name an account's personal workspace from its address alone, so that no other account can change it."""
    local_part = email.split("@", 1)[0].lower()
    readable = re.sub(r"[^a-z0-9]+", "-", local_part).strip("-")
    if not readable or not readable[0].isalpha():
        readable = f"u-{readable}".rstrip("-")
    digest = hashlib.sha256(email.lower().encode()).hexdigest()[:4]
    return f"{readable[:15].rstrip('-')}-{digest}"


def deployment_namespace(workspace: str, deployment: str) -> str:
    """Name the namespace of an Airflow deployment; its Helm release has the same name."""
    return f"{workspace}-{deployment}"


def priority_class_name(environment: str, share: str) -> str:
    """Name a PriorityClass; it is cluster-wide, so environments on one cluster must differ."""
    return bounded_name("airspace", environment, share)


def role_name(environment: str, role: str) -> str:
    """Name the ClusterRole that a workspace role binds."""
    return bounded_name("airspace", environment, role)


def deployer_role_name(environment: str) -> str:
    """Name the ClusterRole and the Roles of whoever runs an environment."""
    return bounded_name("airspace", environment, "deployer")


def secret_name(namespace: str, purpose: str) -> str:
    """Name a Secret of an Airflow deployment."""
    return f"{namespace}-{purpose}"


def log_claim_name(namespace: str) -> str:
    """Name the volume claim that holds a deployment's task logs."""
    return f"{namespace}-logs"


def embedded_database_name(namespace: str) -> str:
    """Name the StatefulSet and the Service of a deployment's embedded PostgreSQL."""
    return f"{namespace}-postgresql"


def worker_set_name(namespace: str, queue: str) -> str:
    """Name the workload of a worker queue as the chart does; the queue `default` has no suffix."""
    return f"{namespace}-worker" if queue == "default" else f"{namespace}-worker-{queue}"
