"""Takes refused values out of written data, so that what is left can be checked without false complaints.

What others refer to is not taken away but replaced: a cluster with a wrong key is still there, and to say of each of
its deployments that it is not would bury the one thing to mend.
"""

from collections.abc import Iterator, Mapping
from typing import Any

Path = tuple[str, ...]

_TEAM: Mapping[str, Any] = {"identity_group": "refused"}


def _cluster(name: str) -> Mapping[str, Any]:
    """Stand in for a cluster, at an address that no other cluster has."""
    return {"hosting": "enterprise", "context": f"refused {name}"}


def take_out(path: Path, data: dict[str, Any], *, kind: str, is_key: bool) -> Path:
    """Take out what was refused at a path, or as much around it as could not be judged without it.

    Args:
        path: Where the refused value was written.
        data: What was written; changed in place.
        kind: Pydantic's word for the refusal.
        is_key: The name was refused, not what is below it.

    Returns:
        The path of what is gone or replaced.
    """
    is_only_cluster = path[:1] == ("clusters",) and is_key and len(data["clusters"]) == 1
    if path == ("clusters",) or is_only_cluster:
        _drop_deployments(data)
        return _replace(data, ("clusters",), {"refused": _cluster("refused")})
    path = path[:-1] if kind == "missing" else path
    match path:
        case ("clusters" | "teams" as section, name, *_) if not is_key:
            return _replace(data, (section, name), _cluster(name) if section == "clusters" else _TEAM)
        case ("accounts", _) if not is_key:
            return _replace(data, path, {})
        case ("accounts", name, "kind" | "expires"):
            return _replace(data, ("accounts", name), {})
        case ("workspaces", _, "members", _):
            return _replace(data, path, "admin")
    # An unknown key leaves what is beside it intact.
    return _remove(data, path if kind == "extra_forbidden" else _judged_together(path, data))


def _judged_together(path: Path, data: dict[str, Any]) -> Path:
    """Widen a path to what would be judged wrongly without the value at its end."""
    match path:
        case ("workspaces", _, "deployments", _, *_):
            return path[:4]
        case ("accounts", _, "personal_workspace", "deployments", _, *_):
            return path[:5]
        case ("defaults", *_):
            _drop_deployments(data)
            return path[:1]
        case ("workspaces", _, "defaults", *_):
            _remove(data, (*path[:2], "deployments"))
            return path[:3]
        case ("accounts", _, "personal_workspace", "defaults", *_):
            _remove(data, (*path[:3], "deployments"))
            return path[:4]
    return path


def _drop_deployments(data: dict[str, Any]) -> None:
    for path in [*_homes(data)]:
        _remove(data, (*path, "deployments"))


def _homes(data: Mapping[str, Any]) -> Iterator[Path]:
    inside: Mapping[str, Path] = {"workspaces": (), "accounts": ("personal_workspace",)}
    for section, below in inside.items():
        names = data.get(section)
        yield from ((section, name, *below) for name in (names if isinstance(names, Mapping) else ()))


def _holder(data: dict[str, Any], path: Path) -> dict[str, Any]:
    """Return the map that holds the end of a path; an empty one where there is none."""
    here: Any = data
    for part in path[:-1]:
        here = here.get(part) if isinstance(here, dict) else None
    return here if isinstance(here, dict) else {}


def _replace(data: dict[str, Any], path: Path, stand_in: Any) -> Path:
    _holder(data, path)[path[-1]] = stand_in
    return path


def _remove(data: dict[str, Any], path: Path) -> Path:
    if path:
        _holder(data, path).pop(path[-1], None)
    return path
