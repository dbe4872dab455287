"""Members of a workspace in the words of Kubernetes."""

from pulumi_kubernetes.rbac.v1 import SubjectArgs

from components.access_args import GrantArgs, Role, SubjectKind
from components.args import AirflowDeploymentArgs
from components.hosting_args import KubernetesNamesArgs

_API_GROUP = "rbac.authorization.k8s.io"


def subjects_by_role(args: AirflowDeploymentArgs) -> dict[Role, list[SubjectArgs]]:
    """Return who is bound to each role, in a stable order; without the roles that nobody is bound to."""
    names = args.site.kubernetes_names
    known = sorted({(*subject, one.role) for one in args.grants if (subject := _subject(one, names))}, key=_rank)
    bound: dict[Role, list[SubjectArgs]] = {}
    for kind, name, role in known:
        bound.setdefault(role, []).append(SubjectArgs(kind=kind, name=name, api_group=_API_GROUP))
    return bound


def _rank(subject: tuple[str, str, Role]) -> tuple[int, bool, str]:
    """Sort by role, users before groups."""
    kind, name, role = subject
    return list(Role).index(role), kind == "Group", name


def _subject(grant: GrantArgs, names: KubernetesNamesArgs) -> tuple[str, str] | None:
    """Name somebody as a cluster does: people and groups by what their tokens say, a bot as it is written."""
    match grant.kind:
        case SubjectKind.GROUP:
            return "Group", f"{names.group_prefix}{grant.subject}"
        case SubjectKind.PERSON:
            return "User", f"{names.user_prefix}{grant.subject}"
        case SubjectKind.BOT:
            return ("User", grant.kubernetes_user) if grant.kubernetes_user else None
