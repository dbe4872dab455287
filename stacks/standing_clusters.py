"""Notices that a name leads to another cluster than the one where its deployments stand. Pure.

The engine would make everything anew on the other one, and delete what stands or forget it where it is out of reach.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from components.args import PlatformPlan
from components.hosting_args import ClusterIdentity
from stacks.loader import StackSource
from stacks.problems import Problem, SettingsError
from stacks.transitions import standing_deployments


def know_clusters(
    outputs: Mapping[str, Any], plan: PlatformPlan, now: Mapping[str, ClusterIdentity], source: StackSource
) -> PlatformPlan:
    """Return the plan with what its clusters are known by, for the next run to compare.

    Args:
        outputs: What the stack exported at its last run; empty before the first.
        plan: What is to be made real.
        now: What the addresses of the clusters lead to. A cluster that is not in it is not judged.
        source: Where it was written.

    Raises:
        SettingsError: Says every cluster that is another one than that where deployments stand.
    """
    before: Mapping[str, ClusterIdentity] = outputs.get("clusters", {})
    if problems := list(_others(outputs, before, now)):
        raise SettingsError(source.label, problems, source.lines)
    known = {**before, **now}
    clusters = {name: replace(one, identity=known.get(name)) for name, one in plan.clusters.items()}
    return replace(plan, clusters=clusters)


def _others(
    outputs: Mapping[str, Any], before: Mapping[str, ClusterIdentity], now: Mapping[str, ClusterIdentity]
) -> Iterator[Problem]:
    for name in sorted(before.keys() & now.keys()):
        hosted = sorted(one.namespace for one in standing_deployments(outputs) if one.entry["cluster"] == name)
        if hosted and not _is_same(before[name], now[name]):
            yield Problem(
                ("clusters", name),
                f"leads to {now[name]['server']}, another cluster than {before[name]['server']}, where "
                f"{', '.join(hosted)} stand: they would be made anew there, and deleted or lost here. Correct the "
                "address; to move them, add the new cluster under another name. A cluster that only got another "
                "address and other certificates is known by one of the two: change them in two runs",
            )


def _is_same(before: ClusterIdentity, now: ClusterIdentity) -> bool:
    """Tell the same cluster by its certificate authority, or by its address where that was renewed."""
    # What is null was left out where the outputs were stored.
    authority = before.get("authority")
    return (authority is not None and authority == now.get("authority")) or before["server"] == now["server"]
