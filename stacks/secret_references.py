"""Holds references to secrets against the secrets that the stack's configuration has, and against each other."""

from collections.abc import Iterable, Set

from components.args import AirflowDeploymentArgs
from components.kept_secrets import kept_secrets, secrets_of_tasks
from stacks.problems import Problem, nearest


def unknown_secret(path: tuple[str, ...], key: str, known: Set[str] | None) -> Iterable[Problem]:
    """Refuse a reference to a secret that the stack's configuration lacks."""
    if known is not None and key not in known:
        # What was written is not repeated: it may be the secret itself.
        message = f"there is no secret with this key in the stack's configuration{nearest(key, known)}"
        yield Problem(path, f"{message}. Store the value with `pulumi config set --secret airspace:<key>`")


def mixed_secrets(args: AirflowDeploymentArgs, path: tuple[str, ...]) -> Iterable[Problem]:
    """Refuse a Secret of somebody else of which tasks may read a part: they would read all of it."""
    for name in sorted(secrets_of_tasks(args).intersection(kept_secrets(args))):
        message = f"the Secret {name} holds what no task may know, and is given to tasks for what else is in it"
        yield Problem(path, f"{message}. Keep `client_secret`, `keys.jwt.secret` and `pull_secrets` in others")
