"""Makes failed runs of the engine readable: what it complained of, and what to do."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pulumi import automation

_REMEDIES = {  # by a pattern of what the engine says
    "the stack is currently locked": "Another run holds this stack. Wait for it, or release it with `make unlock`",
    "incorrect passphrase": "Set PULUMI_CONFIG_PASSPHRASE to the one that this stack was made with",
    r"another operation \(install/upgrade/rollback\) is in progress": (
        "An interrupted run left the release pending. Delete the newest `sh.helm.release` Secret of its namespace"
    ),
    "cannot re-use a name that is still in use": (
        "An interrupted run left the release half made. Delete the `sh.helm.release` Secret of its namespace, "
        "and run again"
    ),
    "already exists": (
        "An interrupted run left it, or somebody else made it. If it is yours, delete it and run again; "
        "else choose another name or namespace"
    ),
    " in API group ": (
        "The deployer lacks a right. Let an administrator apply what `make rights` prints for this stack"
    ),
    "not currently held": (
        "The deployer lacks a right. Let an administrator apply what `make rights` prints for this stack"
    ),
    r'namespaces "[^"]*" not found': "Let an administrator apply what `make cluster-objects` prints for this stack",
    "is protected": "Set `protect: false` for the deployment and bring the environment up once before destroying it",
}


class RunFailed(RuntimeError):  # noqa: N818 - reads as what happened
    """The engine reported errors."""


@contextmanager
def explained(on_event: "Callable[[automation.EngineEvent], Any] | None") -> Iterator[Callable[[Any], None]]:
    """Collect the engine's error messages, and raise them as one readable error if the run fails.

    Raises:
        RunFailed: The engine reported errors.
    """
    # Only now: whoever catches the error above does not pay for loading Pulumi.
    from pulumi import automation

    errors: list[str] = []

    def handle(event: automation.EngineEvent) -> None:
        diagnostic = event.diagnostic_event
        if diagnostic and diagnostic.severity == "error":
            name = (diagnostic.urn or "").rpartition("::")[2]
            text = diagnostic.message.replace("<{%reset%}>", "").strip()
            errors.append(f"{name}: {text}" if name else text)
        if on_event:
            on_event(event)

    try:
        yield handle
    except (automation.CommandError, automation.InlineSourceRuntimeError) as error:
        lines = list(dict.fromkeys(errors)) or [str(error).strip()]
        raise RunFailed("\n".join([*lines, *_remedies("\n".join([*lines, str(error)]))])) from None


def _remedies(text: str) -> list[str]:
    return [f"{remedy}." for sign, remedy in _REMEDIES.items() if re.search(sign, text)]
