"""Sign-in to one Airflow: the files that its server reads, where they are mounted, and the options that go with them.

Who has access is a file of its own, in a ConfigMap that changes in place: Airflow reads it at each sign-in, so a
changed roster restarts nothing. All else is read once, when a server starts, and carries its digest in its name.
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from components import naming
from components.access_args import SubjectKind
from components.args import AirflowDeploymentArgs, Scalar
from components.labels import deployment_labels
from components.manifest import Manifest
from components.sign_in_args import OidcArgs

FOLDER = "/etc/airspace/sign-in"
ACCESS_FOLDER = "/etc/airspace/access"
SECRET_FOLDER = "/etc/airspace/sign-in-secret"
ACCESS_FILE = "access.json"
PASSWORDS_FILE = "passwords.json"
CLIENT_SECRET = "client-secret"
TOKEN_SECONDS = 3600
"""How long a token of Airflow 3 counts, that of an open UI and that of a program, whatever becomes of who has it."""

_PASSWORD_LENGTH = 24
_RUNTIME = Path(__file__).resolve().parent.parent / "runtime"
_CODE = ("webserver_config.py", "airspace_access.py", "airspace_claims.py", "airspace_tokens.py")
_FILES = {name: (_RUNTIME / name).read_text(encoding="utf-8") for name in _CODE}
"""The same for all deployments, so read once."""


def config_map(args: AirflowDeploymentArgs) -> Manifest:
    """Return the ConfigMap with what a server reads when it starts."""
    return _config_map(args, _files_name(args), _files(args))


def access_config_map(args: AirflowDeploymentArgs) -> Manifest:
    """Return the ConfigMap that says who has access."""
    return _config_map(args, access_name(args), {ACCESS_FILE: _written(access_data(args))})


def access_name(args: AirflowDeploymentArgs) -> str:
    """Name the ConfigMap that says who has access."""
    return f"{args.namespace}-access"


def access_data(args: AirflowDeploymentArgs) -> dict[str, Any]:
    """Return who holds which of Airflow's roles, as the server reads it."""
    people = [grant for grant in args.grants if grant.kind is not SubjectKind.GROUP]
    return {
        "users": {one.subject.lower(): str(one.airflow_role) for one in people},
        "groups": {one.subject: str(one.airflow_role) for one in args.grants if one.kind is SubjectKind.GROUP},
        "exact": {
            **{one.subject.lower(): None for one in args.shut_out if one.team is None},
            **{one.subject.lower(): str(one.airflow_role) for one in people if one.is_exact},
        },
        "until": {one.subject.lower(): one.expires.isoformat() for one in people if one.expires},
        "clients": {one.client_id: one.subject.lower() for one in people if one.client_id},
        "bots": sorted(one.subject.lower() for one in people if one.kind is SubjectKind.BOT),
    }


def web_values(args: AirflowDeploymentArgs) -> dict[str, Any]:
    """Return what the chart's API server, or webserver, needs: files, and the variable that names them.

    A variable and not an option: airflow.cfg is shared with parts that lack the files, and Airflow 2 would try to make
    them there.
    """
    section = "WEBSERVER" if args.airflow_major == 2 else "FAB"  # noqa: PLR2004
    volumes: Mapping[str, tuple[str, Mapping[str, Any]]] = {
        "sign-in": (FOLDER, {"configMap": {"name": _files_name(args)}}),
        "access": (ACCESS_FOLDER, {"configMap": {"name": access_name(args)}}),
        "sign-in-secret": (SECRET_FOLDER, {"secret": {"secretName": secret_name(args)}}),
    }
    return {
        "env": [{"name": f"AIRFLOW__{section}__CONFIG_FILE", "value": f"{FOLDER}/webserver_config.py"}],
        "extraVolumes": [{"name": name, **source} for name, (_, source) in volumes.items()],
        # As whole folders: a single file of a ConfigMap is never brought up to date in a pod that runs.
        "extraVolumeMounts": [
            {"name": name, "mountPath": folder, "readOnly": True} for name, (folder, _) in volumes.items()
        ],
    }


def options(args: AirflowDeploymentArgs) -> dict[str, dict[str, Scalar]]:
    """Return the options of airflow.cfg that concern sessions."""
    lifetime = args.sign_in.session_minutes
    if args.airflow_major == 2:  # noqa: PLR2004
        return {
            "webserver": {"session_lifetime_minutes": lifetime},
            "api": {"auth_backends": _api_backends(args, "airflow.api.auth.backend.session")},
        }
    return {
        "fab": {
            "session_lifetime_minutes": lifetime,
            # Seconds for which a user's roles are remembered; by default half a minute.
            "cache_ttl": 5,
            "auth_backends": _api_backends(args, "airflow.providers.fab.auth_manager.api.auth.backend.session"),
        },
        # The second is for what `POST /auth/token/cli` gives, the other door for programs.
        "api_auth": {"jwt_expiration_time": TOKEN_SECONDS, "jwt_cli_expiration_time": TOKEN_SECONDS},
    }


def secret_name(args: AirflowDeploymentArgs) -> str:
    """Name the Secret with the passwords of people, or with that of Airflow at the identity provider."""
    oidc = args.sign_in.oidc
    return oidc.client_secret_name if oidc else naming.secret_name(args.namespace, "passwords")


def redirect_address(args: AirflowDeploymentArgs) -> str | None:
    """Return the address to which the identity provider sends people back; it must know it beforehand."""
    if args.sign_in.oidc is None or args.url is None:
        return None
    prefix = "" if args.airflow_major == 2 else "/auth"  # noqa: PLR2004
    return f"{args.url}{prefix}/oauth-authorized/{args.sign_in.oidc.name}"


def accounts(args: AirflowDeploymentArgs) -> tuple[str, ...]:
    """List the people and bots who need a password."""
    return tuple(sorted(one.subject for one in args.grants if one.kind is not SubjectKind.GROUP))


def derived_password(seed: str, email: str) -> str:
    """Return an account's generated password: the same as long as the seed is, and of no use for any other."""
    digest = hmac.digest(seed.encode(), email.lower().encode(), "sha256")
    return base64.urlsafe_b64encode(digest).decode()[:_PASSWORD_LENGTH]


def passwords_file(passwords: Mapping[str, str]) -> str:
    """Write passwords by e-mail address."""
    return _written(passwords)


def _files(args: AirflowDeploymentArgs) -> dict[str, str]:
    oidc = args.sign_in.oidc
    settings: dict[str, Any] = {
        "access_file": f"{ACCESS_FOLDER}/{ACCESS_FILE}",
        # Where one way in has TLS, sessions are not for those that have none.
        "is_secure": (args.url or "").startswith("https://") or bool(args.ui_service and args.ui_service.has_tls),
        "max_session_minutes": args.sign_in.max_session_minutes,
        **({"oidc": _oidc(oidc)} if oidc else {"passwords_file": f"{SECRET_FOLDER}/{PASSWORDS_FILE}"}),
    }
    return {**_FILES, "settings.json": _written(settings)}


def _oidc(oidc: OidcArgs) -> dict[str, Any]:
    return {
        "name": oidc.name,
        "issuer": oidc.issuer,
        "client_id": oidc.client_id,
        "client_secret_file": f"{SECRET_FOLDER}/{CLIENT_SECRET}",
        "scopes": list(oidc.scopes),
        "audience": oidc.audience,
        "require_verified_email": oidc.require_verified_email,
        "claims": {"email": oidc.email_claim, "groups": oidc.groups_claim, "client": oidc.client_claim},
    }


def _api_backends(args: AirflowDeploymentArgs, session: str) -> str:
    basic = "airflow.providers.fab.auth_manager.api.auth.backend.basic_auth"
    return ",".join(_present([session, None if args.sign_in.oidc else basic]))


def _present(texts: Iterable[str | None]) -> Iterable[str]:
    return (text for text in texts if text)


def _files_name(args: AirflowDeploymentArgs) -> str:
    digest = hashlib.sha256(_written(_files(args)).encode()).hexdigest()[:8]
    return f"{args.namespace}-sign-in-{digest}"


def _config_map(args: AirflowDeploymentArgs, name: str, data: Mapping[str, str]) -> Manifest:
    metadata = {"name": name, "namespace": args.namespace, "labels": deployment_labels(args)}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": dict(data)}


def _written(data: Mapping[str, Any]) -> str:
    return json.dumps(data, indent=1, sort_keys=True)
