"""Reads stack files, engine configuration and plain dictionaries into one form, without judging their content."""

import os
import re
from collections.abc import Mapping, Set
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import yaml

from components.naming import DNS_LABEL_FORM, is_dns_label
from stacks.problems import Problem, SettingsError, nearest, one_of
from stacks.project import PROJECT_ROOT, STACKS
from stacks.settings import PlatformSettings
from tools.chart_archive import SOURCE_VARIABLE

NAMESPACE = "airspace"
"""Pulumi's word for the prefix of configuration keys; equal to the project's name."""
SECTIONS = frozenset(PlatformSettings.model_fields)
_SECURE = "secure"
_BESIDE = ("encryptedkey", "encryptionsalt", "environment", "secretsprovider")
_TOP_LEVEL = ("config", *_BESIDE)
"""Top-level keys of Pulumi's stack files."""
_MAPS_OF_NAMES = frozenset((section,) for section in ("clusters", "accounts", "teams", "workspaces"))
_TEXT = "tag:yaml.org,2002:str"
_MERGE = "tag:yaml.org,2002:merge"


@dataclass(frozen=True, kw_only=True)
class StackSource:
    """An environment as it was written, before any judgement."""

    environment: str
    label: str
    """What errors call it: the file's path as the user knows it."""
    sections: Mapping[str, Any]
    """Plain data of each section, such as `workspaces`."""
    secret_keys: Set[str] = frozenset()
    """Keys of the secrets in this configuration; their values are never here."""
    problems: tuple[Problem, ...] = ()
    """What reading alone has found."""
    lines: Mapping[tuple[str, ...], int] = field(default_factory=dict)
    """Line of each written path, counted from one."""
    read_on: date = field(default_factory=lambda: datetime.now(UTC).date())
    """The day by which bots expire; planning itself has no clock."""


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """YAML as Pulumi reads it: `off` and `1:30` are text, dates too."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith((":bool", ":int", ":timestamp"))]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:bool", re.compile("^(?:true|True|TRUE|false|False|FALSE)$"), list("tTfF")
)
_Loader.add_implicit_resolver("tag:yaml.org,2002:int", re.compile("^[-+]?(?:0|[1-9][0-9]*)$"), list("-+0123456789"))


_OTHERWISE_TO_PULUMI = re.compile(
    r"""\d{4}-\d{1,2}-\d{1,2}(?:[Tt ].*)?  # a date, which it would write with the time of day
    | [-+]?0[0-9_]+ | [-+]\.[0-9]+ | [-+]?0[xob][0-9a-fA-F_]+ | [-+]?[0-9]+_[0-9_.]* | [-+]?[0-9.]+[eE][-+]?[0-9]+""",
    re.VERBOSE,
)


def stack_file(directory: Path, environment: str) -> Path:
    """Name the stack file of an environment.

    Raises:
        SettingsError: No environment can have this name; it might lead out of the folder.
    """
    if not is_dns_label(environment):
        message = f"is not the name of a stack; use {DNS_LABEL_FORM}. Choose one of {_stacks_in(directory)}"
        raise SettingsError("stack", [Problem((repr(environment),), message)], {})
    return directory / f"Pulumi.{environment}.yaml"


def _stacks_in(directory: Path) -> str:
    return ", ".join(sorted(path.name[7:-5] for path in directory.glob("Pulumi.*.yaml"))) or "(none here yet)"


def open_stack(name: str, context: str | None = None) -> StackSource:
    """Read a stack file of this checkout, on the cluster that it names or on another.

    Args:
        name: Of the stack, such as `staging`.
        context: A kubeconfig context to use in place of the file's own cluster address.

    Raises:
        SettingsError: There is no such stack file, or it cannot be read.
    """
    path = stack_file(STACKS, name)
    source = read_stack_file(path, str(path.relative_to(PROJECT_ROOT)))
    return select_context(source, context) if context else source


def read_stack_file(path: Path, label: str | None = None) -> StackSource:
    """Read `Pulumi.<environment>.yaml`.

    Raises:
        SettingsError: There is no such file, it cannot be read, or it is no YAML at all.
    """
    label = label or str(path)
    environment = path.name.removeprefix("Pulumi.").removesuffix(".yaml")
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise SettingsError(label, [Problem((), "is not text in UTF-8. Save it as such")], {(): 1}) from None
    except FileNotFoundError:
        message = f"does not exist. Choose one of the stacks {_stacks_in(path.parent)}, or write it"
        raise SettingsError(label, [Problem((), message)], {}) from None
    except OSError as error:
        message = f"cannot be read: {error.strerror}. Put a file there that you may read"
        raise SettingsError(label, [Problem((), message)], {}) from None
    document, problems, lines = _read_yaml(text, label)
    if path.name.startswith("Pulumi.") and not is_dns_label(environment):
        message = f"the environment's name becomes part of names on the cluster; use {DNS_LABEL_FORM}. Rename the file"
        problems.append(Problem((), message))
    config = document.get("config") if isinstance(document, dict) else None
    if not isinstance(config, dict):
        message = f"has no `config` with keys such as {NAMESPACE}:workspaces. Add it; the README shows the smallest one"
        raise SettingsError(label, [*problems, Problem((), message)], {(): 1, **lines})
    problems += _unknown_top_level(document)
    source = read_config(environment, label, config)
    return replace(source, problems=(*problems, *source.problems), lines=lines)


def read_config(environment: str, label: str, config: Mapping[str, Any]) -> StackSource:
    """Sort the keys of a stack's configuration into sections and secrets; keys of other programs are left alone."""
    sections: dict[str, Any] = {}
    secrets: set[str] = set()
    problems: list[Problem] = []
    for key, value in config.items():
        namespace, _, name = str(key).rpartition(":")
        if namespace not in ("", NAMESPACE):
            if name in SECTIONS and nearest(namespace, [NAMESPACE]):
                message = f"is a key of ours with a mistyped prefix, so it would be ignored. Write {NAMESPACE}:{name}"
                problems.append(Problem((str(key),), message))
            continue
        is_secret = isinstance(value, Mapping) and set(value) == {_SECURE} and isinstance(value[_SECURE], str)
        if name in SECTIONS and is_secret:
            message = "is stored as a secret, so nobody could read it. Write it plainly, and each secret by its own key"
            problems.append(Problem((name,), message))
        elif name in SECTIONS:
            sections[name] = value
        elif is_secret:
            secrets.add(name)
        else:
            problems.append(Problem((name,), _unknown_section(name)))
    if mirror := os.environ.get(SOURCE_VARIABLE):
        sections["chart"] = {"source": mirror}
    return StackSource(
        environment=environment, label=label, sections=sections, secret_keys=secrets, problems=tuple(problems)
    )


def _unknown_top_level(document: Any) -> list[Problem]:
    """Name what stands beside `config` and would be ignored there, such as a section that lost its indent."""
    if not isinstance(document, dict):
        return []
    message = f"would be ignored here. Move it below `config`; beside that stand only {one_of(_BESIDE)}"
    return [Problem((str(key).removeprefix(f"{NAMESPACE}:"),), message) for key in document if key not in _TOP_LEVEL]


def _unknown_section(name: str) -> str:
    return (
        f"unknown key{nearest(name, SECTIONS)}. Allowed are {one_of(SECTIONS)}, and secrets. "
        "Correct the key; if it is a secret, store it with `pulumi config set --secret`"
    )


def select_context(source: StackSource, context: str) -> StackSource:
    """Aim an environment at one cluster of the user's, whatever its file says about addresses.

    Raises:
        SettingsError: The environment has several clusters, so one context cannot stand for all.
    """
    clusters = source.sections.get("clusters")
    if not isinstance(clusters, Mapping) or not all(isinstance(one, Mapping) for one in clusters.values()):
        return source  # judged with everything else
    if len(clusters) > 1:
        message = (
            f"there are several clusters ({', '.join(clusters)}), one context cannot stand for all. Set it in each"
        )
        raise SettingsError(source.label, [Problem(("clusters",), message)], source.lines)
    addresses = {"context", "kubeconfig", "kubeconfig_config", "local"}
    aimed = {
        name: {**{key: value for key, value in one.items() if key not in addresses}, "context": context}
        for name, one in clusters.items()
    }
    return replace(source, sections={**source.sections, "clusters": aimed})


def _read_yaml(text: str, label: str) -> tuple[Any, list[Problem], dict[tuple[str, ...], int]]:
    loader = _Loader(text)
    try:
        node = loader.get_single_node()
        problems: list[Problem] = []
        lines: dict[tuple[str, ...], int] = {}
        if node is not None:
            _walk(node, (), lines, problems)
        return (loader.construct_document(node) if node is not None else None), problems, lines
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        # What it quotes stands in the file, and a password may begin with an exclamation mark or an asterisk.
        reason = re.sub(r"""\s*['"].*['"]""", "", getattr(error, "problem", None) or "unreadable", flags=re.DOTALL)
        message = f"is not YAML: {reason}. Mend it at the line given, or put the text there in quotes"
        raise SettingsError(label, [Problem((), message)], {(): mark.line + 1 if mark else 1}) from None
    finally:
        loader.dispose()


def _walk(node: yaml.Node, path: tuple[str, ...], lines: dict[tuple[str, ...], int], problems: list[Problem]) -> None:
    """Note the line of each path, every key that is written twice, and what Pulumi would silently read otherwise."""
    if isinstance(node, yaml.MappingNode):
        seen: dict[str, tuple[int, yaml.Node]] = {}
        for key, value in node.value:
            if isinstance(key, yaml.ScalarNode) and key.tag != _MERGE:
                key.tag = _TEXT  # names are text, also `2024:`
            name = str(key.value)
            below = _section_path(path, name)
            line = key.start_mark.line + 1
            lines.setdefault(below, line)
            _walk(value, below, lines, problems)
            first, before = seen.get(name, (line, None))
            if before is not None:
                message = f"is written twice (lines {first} and {line}), one would be lost. Remove or rename one"
                problems.append(Problem(below, message))
                _judge_with(value, before, below)
            seen[name] = (first, value)
    elif isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            lines.setdefault((*path, str(index)), item.start_mark.line + 1)
            _walk(item, (*path, str(index)), lines, problems)
    elif path and ":" not in path[0] and _is_otherwise_to_pulumi(node):  # keys with a colon are other programs'
        message = "is a date to Pulumi, or a number in another notation, and text here. Put it in quotes"
        problems.append(Problem(path, message))


def _judge_with(last: yaml.Node, first: yaml.Node, path: tuple[str, ...]) -> None:
    """Put what YAML would drop into what it keeps, where both are maps of names, so that all of it is judged."""
    are_maps = isinstance(last, yaml.MappingNode) and isinstance(first, yaml.MappingNode)
    if are_maps and (path[-1] == "deployments" or path in _MAPS_OF_NAMES):
        last.value = [*first.value, *last.value]


def _is_otherwise_to_pulumi(node: yaml.Node) -> bool:
    return not getattr(node, "style", None) and _OTHERWISE_TO_PULUMI.fullmatch(str(node.value)) is not None


def _section_path(path: tuple[str, ...], name: str) -> tuple[str, ...]:
    """Write paths from the section downwards: `config` and the namespace say nothing to the reader."""
    if path == () and name == "config":
        return ()
    return (*path, name.removeprefix(f"{NAMESPACE}:") if not path else name)
