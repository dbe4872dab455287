"""Judges the form of an environment: from written data to settings, with every problem in the reader's own words."""

import copy
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from stacks.executor_settings import EXECUTOR_NAMES
from stacks.loader import StackSource
from stacks.plain_secrets import REFUSED_ENTRY
from stacks.problems import Problem, closest, nearest, one_of
from stacks.settings import PlatformSettings
from stacks.stand_ins import is_own_doing, take_out

_MAX_PASSES = 50
"""Each pass takes out at least one offending value; real files need one or two."""

_UNKNOWN_EXECUTOR = (
    f"is not an executor that Airspace knows. Choose {', '.join(EXECUTOR_NAMES)}, or `type: class` with a path"
)
_REMEDIES = {
    "missing": "is missing. Add it",
    "string_type": "must be text. Put it in quotes",
    "int_type": "must be a whole number without quotes. Correct it",
    "bool_type": "must be true or false without quotes. Correct it",
    "dict_type": "must be a map of names to settings. Write `name: …` below it",
    "list_type": "must be a list. Write one item a line, each with a hyphen",
    "model_type": "must be a map of settings. Write `key: value` below it",
    "model_attributes_type": "must be a map of settings. Write `key: value` below it",
    "less_than_equal": "must be at most {le}. Lower it",
    "greater_than_equal": "must be at least {ge}. Raise it",
    "too_short": "is empty. Write at least {min_length}, or leave the key out",
    "too_long": "has too many items. Write at most {max_length}",
    "string_too_short": "is empty. Write something, or leave the key out",
    "union_tag_invalid": _UNKNOWN_EXECUTOR,
    "union_tag_not_found": _UNKNOWN_EXECUTOR,
}
"""What is said of each kind of refusal; the values in it are the rule's, never the reader's."""
_SCALAR_TYPES = {"string_type", "int_type", "float_type", "bool_type"}
_CHOICES = {"enum", "literal_error"}


@dataclass(frozen=True)
class _Refusal:
    """What pydantic says of one value, and where the reader wrote it."""

    path: tuple[str, ...]
    detail: ErrorDetails

    @property
    def kind(self) -> str:
        return self.detail["type"]

    @property
    def is_key(self) -> bool:
        """Tell whether the name itself was refused, and not what is below it."""
        return self.detail["loc"][-1] == "[key]"

    @property
    def meant(self) -> tuple[str, ...] | None:
        """Return the path of the key that was probably meant by an unknown one."""
        key = closest(self.path[-1], _allowed_keys(self.detail["loc"])) if self.kind == "extra_forbidden" else None
        return (*self.path[:-1], key) if key else None


def validate(source: StackSource) -> tuple[PlatformSettings, list[Problem]]:
    """Build settings from what is right and name what is not.

    The settings leave out what was refused, so that later checks still see everything else and all problems can be
    reported together; where there are problems they are good for nothing but that.
    """
    problems: list[Problem] = list(source.problems)
    data = copy.deepcopy({**source.sections})
    taken_out: set[tuple[str, ...]] = set()
    for _ in range(_MAX_PASSES):
        try:
            return PlatformSettings.model_validate(data), problems
        except ValidationError as error:
            details = error.errors(include_url=False, include_input=False)
        refusals = [_Refusal(_written_path(detail, data), detail) for detail in details]
        problems += _problems(one for one in refusals if not is_own_doing(one.path, one.kind, taken_out))
        for one in refusals:
            gone = take_out(one.path, data, kind=one.kind, is_key=one.is_key)
            # An unknown key leaves what is beside it intact, unless another one was meant.
            taken_out |= {one.meant or gone} if one.meant or one.kind != "extra_forbidden" else set()
    return PlatformSettings.model_construct(clusters={}), problems


def _problems(refusals: Iterable[_Refusal]) -> Iterable[Problem]:
    """Say one thing of each place, also where pydantic has tried several forms there."""
    by_path: dict[tuple[str, ...], list[_Refusal]] = {}
    for refusal in refusals:
        by_path.setdefault(refusal.path, []).append(refusal)
    for path, same_place in by_path.items():
        kinds = {refusal.kind for refusal in same_place}
        if kinds <= _CHOICES:
            yield Problem(path, _choice([str(one.detail["ctx"]["expected"]) for one in same_place]))
        elif kinds <= _SCALAR_TYPES and len(kinds) > 1:
            yield Problem(path, "must be text, a number, true or false. Correct it")
        else:
            yield from (Problem(path, _message(one.detail, path), one.meant) for one in same_place)


def _choice(expected: Iterable[str]) -> str:
    words = [word for one in expected for word in re.findall("'([^']*)'", one) or [one]]
    return f"must be {one_of(words)}. Choose one of them" if len(words) > 1 else f"must be {words[0]}. Correct it"


def _message(detail: ErrorDetails, path: tuple[str, ...]) -> str:
    kind, context = detail["type"], detail.get("ctx", {})
    if kind == "extra_forbidden":
        allowed = _allowed_keys(detail["loc"])
        return f"unknown key{nearest(path[-1], allowed)}. Allowed here are {one_of(allowed)}. Correct or remove it"
    if kind == "value_error":
        return str(context["error"])
    if kind == REFUSED_ENTRY:
        return detail["msg"]
    if kind in _REMEDIES:
        return _REMEDIES[kind].format(**context)
    return f"{detail['msg'].removeprefix('Input ')}. Correct it"


def _written_path(detail: ErrorDetails, data: Any) -> tuple[str, ...]:
    """Drop from pydantic's location what the reader did not write: union tags, wrappers and key markers."""
    path: list[str] = []
    here = data
    for part in detail["loc"]:
        if not _has(here, part):
            continue
        here = here[part]
        path.append(str(part))
    if detail["type"] == "missing":
        path.append(str(detail["loc"][-1]))
    return tuple(path)


def _has(holder: Any, part: str | int) -> bool:
    if isinstance(holder, list):
        return isinstance(part, int) and part < len(holder)
    return isinstance(holder, Mapping) and part in holder


def _allowed_keys(location: Iterable[str | int]) -> list[str]:
    """Walk the models along a location to the one that refused its last part."""
    keys: list[str] = []
    models: list[type[BaseModel]] = [PlatformSettings]
    for part in list(location)[:-1]:
        if models and isinstance(part, str) and (field := models[-1].model_fields.get(part)):
            inner = list(_models_in(field.annotation))
            if inner:
                models = inner if len(inner) == 1 else [*inner, *inner[:1]]
                keys = []
        elif isinstance(part, str):
            named = [model for model in models if _tag(model) == part or model.__name__ == part]
            models = named or models
    for model in dict.fromkeys(models):
        keys.extend(field.alias or name for name, field in model.model_fields.items())
    return sorted(set(keys))


def _tag(model: type[BaseModel]) -> str | None:
    field = model.model_fields.get("type")
    values: tuple[str, ...] = getattr(field.annotation, "__args__", ()) if field else ()
    return values[0] if values else None


def _models_in(annotation: Any) -> Iterable[type[BaseModel]]:
    """Find the models within an annotation such as `dict[Name, WorkspaceSettings] | None`."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in getattr(annotation, "__args__", ()):
        yield from _models_in(argument)
