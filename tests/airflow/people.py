"""A company's identity provider, and who of its people may enter one Airflow deployment."""

from dataclasses import replace
from datetime import date
from typing import Any

from components.access_args import AirflowRole, GrantArgs, Role, ShutOutArgs, SubjectKind, Way

REALM = "company"
CLIENT = "airflow"
TERSE_CLIENT, TERSE_GROUPS = "airflow-of-few-words", "resource_access.company.groups"
"""A client whose ID tokens leave groups out: who has some is said on the provider's page, and within other claims."""
CLIENT_SECRET = "client-secret-of-a-test"
PASSWORD = "hunter2"
GROUP = "idp-data-platform"

VERA, EDDY, ADA = "vera@example.com", "eddy@example.com", "ada@example.com"
SAM, RITA, UMA, REMO = "sam@example.com", "rita@example.com", "uma@example.com", "remo@example.com"
NINA, GINA, DIRK = "nina@example.com", "gina@example.com", "dirk@example.com"
"""A viewer who has never been here, one who leaves the group, and one whom the provider disables."""
CI, READER, PAST, LOST = (
    "ci@bots.example.com",
    "reader@bots.example.com",
    "past@bots.example.com",
    "lost@bots.example.com",
)
ASTRAY = "astray"
"""A bot whose tokens are meant for somebody else."""
MACHINES = ("ci-pipeline", "reader", "past", "stranger", ASTRAY)
"""Clients of the provider by which programs get tokens; one of them is on no roster."""
IN_GROUP = {EDDY, RITA, GINA, DIRK}
UNVERIFIED = {UMA}
ENTERS_AS = {VERA: "Viewer", EDDY: "User", ADA: "Admin", SAM: None, RITA: None, UMA: None}
WHO = {
    VERA: "viewer",
    EDDY: "editor through a group",
    ADA: "admin",
    SAM: "stranger",
    RITA: "kept out, but in the group",
    UMA: "admin with an unverified address",
}


def grant(subject: str, role: Role, airflow_role: AirflowRole) -> GrantArgs:
    kind = SubjectKind.PERSON if "@" in subject else SubjectKind.GROUP
    return GrantArgs(subject=subject, kind=kind, role=role, airflow_role=airflow_role, way=Way.MEMBERSHIP)


def bot(subject: str, client_id: str, role: AirflowRole, last_day: date) -> GrantArgs:
    return replace(grant(subject, Role.EDITOR, role), kind=SubjectKind.BOT, client_id=client_id, expires=last_day)


GRANTS = (
    grant(VERA, Role.VIEWER, AirflowRole.VIEWER),
    grant(ADA, Role.ADMIN, AirflowRole.ADMIN),
    grant(UMA, Role.ADMIN, AirflowRole.ADMIN),
    grant(NINA, Role.VIEWER, AirflowRole.VIEWER),
    grant(GROUP, Role.EDITOR, AirflowRole.USER),
    bot(CI, "ci-pipeline", AirflowRole.USER, date.max),
    bot(READER, "reader", AirflowRole.VIEWER, date.max),
    bot(PAST, "past", AirflowRole.ADMIN, date(2026, 1, 1)),
    bot(LOST, ASTRAY, AirflowRole.ADMIN, date.max),
)
OF_REMO = grant(REMO, Role.EDITOR, AirflowRole.USER)
SHUT_OUT = (ShutOutArgs(subject=RITA, kind=SubjectKind.PERSON),)


def realm() -> dict[str, Any]:
    """Describe the provider's side, as Keycloak imports it."""
    audience = {
        "name": "airflow",
        "protocol": "openid-connect",
        "protocolMapper": "oidc-audience-mapper",
        "config": {"included.client.audience": CLIENT, "access.token.claim": "true"},
    }
    elsewhere = {**audience, "name": "elsewhere", "config": {**audience["config"], "included.client.audience": "other"}}
    machines = [_machine(one, [elsewhere if one is ASTRAY else audience]) for one in MACHINES]
    uis = [
        _ui(CLIENT, {"claim.name": "groups", "id.token.claim": "true"}),
        _ui(TERSE_CLIENT, {"claim.name": TERSE_GROUPS, "id.token.claim": "false", "userinfo.token.claim": "true"}),
    ]
    users = [_user(email) for email in (*ENTERS_AS, REMO, NINA, GINA, DIRK, READER)]
    return {
        "realm": REALM,
        "enabled": True,
        "sslRequired": "none",
        "groups": [{"name": GROUP}],
        "clients": [*uis, *machines],
        "users": users,
    }


def _ui(client: str, groups: dict[str, str]) -> dict[str, Any]:
    mapper = {
        "name": "groups",
        "protocol": "openid-connect",
        "protocolMapper": "oidc-group-membership-mapper",
        "config": {"full.path": "false", **groups},
    }
    return {
        "clientId": client,
        "secret": CLIENT_SECRET,
        "protocol": "openid-connect",
        "publicClient": False,
        "redirectUris": ["http://localhost:*"],
        "protocolMappers": [mapper],
    }


def _machine(client: str, mappers: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "clientId": client,
        "secret": CLIENT_SECRET,
        "protocol": "openid-connect",
        "publicClient": False,
        "standardFlowEnabled": False,
        "serviceAccountsEnabled": True,
        # Only to show that a person who signs in through a bot's client is not the bot.
        "directAccessGrantsEnabled": True,
        "protocolMappers": mappers,
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
