"""Whom Kubernetes is told of, and by which names."""

from dataclasses import replace

from components.access_args import Role, SubjectKind
from components.hosting_args import KubernetesNamesArgs, SiteArgs
from components.subjects import subjects_by_role
from tests.components.test_sign_in import grant
from tests.factories import airflow_deployment_args

CI = "system:serviceaccount:ci:airspace"
GRANTS = (
    grant("ada@example.com"),
    grant("idp-data"),
    replace(grant("bob@example.com"), role=Role.VIEWER),
    grant("ci@bots.example.com", kind=SubjectKind.BOT, kubernetes_user=CI),
    replace(grant("night@bots.example.com", kind=SubjectKind.BOT), role=Role.ADMIN),
)


def bound(**names: str) -> dict[str, list[tuple[str, str]]]:
    site = SiteArgs(kubernetes_names=KubernetesNamesArgs(**names))
    found = subjects_by_role(airflow_deployment_args(grants=GRANTS, site=site))
    return {role: [(one.kind, one.name) for one in subjects] for role, subjects in found.items()}


def test_people_and_groups_are_bound_by_what_their_tokens_say_and_bots_by_what_is_written():
    """Nothing is bound to a bot without such a name: no token of it would bear its address."""
    assert bound() == {
        "viewer": [("User", "bob@example.com")],
        "editor": [("User", "ada@example.com"), ("User", CI), ("Group", "idp-data")],
    }


def test_what_a_cluster_puts_before_the_providers_names_is_put_before_them():
    assert bound(user_prefix="oidc:", group_prefix="groups:") == {
        "viewer": [("User", "oidc:bob@example.com")],
        "editor": [("User", "oidc:ada@example.com"), ("User", CI), ("Group", "groups:idp-data")],
    }
