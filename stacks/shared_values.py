"""Values that a workspace keeps once and links to all or some of its deployments. Pure."""

from collections.abc import Iterator, Mapping, Set
from itertools import combinations

from stacks.deployment_settings import DeploymentDefaults
from stacks.problems import Problem, nearest, one_of
from stacks.shared_settings import SharedSettings

Shared = Mapping[str, SharedSettings]
_VALUES = ("env", "secret_env", "connections", "variables")


def linked_values(shared: Shared, deployment: str) -> DeploymentDefaults:
    """Return what is linked to a deployment, as a layer over the workspace's defaults."""
    found: dict[str, dict[str, object]] = {}
    for one in shared.values():
        if _is_linked(one, deployment):
            for kind in _VALUES:
                if values := getattr(one, kind):
                    found.setdefault(kind, {}).update(values)
    return DeploymentDefaults.model_validate(found)


def shared_problems(shared: Shared, deployments: Set[str], home: tuple[str, ...]) -> Iterator[Problem]:
    """Refuse links to what is not there, and two values for one name in one deployment."""
    for name, one in shared.items():
        for deployment in one.deployments or ():
            if deployment not in deployments:
                message = f"there is no deployment {deployment}{nearest(deployment, deployments)}"
                path = (*home, "shared", name, "deployments")
                yield Problem(path, f"{message}. Choose from {one_of(deployments)}, or leave the key out for all")
    for (first, one), (second, other) in combinations(sorted(shared.items()), 2):
        both = [name for name in sorted(deployments) if _is_linked(one, name) and _is_linked(other, name)]
        for kind in _VALUES if both else ():
            for key in sorted(getattr(one, kind).keys() & getattr(other, kind).keys()):
                message = f"is in {first} too, and both are linked to {both[0]}. Keep one, or link them to others"
                yield Problem((*home, "shared", second, kind, key), message)


def _is_linked(one: SharedSettings, deployment: str) -> bool:
    return one.deployments is None or deployment in one.deployments
