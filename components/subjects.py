"""Members of a workspace in the words of Kubernetes."""

from collections.abc import Iterable

from pulumi_kubernetes.rbac.v1 import SubjectArgs

from components.access_args import SubjectsArgs

_API_GROUP = "rbac.authorization.k8s.io"


def subjects(entries: Iterable[SubjectsArgs]) -> list[SubjectArgs]:
    """Return each user and group once, in a stable order."""
    all_entries = list(entries)
    users = sorted({user for entry in all_entries for user in entry.users})
    groups = sorted({group for entry in all_entries for group in entry.groups})
    return [SubjectArgs(kind="User", name=user, api_group=_API_GROUP) for user in users] + [
        SubjectArgs(kind="Group", name=group, api_group=_API_GROUP) for group in groups
    ]
