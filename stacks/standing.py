"""Asks the engine that runs the program what earlier runs have left: what they exported, and what the stack holds."""

import time
from collections.abc import Mapping
from typing import Any

import pulumi

READ_OUTPUTS = "pulumi:pulumi:readStackOutputs"
"""What a reference to a stack is resolved by. A reference itself would be a resource, and known too late to plan by."""
READ_RESOURCES = "pulumi:pulumi:readStackResourceOutputs"
"""Also tells what a run has left that failed: such a run exports nothing."""
_ATTEMPTS, _PAUSE_SECONDS = 20, 0.2
_HALF_WRITTEN = "failed to load checkpoint"


def last_outputs() -> Mapping[str, Any]:
    """Return the outputs of the running stack as its last run left them; none at its first run."""
    answer = _read(READ_OUTPUTS, {"name": _name()}) or {}
    outputs: Mapping[str, Any] = answer.get("outputs") or {}
    return outputs


def last_resources() -> list[Mapping[str, Any]]:
    """Return `type` and `outputs` of each resource of the running stack, also where the last run failed.

    Secret values are among them: pick what is needed, and keep no more.
    """
    answer = _read(READ_RESOURCES, {"stackName": _name()}) or {}
    return list((answer.get("outputs") or {}).values())


def _name() -> str:
    return f"{pulumi.get_organization()}/{pulumi.get_project()}/{pulumi.get_stack()}"


def _read(token: str, arguments: Mapping[str, Any]) -> Any:
    """Read again where the engine is just writing the state: in a folder, that is not done in one stroke."""
    for _ in range(_ATTEMPTS):
        try:
            return pulumi.runtime.invoke(token, arguments).value
        except Exception as error:  # what the SDK raises has no type of its own
            if _HALF_WRITTEN not in str(error):
                raise
        time.sleep(_PAUSE_SECONDS)
    return pulumi.runtime.invoke(token, arguments).value
