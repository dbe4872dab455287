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
import time
from functools import cached_property
from pathlib import Path
from typing import Any

from airflow import __version__ as _airflow_version
from airflow.providers.fab.auth_manager.security_manager.override import FabAirflowSecurityManagerOverride
from flask import flash, has_request_context, session
from flask_appbuilder.const import AUTH_DB, AUTH_OAUTH

_HERE = Path(__file__).resolve().parent
# First of all, so that nothing of the same name takes their place.
sys.path.insert(0, str(_HERE))

from airspace_access import ROLES, Access, Person, address, is_password_of  # noqa: E402 - beside this file
from airspace_claims import bot_of, completed, lacks, person_of  # noqa: E402
from airspace_tokens import TokenError, Tokens  # noqa: E402

_log = logging.getLogger("airspace.sign_in")
_SETTINGS: dict[str, Any] = json.loads((_HERE / "settings.json").read_text(encoding="utf-8"))
_OIDC: dict[str, Any] | None = _SETTINGS.get("oidc")
_ACCESS = Path(_SETTINGS["access_file"])
_PROVIDER_SECONDS = 10
"""How long the provider may be silent; by default a sign-in, and a thread of the server with it, waits for minutes."""
_SIGNED_IN = "airspace_signed_in"
"""Where a session keeps who signed in, with the groups that the identity provider named, and when."""
_SESSION_SECONDS = _SETTINGS["max_session_minutes"] * 60
_OF_ONE_DAG = ("DAG:", "DAG Run:")
"""What permissions begin with that concern a single DAG, and that DAGs may give by their own code."""
_IS_OLD = _airflow_version.startswith("2.")
_API = "/api/v1/"
"""Where a provider's token is taken by Airflow 2; that of Airflow 3 takes its own tokens only, and exchanges others."""


class AirspaceSecurityManager(FabAirflowSecurityManagerOverride):  # type: ignore[misc] # Airflow is not installed here
    """Lets in who has access by the platform's roster, with the role that it says."""

    def get_oauth_user_info(self, provider: str, resp: dict[str, Any]) -> dict[str, Any]:
        """Read the person off the ID token, which the OIDC client has verified, and off the provider's own page."""
        oidc = _OIDC or {}
        names, needs_verified = oidc["claims"], oidc["require_verified_email"]
        claims = dict(resp.get("userinfo") or {})
        has_page = self._metadata().get("userinfo_endpoint")
        if has_page and lacks(claims, names, needs_verified=needs_verified):
            claims = completed(claims, self.oauth_remotes[provider].userinfo(token=resp), names)
        person = person_of(claims, names, needs_verified=needs_verified)
        return {"person": person, "username": person.email if person else ""}

    def set_oauth_session(self, provider: str, oauth_response: dict[str, Any]) -> None:
        """Keep no token: nobody needs it after the sign-in, and a session is not the place for it."""

    def auth_user_oauth(self, userinfo: dict[str, Any], rotate_session_id: bool = True) -> Any:
        """Let a person in whom the identity provider vouches for; who has a bot's address is not that bot."""
        person, access = userinfo.get("person"), Access.read(_ACCESS)
        if access is None or not isinstance(person, Person):
            return None
        if access.is_bot(person.email):
            _log.warning("%s is a bot's address and was refused to a browser", person.email)
            self._refuse()
            return None
        return self._enter(access, person, rotate_session_id)

    def auth_user_db(self, username: str, password: str, rotate_session_id: bool = True) -> Any:
        """Let a person in by password, where passwords are the way in; those in Airflow's database never count.

        With a provider there are none. What Airflow 3 is then given by `POST /auth/token` is a bot's token.
        """
        access, email = Access.read(_ACCESS), address(username)
        if access is None or email is None:
            return None
        if _OIDC:
            return None if _IS_OLD else self._bot(access, password or "", email)
        path = _SETTINGS.get("passwords_file")
        if not path or not is_password_of(Path(path), email, password or ""):
            return None
        return self._enter(access, Person(email=email), rotate_session_id)

    def create_login_manager(self, *args: Any, **kwargs: Any) -> Any:
        """Have Airflow 2 ask for a bot where a request bears no session."""
        manager = super().create_login_manager(*args, **kwargs)
        if _OIDC and _IS_OLD:
            manager.request_loader(self.load_bot)
        return manager

    def load_bot(self, request: Any) -> Any:
        """Return the bot whose token a request to the API bears."""
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not request.path.startswith(_API):
            return None
        access = Access.read(_ACCESS)
        return self._bot(access, token.strip()) if access else None

    def load_user(self, *args: Any, **kwargs: Any) -> Any:
        """Return the user of a session, unless access was withdrawn since; a changed role counts at once.

        Who it is, the session says: an Airflow admin may write any address into Airflow's database.
        """
        user, person, access = super().load_user(*args, **kwargs), self._signed_in(), Access.read(_ACCESS)
        if user is None or person is None or access is None or user.username != person.email:
            return None
        if _OIDC and access.is_bot(person.email):
            # A session of before it was one; the stored user stays, since its tokens lead there too.
            return None
        role = access.role_of(person)
        if role is not None:
            return self._with_role(user, person.email, role)
        self._withdraw(user)
        return None

    def sync_roles(self) -> None:
        """Give Airflow's own roles what they are made for when a server starts, and take what was added to them."""
        super().sync_roles()
        for made in self.ROLE_CONFIGS:
            if made["role"] == ROLES[-1]:
                continue  # It may do everything.
            role = self.find_role(made["role"])
            for one in list(role.permissions):
                name = (one.action.name, one.resource.name)
                if name not in made["perms"] and not name[1].startswith(_OF_ONE_DAG):
                    self.remove_permission_from_role(role, one)

    @staticmethod
    def _signed_in() -> Person | None:
        """Return who signed in to this session, unless that is too long ago."""
        said = session.get(_SIGNED_IN) if has_request_context() else None
        if not said or time.time() - said["at"] >= _SESSION_SECONDS:
            return None
        return Person(email=said["email"], groups=tuple(said["groups"]))

    def _bot(self, access: Access, token: str, named: str | None = None) -> Any:
        """Let a bot in by a token of the identity provider; `named` is who it says it is, where it says so."""
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
        return self._admitted(access, bot)

    @cached_property
    def _tokens(self) -> Tokens:
        # The same that signing in asks, so keys and what the provider says of itself come by one way.
        oidc = _OIDC or {}
        remote = self.oauth_remotes[oidc["name"]]
        return Tokens(
            audience=oidc["audience"],
            keys=lambda: remote.fetch_jwk_set(force=True),
            metadata=self._metadata,
        )

    def _metadata(self) -> dict[str, Any]:
        """Return what the provider says of itself, and by that of whose tokens count."""
        oidc = _OIDC or {}
        found: dict[str, Any] = self.oauth_remotes[oidc["name"]].load_server_metadata()
        if str(found.get("issuer")).rstrip("/") != oidc["issuer"].rstrip("/"):
            raise ValueError("the provider calls itself by another issuer than the one of the settings")
        return found

    def _enter(self, access: Access, person: Person, rotate_session_id: bool) -> Any:
        user = self._admitted(access, person)
        if user is None:
            self._refuse()
            return None
        if rotate_session_id and has_request_context():
            self._rotate_session_id()
            session[_SIGNED_IN] = {"email": person.email, "groups": list(person.groups), "at": int(time.time())}
        self.update_user_auth_stat(user)
        _log.info("%s signed in", person.email)
        return user

    @staticmethod
    def _refuse() -> None:
        if has_request_context():
            flash("You have no access to this Airflow. An admin of its workspace can give it to you.", "warning")

    def _admitted(self, access: Access, person: Person) -> Any:
        """Return the stored user of somebody who has access, with the role that the roster says; else None."""
        role = access.role_of(person)
        user = self._stored(person.email)
        if role is None:
            _log.warning("%s has no access and was refused", person.email)
            if user is not None:
                self._withdraw(user)
            return None
        return self._with_role(user, person.email, role) if user is not None else self._made(person, role)

    def _stored(self, email: str) -> Any:
        """Return the user of this name; one of another name that was given the address goes by its name again."""
        user, other = self.find_user(username=email), self.find_user(email=email)
        if other is not None and other is not user:
            self._store(other, name=other.username, roles=other.roles, active=other.is_active)
        return user

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

    def _with_role(self, user: Any, email: str, role: str) -> Any:
        """Return a stored user once Airflow's database says of it what the roster says."""
        wanted = self._airflow_role(role)
        is_named = user.username == user.email == email
        is_right = [one.name for one in user.roles] == [wanted.name] and user.is_active
        has_groups = bool(getattr(user, "groups", None))
        if is_named and is_right and not has_groups:
            return user
        if self._store(user, name=email, roles=[wanted], active=True):
            return user
        _log.error("%s was refused, since Airflow's database did not take the role", email)
        return None

    def _withdraw(self, user: Any) -> None:
        """Take everything from a stored user: tokens that were given out end with it."""
        if user.roles or user.is_active:
            self._store(user, name=user.username, roles=[], active=False)

    def _store(self, user: Any, *, name: str, roles: list[Any], active: bool) -> bool:
        user.username = user.email = name
        user.roles = roles
        user.active = active
        if hasattr(user, "groups"):
            # Airflow's own groups, which would carry roles past the roster.
            user.groups = []
        return bool(self.update_user(user))

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
