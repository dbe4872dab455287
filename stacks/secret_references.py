"""Holds references to secrets against the secrets that the stack's configuration has."""

from collections.abc import Iterable, Set

from stacks.problems import Problem, nearest


def unknown_secret(path: tuple[str, ...], key: str, known: Set[str] | None) -> Iterable[Problem]:
    """Refuse a reference to a secret that the stack's configuration lacks."""
    if known is not None and key not in known:
        # What was written is not repeated: it may be the secret itself.
        message = f"there is no secret with this key in the stack's configuration{nearest(key, known)}"
        yield Problem(path, f"{message}. Store the value with `pulumi config set --secret airspace:<key>`")
