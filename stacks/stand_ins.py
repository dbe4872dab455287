"""Takes refused values out of written data, so that all the rest can be checked without false complaints.

Only the offending value goes, and its default holds in its place. What others refer to, and what must be said, gets a
stand-in: a cluster with a wrong key is still there, and to say of each of its deployments that it is not would bury
the one thing to mend.
"""

import hashlib
from collections.abc import Iterator, Mapping, Set
from typing import Any

from components import naming

Path = tuple[str, ...]

_TEAM: Mapping[str, Any] = {"identity_group": "refused"}
_MISSING = "missing"
_ABOUT_THE_WHOLE = frozenset({"value_error", "too_short"})
"""Kinds of refusals that may come from a part that is gone: a whole is judged when its parts are right."""


def take_out(path: Path, data: dict[str, Any], *, kind: str, is_key: bool) -> Path:
    """Take out what was refused at a path, or put a stand-in there.

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
        return _replace(data, ("clusters",), {"refused": _cluster("refused", _at(data, path))})
    if kind == _MISSING and path[-1] != "members":
        path = path[:-1]
    path, stand_in = _stand_in(path, data, is_key=is_key)
    if stand_in is None:
        return _remove(data, path)
    return _replace(data, path, stand_in)


def _stand_in(path: Path, data: dict[str, Any], *, is_key: bool) -> tuple[Path, Any]:
    """Return what to put where; None where the default will do."""
    stand_in: Any = None
    match path:
        case ("clusters" | "teams" as section, name, *_) if not is_key:
            path = path[:2]
            stand_in = _cluster(name, _at(data, path)) if section == "clusters" else _TEAM
        case ("accounts", _) if not is_key:
            stand_in = {}
        case ("accounts", _, "kind" | "expires"):
            path, stand_in = path[:2], {}
        case ("workspaces", _, "members") | ("workspaces" | "accounts", *_, "budget"):
            stand_in = {}
        case ("workspaces", _, "members", _):
            stand_in = "admin"
    match _setting(path):
        case ("database", *below):
            path, stand_in = path[: len(path) - len(below)], "embedded"
        case ("cluster",):
            stand_in = "refused"
        case ("namespace",):
            stand_in = f"refused-{hashlib.sha256('.'.join(path).encode()).hexdigest()[:8]}"
    return path, stand_in


def is_own_doing(path: Path, kind: str, taken_out: Set[Path]) -> bool:
    """Tell whether something is refused only because of what was taken out before."""
    if kind == _MISSING:
        return path in taken_out
    return kind in _ABOUT_THE_WHOLE and any(one[: len(path)] == path and one != path for one in taken_out)


def follows(path: Path, refused: Set[Path]) -> bool:
    """Tell whether a complaint of the plan only follows from what was refused before, here or in defaults above."""
    if path in refused:
        return True
    if ("clusters",) in refused and _setting(path)[:1] in {("cluster",), ("node_group",)}:
        return True
    return any(layer[: len(one)] == one for layer in _layers_above(path) for one in refused if one)


def is_in_doubt(deployment: Path, refused: Set[Path]) -> bool:
    """Tell whether anything that a deployment is made of was refused, so that its size is not known."""
    homes = [deployment, *_layers_above(deployment)]
    return any(one[: len(home)] == home or home[: len(one)] == one for home in homes for one in refused if one)


def _layers_above(path: Path) -> Iterator[Path]:
    """Yield where the defaults of a deployment's setting may be written."""
    match path:
        case ("workspaces", _, "deployments", _, *setting):
            yield (*path[:2], "defaults", *setting)
        case ("accounts", _, "personal_workspace", "deployments", _, *setting):
            yield (*path[:3], "defaults", *setting)
            yield ("personal_workspaces", "defaults", *setting)
        case _:
            return
    yield ("defaults", *setting)


def _setting(path: Path) -> Path:
    """Return the part of a path that is within a deployment or its defaults; nothing elsewhere."""
    match path:
        case ("defaults", *setting) | ("personal_workspaces", "defaults", *setting):
            return tuple(setting)
        case ("workspaces", _, "defaults", *setting) | ("workspaces", _, "deployments", _, *setting):
            return tuple(setting)
        case ("accounts", _, _, "defaults", *setting) | ("accounts", _, _, "deployments", _, *setting):
            return tuple(setting)
    return ()


def _cluster(name: str, written: Any) -> Mapping[str, Any]:
    """Stand in for a cluster, at an address that no other cluster has, with node groups of the same names."""
    groups = written.get("node_groups") if isinstance(written, Mapping) else None
    named = [group for group in (groups if isinstance(groups, Mapping) else ()) if naming.is_dns_label(str(group))]
    return {
        "hosting": "enterprise",
        "context": f"refused {name}",
        "node_groups": {group: {"selector": {"refused": "refused"}} for group in named},
    }


def _at(data: dict[str, Any], path: Path) -> Any:
    here: Any = data
    for part in path:
        if isinstance(here, list):
            here = here[int(part)] if part.isdecimal() and int(part) < len(here) else None
        else:
            here = here.get(part) if isinstance(here, dict) else None
    return here


def _holder(data: dict[str, Any], path: Path) -> dict[str, Any]:
    """Return the map that holds the end of a path; an empty one where there is none."""
    here = _at(data, path[:-1])
    return here if isinstance(here, dict) else {}


def _replace(data: dict[str, Any], path: Path, stand_in: Any) -> Path:
    _holder(data, path)[path[-1]] = stand_in
    return path


def _remove(data: dict[str, Any], path: Path) -> Path:
    """Remove the end of a path; of a list nothing is left, because what remained would be counted otherwise."""
    while isinstance(_at(data, path[:-1]), list):
        path = path[:-1]
    if path:
        _holder(data, path).pop(path[-1], None)
    return path
