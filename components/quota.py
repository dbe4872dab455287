"""The quota of one deployment: what its workloads can need at most, as lines to read and as ResourceQuota specs.

Computed, never typed: the widest roll-out fits exactly, and nothing else does. Several ResourceQuotas, because the API
server lets a quota that is scoped to a PriorityClass bound pods, CPU and memory only.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from components.args import AirflowDeploymentArgs
from components.manifest import Manifest
from components.object_counts import object_counts
from components.priorities import class_names
from components.quantities import NOTHING, Amounts, Resources, format_bytes
from components.workloads import Share, Workload, WorkloadKind, workloads

OBJECTS = "objects"
"""The quota of what is not CPU or memory of pods: disk, claims, and numbers of objects."""
OTHER = "other"
"""The quota that refuses pods outside all shares."""


@dataclass(frozen=True, kw_only=True)
class QuotaLine:
    """One workload's part of the quota: (replicas + surge) x pod."""

    name: str
    component: str
    kind: WorkloadKind
    share: Share
    replicas: int
    surge: int
    pod: Resources
    total: Resources
    claims: int
    """Volume claims."""
    storage: int
    """Bytes of all claims."""

    @property
    def pods(self) -> int:
        """Return the most pods at once."""
        return self.replicas + self.surge


@dataclass(frozen=True, kw_only=True)
class Reserved:
    """What a deployment, or several, take out of a budget."""

    requests: Amounts
    limits: Amounts
    storage: int
    """Bytes of volume claims."""
    claims: int
    pods: int

    @property
    def cpu(self) -> int:
        """Return the requested millicores."""
        return self.requests.cpu

    @property
    def memory(self) -> int:
        """Return the requested bytes of memory."""
        return self.requests.memory

    def __add__(self, other: "Reserved") -> "Reserved":
        return Reserved(
            requests=self.requests + other.requests,
            limits=self.limits + other.limits,
            storage=self.storage + other.storage,
            claims=self.claims + other.claims,
            pods=self.pods + other.pods,
        )


NOTHING_RESERVED = Reserved(requests=Amounts(), limits=Amounts(), storage=0, claims=0, pods=0)


@dataclass(frozen=True, kw_only=True)
class QuotaPlan:
    """The quota of one deployment."""

    lines: tuple[QuotaLine, ...]
    specs: Mapping[str, Manifest]
    """ResourceQuota specs by the name of what they bound: each share, other, objects."""

    @property
    def total(self) -> Reserved:
        """Return the sum of all lines."""
        return _sum(self.lines)

    def share(self, share: Share) -> Reserved:
        """Return the sum of one share's lines."""
        return _sum(line for line in self.lines if line.share == share)


def compute_quota(args: AirflowDeploymentArgs) -> QuotaPlan:
    """Add up a deployment's workloads and write the quotas that hold exactly them."""
    lines = quota_lines(args)
    classes = {share: class_names(args.environment, share) for share in Share}
    specs: dict[str, Mapping[str, object]] = {
        **{
            str(share): _spec(_pod_amounts(_sum(line for line in lines if line.share == share)), "In", classes[share])
            for share in Share
        },
        # Matches pods without a class too: what has none is not in the list either.
        OTHER: _spec({"pods": "0"}, "NotIn", [name for names in classes.values() for name in names]),
        OBJECTS: {"hard": _object_amounts(args, lines)},
    }
    return QuotaPlan(lines=lines, specs=specs)


def reserved(args: AirflowDeploymentArgs) -> Reserved:
    """Return what a deployment takes out of its workspace's budget: its whole quota."""
    return _sum(quota_lines(args))


def quota_lines(args: AirflowDeploymentArgs) -> tuple[QuotaLine, ...]:
    """Return each workload's part of the quota."""
    return tuple(_line(workload) for workload in workloads(args))


def _line(workload: Workload) -> QuotaLine:
    pod = workload.pod
    claims = workload.replicas + workload.idle_claims if workload.volume else 0
    return QuotaLine(
        name=workload.name,
        component=workload.component,
        kind=workload.kind,
        share=workload.share,
        replicas=workload.replicas,
        surge=workload.surge,
        pod=pod,
        total=pod * workload.peak_replicas,
        claims=claims,
        storage=claims * workload.volume.size if workload.volume else 0,
    )


def _sum(lines: Iterable[QuotaLine]) -> Reserved:
    total, storage, claims, pods = NOTHING, 0, 0, 0
    for line in lines:
        total += line.total
        storage += line.storage
        claims += line.claims
        pods += line.pods
    return Reserved(requests=total.requests, limits=total.limits, storage=storage, claims=claims, pods=pods)


def _spec(hard: Mapping[str, str], operator: str, classes: list[str]) -> dict[str, Any]:
    expression = {"scopeName": "PriorityClass", "operator": operator, "values": classes}
    return {"hard": hard, "scopeSelector": {"matchExpressions": [expression]}}


def _pod_amounts(total: Reserved) -> dict[str, str]:
    return {
        "pods": str(total.pods),
        **_amounts("requests", total.requests, "cpu", "memory"),
        **_amounts("limits", total.limits, "cpu", "memory"),
    }


def _object_amounts(args: AirflowDeploymentArgs, lines: tuple[QuotaLine, ...]) -> dict[str, str]:
    total = _sum(lines)
    return {
        "persistentvolumeclaims": str(total.claims),
        "requests.storage": format_bytes(total.storage),
        **_amounts("requests", total.requests, "ephemeral-storage"),
        **_amounts("limits", total.limits, "ephemeral-storage"),
        **{name: str(count) for name, count in object_counts(args, workloads(args)).items()},
    }


def _amounts(bound: str, amounts: Amounts, *names: str) -> dict[str, str]:
    written = amounts.as_kubernetes()
    return {f"{bound}.{name}": written.get(name, "0") for name in names}
