"""Values that the place adds: laid over what is there, because a component's own field would replace the common one."""

from typing import Any

from components import site
from components.args import AirflowDeploymentArgs
from components.registries import CHART_IMAGES, mirrored

_PINNED = ("nodeSelector", "tolerations")


def with_site(values: dict[str, Any], args: AirflowDeploymentArgs) -> dict[str, Any]:
    """Return values under which every pod of the release runs where its group is, from the registries of the place."""
    placed = site.placement(args)
    # What a user has written at the top stays beside the group's own.
    result: dict[str, Any] = _pinned(values, placed)
    result |= {key: value for key, value in placed.items() if not result.get(key)}
    result["images"] = {**result.get("images", {}), **_images(args)}
    if secrets := site.pull_secrets(args):
        result["imagePullSecrets"] = [*result.get("imagePullSecrets", []), *secrets]
    result["env"] = _with_environment(result.get("env", []), site.environment(args))
    if volume := site.ca_volume(args):
        result["volumes"] = [*result.get("volumes", []), volume]
        result["volumeMounts"] = [*result.get("volumeMounts", []), site.ca_mount()]
    if args.git_sync:
        result["dags"] = {**result["dags"], "gitSync": _git_sync(result["dags"]["gitSync"], args)}
    return result


def _pinned(value: Any, placed: dict[str, Any]) -> Any:
    """Add the group's labels and tolerations wherever a part has some of its own."""
    if isinstance(value, list):
        return [_pinned(item, placed) for item in value]
    if not isinstance(value, dict):
        return value
    result = {key: _pinned(item, placed) for key, item in value.items()}
    for key in _PINNED:
        own, common = result.get(key), placed.get(key)
        if own and common:
            result[key] = {**own, **common} if isinstance(own, dict) else [*own, *common]
    return result


def _images(args: AirflowDeploymentArgs) -> dict[str, Any]:
    mirror = args.site.registries.mirror
    return {name: {"repository": mirrored(one, mirror)} for name, one in CHART_IMAGES.items()} if mirror else {}


def _with_environment(env: list[dict[str, Any]], added: dict[str, str]) -> list[dict[str, Any]]:
    """Put variables before those of the deployment, which win."""
    named = {entry["name"] for entry in env}
    return [*({"name": name, "value": value} for name, value in added.items() if name not in named), *env]


def _git_sync(values: dict[str, Any], args: AirflowDeploymentArgs) -> dict[str, Any]:
    result = {**values}
    if added := site.environment(args, for_git=True):
        result["env"] = _with_environment(result.get("env", []), added)
    if site.ca_volume(args):
        result["extraVolumeMounts"] = [*result.get("extraVolumeMounts", []), site.ca_mount()]
    return result
