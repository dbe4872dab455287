"""Airflow's own configuration of sign-in, read by the FAB auth manager of Airflow 2.11 and 3 when a server starts.

Everybody enters through one door: the platform's data says who has access, at each sign-in and at each later request
of the session. Airflow's database only follows. What is particular to a deployment is in `settings.json` beside this
file; who has access is in a file of its own, which may change while Airflow runs.
"""

from __future__ import annotations

import json
import logging
import secrets
import sys
from functools import cached_property
from pathlib import Path
from typing import Any

from airflow import __version__ as _airflow_version
from airflow.providers.fab.auth_manager.security_manager.override import FabAirflowSecurityManagerOverride
from flask import flash, has_request_context, session
from flask_appbuilder.const import AUTH_DB, AUTH_OAUTH

_HERE = Path(__file__).resolve().parent
sys.path.append(str(_HERE))

from airspace_access import Access, Person, bot_of, is_password_of, person_of  # noqa: E402 - beside this file
from airspace_tokens import TokenError, Tokens  # noqa: E402

_log = logging.getLogger("airspace.sign_in")
_SETTINGS: dict[str, Any] = json.loads((_HERE / "settings.json").read_text(encoding="utf-8"))
_OIDC: dict[str, Any] | None = _SETTINGS.get("oidc")
_ACCESS = Path(_SETTINGS["access_file"])
_PROVIDER_SECONDS = 10
"""How long the provider may be silent; by default a sign-in, and a thread of the server with it, waits for minutes."""
_GROUPS_KEY = "airspace_groups"
"""Where a session keeps the groups that the identity provider named."""
_IS_OLD = _airflow_version.startswith("2.")
_API = "/api/v1/"
"""Where a provider's token is taken by Airflow 2; that of Airflow 3 takes its own tokens only, and exchanges others."""


class AirspaceSecurityManager(FabAirflowSecurityManagerOverride):  # type: ignore[misc] # Airflow is not installed here
    """Lets in who has access by the platform's roster, with the role that it says."""

    def get_oauth_user_info(self, provider: str, resp: dict[str, Any]) -> dict[str, Any]:
        """Read the person off the ID token, which the OIDC client has verified, and off the provider's own page."""
        names = _OIDC["claims"] if _OIDC else {}
        claims = dict(resp.get("userinfo") or {})
        if names["email"] not in claims or names["groups"] not in claims:
            # Some providers keep tokens short and say the rest only when asked. The token's claims win.
            claims = {**self.oauth_remotes[provider].userinfo(token=resp), **claims}
        person = person_of(claims, names)
        return {"person": person, "username": person.email if person else ""}

    def set_oauth_session(self, provider: str, oauth_response: dict[str, Any]) -> None:
        """Keep no token: nobody needs it after the sign-in, and a session is not the place for it."""

    def auth_user_oauth(self, userinfo: dict[str, Any], rotate_session_id: bool = True) -> Any:
        """Let a person in whom the identity provider vouches for."""
        person = userinfo.get("person")
        return self._enter(person, rotate_session_id) if isinstance(person, Person) else None

    def auth_user_db(self, username: str, password: str, rotate_session_id: bool = True) -> Any:
        """Let a person in by password, where passwords are the way in; those in Airflow's database never count.

        With a provider there are none. What Airflow 3 is then given by `POST /auth/token` is a bot's token.
        """
        if _OIDC:
            return None if _IS_OLD else self._bot(password or "", (username or "").strip().lower())
        path = _SETTINGS.get("passwords_file")
        if not path or not username or not is_password_of(Path(path), username, password or ""):
            return None
        return self._enter(Person(email=username.strip().lower()), rotate_session_id)

    def create_login_manager(self, *args: Any, **kwargs: Any) -> Any:
        """Have Airflow 2 ask for a bot where a request bears no session."""
        manager = super().create_login_manager(*args, **kwargs)
        if _OIDC and _IS_OLD:
            manager.request_loader(self.load_bot)
        return manager

    def load_bot(self, request: Any) -> Any:
        """Return the bot whose token a request to the API bears."""
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        return self._bot(token.strip()) if scheme.lower() == "bearer" and request.path.startswith(_API) else None

    def load_user(self, *args: Any, **kwargs: Any) -> Any:
        """Return the user of a session, unless access was withdrawn since; a changed role counts at once."""
        user = super().load_user(*args, **kwargs)
        if user is None:
            return None
        groups = session.get(_GROUPS_KEY) if has_request_context() else None
        person = Person(email=user.email or "", groups=tuple(groups or ()))
        role = Access.read(_ACCESS).role_of(person)
        if role is not None:
            return self._with_role(user, role)
        if groups is not None:
            self._withdraw(user)
        return None

    def _bot(self, token: str, named: str | None = None) -> Any:
        """Let a bot in by a token of the identity provider; `named` is who it says it is, where it says so."""
        access = Access.read(_ACCESS)
        try:
            claims = self._tokens.claims(token)
        except TokenError as refused:
            _log.warning("a token was refused: %s", refused)
            return None
        except Exception as error:  # whatever stands between Airflow and the provider, nobody enters
            _log.warning("a token could not be checked: %s", type(error).__name__)
            return None
        bot = bot_of(claims, _OIDC["claims"] if _OIDC else {}, access.clients)
        if bot is None or named not in (None, bot.email):
            _log.warning("a token of a client that is no bot here, or not the named one, was refused")
            return None
        return self._admitted(bot)

    @cached_property
    def _tokens(self) -> Tokens:
        # The same that signing in asks, so keys and what the provider says of itself come by one way.
        oidc = _OIDC or {}
        remote = self.oauth_remotes[oidc["name"]]
        return Tokens(
            audience=oidc["audience"],
            metadata=remote.load_server_metadata,
            keys=lambda anew: remote.fetch_jwk_set(force=anew),
        )

    def _enter(self, person: Person, rotate_session_id: bool) -> Any:
        user = self._admitted(person)
        if user is None:
            if has_request_context():
                flash("You have no access to this Airflow. An admin of its workspace can give it to you.", "warning")
            return None
        if rotate_session_id and has_request_context():
            self._rotate_session_id()
            session[_GROUPS_KEY] = list(person.groups)
        self.update_user_auth_stat(user)
        _log.info("%s signed in", person.email)
        return user

    def _admitted(self, person: Person) -> Any:
        """Return the stored user of somebody who has access, with the role that the roster says; else None."""
        role = Access.read(_ACCESS).role_of(person)
        user = self.find_user(username=person.email) or self.find_user(email=person.email)
        if role is None:
            _log.warning("%s has no access and was refused", person.email)
            if user is not None:
                self._withdraw(user)
            return None
        return self._with_role(user, role) if user is not None else self._made(person, role)

    def _made(self, person: Person, role: str) -> Any:
        made = self.add_user(
            username=person.email,
            first_name=person.first_name or person.email.split("@", 1)[0],
            last_name=person.last_name,
            email=person.email,
            role=[self._airflow_role(role)],
            # Never asked for; without one, Airflow would store that of the empty text.
            password=secrets.token_urlsafe(),
        )
        # None was made where another request was quicker.
        return made or self.find_user(username=person.email)

    def _with_role(self, user: Any, role: str) -> Any:
        wanted = self._airflow_role(role)
        has_groups = bool(getattr(user, "groups", None))
        if [one.name for one in user.roles] != [wanted.name] or not user.is_active or has_groups:
            self._store(user, roles=[wanted], active=True)
        return user

    def _withdraw(self, user: Any) -> None:
        """Take everything from a stored user: tokens that were given out end with it."""
        if user.roles or user.is_active:
            self._store(user, roles=[], active=False)

    def _store(self, user: Any, *, roles: list[Any], active: bool) -> None:
        user.roles = roles
        user.active = active
        if hasattr(user, "groups"):
            # Airflow's own groups, which would carry roles past the roster.
            user.groups = []
        self.update_user(user)

    def _airflow_role(self, role: str) -> Any:
        found = self.find_role(role)
        if found is None:
            raise LookupError(f"Airflow has no role {role}")
        return found


def _provider(oidc: dict[str, Any]) -> dict[str, Any]:
    issuer = oidc["issuer"].rstrip("/")
    return {
        "name": oidc["name"],
        "icon": "fa-key",
        "token_key": "access_token",
        "remote_app": {
            "client_id": oidc["client_id"],
            "client_secret": Path(oidc["client_secret_file"]).read_text(encoding="utf-8").strip(),
            "server_metadata_url": f"{issuer}/.well-known/openid-configuration",
            "client_kwargs": {
                "scope": " ".join(oidc["scopes"]),
                "code_challenge_method": "S256",
                "default_timeout": _PROVIDER_SECONDS,
            },
        },
    }


SECURITY_MANAGER_CLASS = AirspaceSecurityManager
AUTH_TYPE = AUTH_OAUTH if _OIDC else AUTH_DB
OAUTH_PROVIDERS = [_provider(_OIDC)] if _OIDC else []
# Users are made by the security manager above; Airflow's own forms to register stay shut.
AUTH_USER_REGISTRATION = False
AUTH_ROLE_PUBLIC = None
WTF_CSRF_ENABLED = True
SESSION_COOKIE_SECURE = bool(_SETTINGS.get("is_secure"))
