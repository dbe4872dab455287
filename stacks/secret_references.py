"""Holds references to secrets against those that there are, those of the platform, and each other."""

from collections.abc import Iterable, Set

from components.args import AirflowDeploymentArgs
from components.kept_secrets import is_own_secret, kept_secrets, secrets_of_tasks
from stacks.problems import Problem, nearest


def unknown_secret(path: tuple[str, ...], key: str, known: Set[str] | None) -> Iterable[Problem]:
    """Refuse a reference to a secret that the stack's configuration lacks."""
    if known is not None and key not in known:
        # What was written is not repeated: it may be the secret itself.
        message = f"there is no secret with this key in the stack's configuration{nearest(key, known)}"
        yield Problem(path, f"{message}. Store the value with `pulumi config set --secret airspace:<key>`")


def own_secret(path: tuple[str, ...], namespace: str, name: str) -> Iterable[Problem]:
    """Refuse a reference to a Secret of the platform's own: parts have its keys, and code of users does not."""
    if is_own_secret(namespace, name):
        yield Problem(path, "is a Secret that the platform keeps. Name one that somebody else makes")


def mixed_secrets(args: AirflowDeploymentArgs, path: tuple[str, ...]) -> Iterable[Problem]:
    """Refuse a Secret of somebody else of which tasks may read a part: they would read all of it."""
    for name in sorted(secrets_of_tasks(args).intersection(kept_secrets(args))):
        message = f"the Secret {name} holds what no task may know, and is given to tasks for what else is in it"
        yield Problem(
            path, f"{message}. Keep `client_secret`, `keys.jwt.secret`, `tls_secret` and `pull_secrets` in others"
        )
