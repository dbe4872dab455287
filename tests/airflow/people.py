"""A company's identity provider, and who of its people may enter one Airflow deployment."""

from typing import Any

from components.access_args import AirflowRole, GrantArgs, Role, ShutOutArgs, SubjectKind, Way

REALM = "company"
CLIENT = "airflow"
CLIENT_SECRET = "client-secret-of-a-test"
PASSWORD = "hunter2"
GROUP = "idp-data-platform"

VERA, EDDY, ADA = "vera@example.com", "eddy@example.com", "ada@example.com"
SAM, RITA, UMA, REMO = "sam@example.com", "rita@example.com", "uma@example.com", "remo@example.com"
IN_GROUP = {EDDY, RITA}
UNVERIFIED = {UMA}
ENTERS_AS = {VERA: "Viewer", EDDY: "User", ADA: "Admin", SAM: None, RITA: None, UMA: None}
"""Viewer, editor through a group, admin; a stranger, one who is shut out of a group's access, one unverified."""


def grant(subject: str, role: Role, airflow_role: AirflowRole) -> GrantArgs:
    kind = SubjectKind.PERSON if "@" in subject else SubjectKind.GROUP
    return GrantArgs(subject=subject, kind=kind, role=role, airflow_role=airflow_role, way=Way.MEMBERSHIP)


GRANTS = (
    grant(VERA, Role.VIEWER, AirflowRole.VIEWER),
    grant(ADA, Role.ADMIN, AirflowRole.ADMIN),
    grant(UMA, Role.ADMIN, AirflowRole.ADMIN),
    grant(GROUP, Role.EDITOR, AirflowRole.USER),
)
OF_REMO = grant(REMO, Role.EDITOR, AirflowRole.USER)
SHUT_OUT = (ShutOutArgs(subject=RITA, kind=SubjectKind.PERSON),)


def realm() -> dict[str, Any]:
    """Describe the provider's side, as Keycloak imports it."""
    mapper = {
        "name": "groups",
        "protocol": "openid-connect",
        "protocolMapper": "oidc-group-membership-mapper",
        "config": {"claim.name": "groups", "full.path": "false", "id.token.claim": "true"},
    }
    client = {
        "clientId": CLIENT,
        "secret": CLIENT_SECRET,
        "protocol": "openid-connect",
        "publicClient": False,
        "redirectUris": ["http://localhost:*"],
        "protocolMappers": [mapper],
    }
    users = [_user(email) for email in (*ENTERS_AS, REMO)]
    return {
        "realm": REALM,
        "enabled": True,
        "sslRequired": "none",
        "groups": [{"name": GROUP}],
        "clients": [client],
        "users": users,
    }


def _user(email: str) -> dict[str, Any]:
    name = email.partition("@")[0]
    return {
        "username": name,
        "email": email,
        "enabled": True,
        "emailVerified": email not in UNVERIFIED,
        "firstName": name.title(),
        "lastName": "Example",
        "groups": [GROUP] if email in IN_GROUP else [],
        "credentials": [{"type": "password", "value": PASSWORD}],
    }
