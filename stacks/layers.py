"""Lays settings over each other: environment, workspace, deployment; the nearest one wins, key by key."""

from typing import Any, TypeVar

from stacks.deployment_settings import DatabaseSettings, DeploymentDefaults, DeploymentSettings, GitSettings
from stacks.exposure_settings import UiServiceSettings
from stacks.fields import Strict
from stacks.log_settings import LogsSettings
from stacks.metric_settings import MetricsSettings
from stacks.network_settings import PlaceSettings
from stacks.size_settings import Sized

_REPLACED_AS_A_WHOLE = (DatabaseSettings, GitSettings, LogsSettings, MetricsSettings, PlaceSettings, UiServiceSettings)
"""Their keys exclude each other or belong together, so half of one and half of another would make no sense."""

M = TypeVar("M", bound=Strict)


def layered(*layers: DeploymentDefaults) -> DeploymentSettings:
    """Return what holds for a deployment, given its layers from the outermost to its own."""
    result = DeploymentSettings()
    for layer in layers:
        result = _laid_over(result, layer)
    return result


def _laid_over(base: M, over: Strict) -> M:
    if isinstance(base, Sized) and isinstance(over, Sized):
        base = base.model_copy(update=base.yielding_to(over))
    update = {name: _nearer(getattr(base, name), getattr(over, name)) for name in over.model_fields_set}
    return base.model_copy(update=update)


def _nearer(far: Any, near: Any) -> Any:
    if isinstance(far, Strict) and type(far) is type(near) and not isinstance(near, _REPLACED_AS_A_WHOLE):
        return _laid_over(far, near)
    if isinstance(far, dict) and isinstance(near, dict):
        return far | {key: _nearer(far.get(key), value) for key, value in near.items()}
    return near
