"""What a change does to how people enter: by which provider, through which door, under which names."""

from collections.abc import Iterator, Mapping
from typing import Any

from components.args import PlatformPlan
from components.life_args import State
from stacks.inventory import entry
from stacks.transitions import standing_deployments

_TOLD = ("by", "client_id", "audience", "claims", "door", "kubernetes_names")


def sign_in_changes(outputs: Mapping[str, Any], plan: PlatformPlan) -> Iterator[str]:
    """Tell what changes for deployments that stay, once for all of which it is the same.

    Args:
        outputs: What the stack exported at its last run; what it does not say of a deployment is not spoken of.
        plan: What is to be made real. Nobody enters what is retired.
    """
    before = {one.namespace: one.entry.get("sign_in", {}) for one in standing_deployments(outputs)}
    changed: dict[str, list[str]] = {}
    for one in plan.deployments:
        old, new = before.get(one.namespace, {}), entry(one)
        for what in _TOLD if one.state is not State.RETIRED else ():
            if what in old and what in new and old[what] != new[what]:
                line = f"{what} {old[what]} -> {new[what]}"
                changed.setdefault(line, []).append(f"{one.workspace}.{one.name}")
    for line, names in changed.items():
        yield f"sign-in to {'all' if len(names) == len(plan.deployments) else ', '.join(names)}: {line}"
