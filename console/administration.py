"""Prints what an administrator applies for a deployer: its rights, and the objects that it may not make itself."""

from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from components.rights_manifest import Subject, rights_manifests
from stacks.loader import open_stack
from stacks.plan import plan_stack

SUBJECT_FORM = "User:<name>, Group:<name> or ServiceAccount:<namespace>/<name>"


def parse_subject(text: str) -> Subject:
    """Read who runs an environment, such as `User:ci@example.com`.

    Raises:
        ValueError: It has another form.
    """
    kind, _, name = text.partition(":")
    if kind in {"User", "Group"} and name:
        return Subject(kind=kind, name=name)
    namespace, _, account = name.partition("/")
    if kind == "ServiceAccount" and namespace and account:
        return Subject(kind=kind, name=account, namespace=namespace)
    raise ValueError(f"is none of {SUBJECT_FORM}")


def show_rights(stack: str, context: str | None, subject: Subject) -> str:
    """Return the roles that whoever runs an environment needs, as YAML.

    Raises:
        SettingsError: Anything is wrong with the input.
    """
    plan = plan_stack(open_stack(stack, context))
    from stacks.rights import rights_by_cluster

    rights = rights_by_cluster(plan)
    return _written({name: rights_manifests(stack, one, subject) for name, one in rights.items()})


def show_provided_objects(stack: str, context: str | None) -> str:
    """Return what an administrator makes where the stack file says `provided`, as YAML.

    Raises:
        SettingsError: Anything is wrong with the input.
    """
    plan = plan_stack(open_stack(stack, context))
    from stacks.provided import provided_objects

    return _written(provided_objects(plan))


def _written(manifests: Mapping[str, list[Any]]) -> str:
    return "".join(_documents(manifests))


def _documents(manifests: Mapping[str, list[Any]]) -> Iterator[str]:
    for cluster, found in manifests.items():
        yield f"# cluster {cluster}{'' if found else ': nothing'}\n"
        for one in found:
            # Without the parser's anchors, which kubectl reads and people do not.
            text = yaml.dump(one, Dumper=_Plain, sort_keys=False, allow_unicode=True)
            yield f"---\n{text}"


class _Plain(yaml.SafeDumper):
    def ignore_aliases(self, data: Any) -> bool:
        return True
