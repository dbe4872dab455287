"""Refuses what the door before a UI could not be told."""

from collections.abc import Iterator

from components import door
from components.args import AirflowDeploymentArgs
from stacks.problems import Problem


def door_problems(args: AirflowDeploymentArgs, path: tuple[str, ...]) -> Iterator[Problem]:
    """Refuse names that would be split: whoever has one half of such a name would pass."""
    for name in door.asked(args):
        if "," in name:
            message = f"its door would ask for {name}, and an auth proxy takes a comma for the end of a name"
            remedy = "Let the identity provider tell another name, or remove the cluster's ingress.auth_proxy"
            yield Problem(path, f"{message}. {remedy}")
