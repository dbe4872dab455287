"""Judges changes of what a deployment keeps: its keys, its database and its volumes.

Kubernetes changes nothing of a StatefulSet's claims, Helm gives up where it is asked to, and the engine replaces the
embedded database's. What may go for good must be named in `may_lose`; where that is not enough, the steps are said.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from components.args import AirflowDeploymentArgs
from components.life_args import Loss, State
from components.quantities import parse_bytes
from stacks.inventory import kept
from stacks.problems import Problem

_DATABASE = "postgresql"
_WORKER = "worker"


@dataclass(frozen=True, kw_only=True)
class _Change:
    """One deployment, before and after."""

    before: Mapping[str, Any]
    after: Mapping[str, Any]
    state: State
    """Before."""
    now: AirflowDeploymentArgs
    path: tuple[str, ...]


def kept_problems(
    before: Mapping[str, Any], state: State, now: AirflowDeploymentArgs, path: tuple[str, ...]
) -> Iterator[Problem]:
    """Tell what a change would lose or could not do.

    Args:
        before: What the inventory of the last run says under `kept`.
        state: The state that the deployment is in.
        now: The deployment as it is planned.
        path: Where it is written.
    """
    # The engine leaves out what is null where a program reads the outputs of its own stack.
    change = _Change(before=_without_nulls(before), after=_without_nulls(kept(now)), state=state, now=now, path=path)
    for rule in _RULES:
        yield from rule(change)


def _without_nulls(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _without_nulls(one) for key, one in value.items() if one is not None}
    return [_without_nulls(one) for one in value] if isinstance(value, list) else value


def _fernet_key(change: _Change) -> Iterator[Problem]:
    """What stands is encrypted with the newest key that stood."""
    path = (*change.path, "keys", "fernet")
    before, after = change.before["keys"], change.after["keys"]
    newest, keys = int(before["fernet"][0]), [int(key) for key in after["fernet"]]
    if keys[0] < newest:
        message = f"is {keys[0]}, but key {newest} stands. A counter only rises: write {newest} or more"
        yield Problem((*path, "rotation"), message)
    elif newest not in keys:
        message = (
            f"keeps the keys {_listed(keys)}, but what is stored is encrypted with key {newest}. "
            f"Write `keep: {keys[0] - newest}` or more, and less once `airflow rotate-fernet-key` has run"
        )
        yield Problem((*path, "keep"), message)
    elif _has_moved(before["adopted"], after["adopted"]) and 1 in keys and Loss.DATABASE not in change.now.may_lose:
        message = "would put another key in place of the first one, with which data is encrypted. Leave it as it was"
        is_theirs = str(before["adopted"]).startswith("secret:") or str(after["adopted"]).startswith("secret:")
        how = "write the new one before it in that Secret, with a comma" if is_theirs else "raise `rotation`"
        same = "where it is the same key in another place, write `may_lose: [database]` for one run"
        origin = str(after["adopted"]).partition(":")[0]
        yield Problem((*path, origin) if origin else path, f"{message}; to replace the key, {how}; {same}")


def _has_moved(before: str | bool, after: str) -> bool:
    """Compare where the first key comes from; older outputs say only whether it is not generated."""
    return before != (bool(after) if isinstance(before, bool) else after)


def _database(change: _Change) -> Iterator[Problem]:
    before, after = _volumes(change.before, _DATABASE), _volumes(change.after, _DATABASE)
    if not before:
        yield from _begins_anew(change) if after else ()
        return
    [(name, volume)] = before.items()
    if not after:
        said = "would remove the embedded database with the history in it"
    elif after[name] != volume:
        said = f"would make the embedded database anew, since its volume cannot change ({_shift(volume, after[name])})"
    else:
        return
    if change.before["protected"]:
        way_out = "The deployment is protected: bring it up with `protect: false` first"
        yield Problem((*change.path, "database"), f"{said}, and lose it. {way_out}")
    elif Loss.DATABASE not in change.now.may_lose:
        way_out = "Leave it as it was; if the history may go, write `may_lose: [database]`"
        yield Problem((*change.path, "database"), f"{said}. {way_out}")


def _begins_anew(change: _Change) -> Iterator[Problem]:
    """Nothing is lost where somebody else has the database; but nothing of it is there any more, either."""
    if Loss.DATABASE not in change.now.may_lose:
        message = "would put an empty database in place of the one of somebody else that has the history"
        way_out = "Write where that is; if an empty one is meant, write `may_lose: [database]`"
        yield Problem((*change.path, "database"), f"{message}. {way_out}")


def _worker_volumes(change: _Change) -> Iterator[Problem]:
    before, after = _volumes(change.before, _WORKER), _volumes(change.after, _WORKER)
    staying = _staying(change)
    for name, volume in before.items():
        path = (*change.path, "executor", "queues", _queue(change.now, name), "volume")
        if name in after and after[name] != volume:
            message = (
                f"cannot change while it is there ({_shift(volume, after[name])}). Remove it, with `may_lose: [logs]`, "
                "bring that up, and then write the new one; or add a queue of another name"
            )
            yield Problem(path, message)
        elif name not in after and staying:
            yield Problem(path, f"would stay behind, because {staying}")
        elif name not in after and _still_runs(change.now, name) and Loss.LOGS not in change.now.may_lose:
            message = "would go with the task logs on it. Leave it as it was; if they may go, write `may_lose: [logs]`"
            yield Problem(path, message)
        elif name in after and staying and (more := _claims(change.before, name) - _claims(change.after, name)) > 0:
            yield Problem((*path[:-1], "workers"), f"would leave {more} of their volumes behind, because {staying}")


def _staying(change: _Change) -> str:
    """Say why volumes outlive their workers, and what ends that; empty where they go with them.

    What is done with a volume is what stood when its worker went, and what stays holds its part of the quota.
    """
    is_protected, is_asleep = change.before["protected"], change.state is not State.ACTIVE
    if is_protected and is_asleep:
        return "volumes are kept while the deployment is protected or sleeps. Wake it first, with `protect: false`"
    if is_protected:
        return "volumes are kept while the deployment is protected. Bring it up with `protect: false` first"
    return "volumes are kept while the deployment sleeps. Wake it first" if is_asleep else ""


def _log_volume(change: _Change) -> Iterator[Problem]:
    """Judge the volume that all parts share; it may grow."""
    before, after = change.before.get("log_volume"), change.after.get("log_volume")
    path = (*change.path, "logs", "volume")
    if not before or before == after:
        return
    if after is None and change.before["protected"]:
        message = "would go with the task logs on it, and the deployment is protected"
        yield Problem(path, f"{message}. Leave it as it was, or bring the deployment up with `protect: false` first")
    elif after is None and Loss.LOGS not in change.now.may_lose:
        message = "would go with the task logs on it. Leave it as it was; if they may go, write `may_lose: [logs]`"
        yield Problem(path, message)
    elif after and (after.get("storage_class") != before.get("storage_class") or _is_smaller(after, before)):
        message = (
            f"can only grow while it is there ({_shift(before, after)}). Remove it, with `may_lose: [logs]`, "
            "bring that up, and then write the new one"
        )
        yield Problem(path, message)


def _is_smaller(volume: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    return parse_bytes(volume["size"]) < parse_bytes(other["size"])


def _other_volumes(change: _Change) -> Iterator[Problem]:
    """Judge sets that are StatefulSets with a volume and without, such as Redis."""
    before, after = change.before["stateful_sets"], change.after["stateful_sets"]
    for name in before.keys() & after.keys():
        one, other = before[name].get("volume"), after[name].get("volume")
        component = before[name]["component"]
        if component not in (_WORKER, _DATABASE) and one != other:
            message = (
                f"the volume of {component} cannot change while it runs ({_shift(one, other)}). "
                "Hibernate the deployment, bring that up, and wake it with the new one"
            )
            yield Problem((*change.path, "executor"), message)


def _retirement(change: _Change) -> Iterator[Problem]:
    """Claims outlive a release only where the release was told so before it goes."""
    is_kept = change.before["protected"] or change.state is not State.ACTIVE
    if change.now.state is not State.RETIRED or is_kept or Loss.LOGS in change.now.may_lose:
        return
    if _volumes(change.before, _WORKER):
        message = (
            "would let the volumes of its workers go with the release, and the task logs on them. Bring it up with "
            "`state: hibernated` first; if they may go, write `may_lose: [logs]`"
        )
        yield Problem((*change.path, "state"), message)


_RULES: tuple[Callable[[_Change], Iterator[Problem]], ...] = (
    _fernet_key,
    _database,
    _worker_volumes,
    _log_volume,
    _other_volumes,
    _retirement,
)


def _volumes(described: Mapping[str, Any], component: str) -> dict[str, Any]:
    """Return the volume, or None, of each StatefulSet of a component."""
    sets: Mapping[str, Any] = described["stateful_sets"]
    return {name: one.get("volume") for name, one in sets.items() if one["component"] == component}


def _claims(described: Mapping[str, Any], name: str) -> int:
    """Return how many volumes a StatefulSet may have; older outputs do not say."""
    return int(described["stateful_sets"][name].get("claims", 0))


def _queue(now: AirflowDeploymentArgs, name: str) -> str:
    return name.removeprefix(f"{now.namespace}-worker").removeprefix("-") or "default"


def _still_runs(now: AirflowDeploymentArgs, name: str) -> bool:
    """Tell whether a queue is still there. One that is removed is meant to be gone, with what it had."""
    queues = now.executor.celery.queues if now.executor.celery else ()
    return _queue(now, name) in {queue.name for queue in queues}


def _shift(before: Mapping[str, Any] | None, after: Mapping[str, Any] | None) -> str:
    return f"{_written(before)} to {_written(after)}"


def _written(volume: Mapping[str, Any] | None) -> str:
    if volume is None:
        return "none"
    return f"{volume['size']}, {volume.get('storage_class', 'the default class')}"


def _listed(keys: list[int]) -> str:
    return ", ".join(str(key) for key in keys)
