"""The pods of a deployment that sleeps: none, except a database whose data would go with its pod."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from components.pods import Workload


def asleep(parts: "Iterable[Workload]", kept: str) -> "Iterator[Workload]":
    """Yield what is left of a deployment's workloads: claimed volumes without pods.

    Args:
        parts: What runs while the deployment is awake.
        kept: Component of what holds data, and runs on where it has no volume for it.
    """
    for part in parts:
        if part.volume and part.component in ("worker", kept):
            yield replace(part, replicas=0, surge=0, idle_claims=part.replicas)
        elif part.component == kept or part.is_claim:
            yield part
