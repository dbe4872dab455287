"""Holds references to secrets against the secrets that the stack's configuration has, and that are the platform's."""

from collections.abc import Iterable, Set

from components.generated_secrets import is_own_secret
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
