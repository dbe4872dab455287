"""What a guard rail is, and how its expressions are written."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

IS_OWN_ACCOUNT = "request.userInfo.username.startsWith('system:serviceaccount:' + request.namespace + ':')"
"""Expression that is true where a service account of the namespace itself asks."""


@dataclass(frozen=True, kw_only=True)
class Kinds:
    """Requests that a rule is asked about."""

    group: str
    """API group; the empty text is the core group. A group that the cluster does not have matches nothing."""
    resources: tuple[str, ...]
    """`*` means all of the group, without subresources."""
    operations: tuple[str, ...] = ("CREATE", "UPDATE")


@dataclass(frozen=True, kw_only=True)
class GuardRail:
    """One rule."""

    name: str
    kinds: Sequence[Kinds]
    conditions: Mapping[str, str] = field(default_factory=dict)
    """What must be true for the rule to be asked at all, by name."""
    variables: Mapping[str, str] = field(default_factory=dict)
    validations: Mapping[str, str]
    """What is said where something is wrong, and the expression that is true where nothing is."""
    is_namespaced: bool = True


def text(value: str) -> str:
    """Write a text as expressions do."""
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def texts(values: Sequence[str]) -> str:
    """Write a list of texts as expressions do."""
    return f"[{', '.join(text(value) for value in values)}]"
