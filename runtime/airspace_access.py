"""Who may enter this Airflow, and as what: reads the data that the platform mounts, and decides. Knows no Airflow.

Runs in Airflow's image, so it needs the standard library only and a Python as old as Airflow 2.11 takes. The files are
read at each question: Kubernetes changes mounted ones in place, so a changed roster needs no restart.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

ROLES = ("Viewer", "User", "Op", "Admin")
"""Roles that Airflow brings along itself, in rising order; no other one is given to anybody."""

_log = logging.getLogger("airspace.sign_in")
_BROKEN = (OSError, ValueError, RecursionError)
"""What reading a file raises that is missing, broken, or nested deeper than Python goes."""


@dataclass(frozen=True)
class Person:
    """Somebody whom an identity provider, or a password, vouches for."""

    email: str
    groups: tuple[str, ...] = ()
    first_name: str = ""
    last_name: str = ""


def address(text: Any) -> str | None:
    """Return an e-mail address as accounts are known by it; None for what is none.

    In ASCII only: beyond it letters that differ are one in lower case, such as the Kelvin sign and k.
    """
    found = text.strip() if isinstance(text, str) else ""
    return found.lower() if "@" in found and found.isascii() and found.isprintable() else None


@dataclass(frozen=True)
class Access:
    """Who holds which of Airflow's roles in one deployment."""

    users: Mapping[str, str] = field(default_factory=dict)
    """Role by e-mail address in lower case."""
    groups: Mapping[str, str] = field(default_factory=dict)
    """Role by group of the identity provider."""
    exact: Mapping[str, str | None] = field(default_factory=dict)
    """People who have exactly this role, or none, whatever groups they are in."""
    until: Mapping[str, date] = field(default_factory=dict)
    """Last day of those whose access ends."""
    clients: Mapping[str, str] = field(default_factory=dict)
    """E-mail address of a bot by its name at the identity provider."""
    bots: frozenset[str] = frozenset()
    """E-mail addresses of all bots in lower case, also of those without a name there."""

    @classmethod
    def read(cls, path: Path) -> Access | None:
        """Read the mounted file; None where it is missing or broken: then nobody enters, and the log says why."""
        try:
            data = _object(path)
            return cls(
                users=_by_address(_map(data, "users", str)),
                groups=_map(data, "groups", str),
                exact=_by_address(_map(data, "exact", str, type(None))),
                until={who: date.fromisoformat(day) for who, day in _by_address(_map(data, "until", str)).items()},
                clients=_map(data, "clients", str),
                bots=frozenset(_by_address(dict.fromkeys(_list(data, "bots")))),
            )
        except _BROKEN as error:
            _say_broken(path, error)
            return None

    def is_bot(self, email: str) -> bool:
        """Tell whether an address is a bot's, which at an identity provider only its client may stand for."""
        return address(email) in self.bots

    def role_of(self, person: Person, today: date | None = None) -> str | None:
        """Return the most permissive of a person's roles, or the one that is set for exactly this person."""
        email = address(person.email)
        if email is None or (today or datetime.now(UTC).date()) > self.until.get(email, date.max):
            return None
        if email in self.exact:
            only = self.exact[email]
            return only if only in ROLES else None
        ways = (self.users.get(email), *(self.groups.get(group) for group in person.groups))
        held = [role for role in ways if role in ROLES]
        return max(held, key=ROLES.index, default=None)


def is_password_of(path: Path, email: str, password: str) -> bool:
    """Tell whether a password is that of an account; takes as long for accounts that do not exist."""
    try:
        passwords = _by_address(_object(path))
    except _BROKEN as error:
        _say_broken(path, error)
        passwords = {}
    stored = passwords.get(address(email) or "")
    expected = stored if isinstance(stored, str) and stored else None
    same = hmac.compare_digest(_digest(password), _digest(expected or ""))
    return same and expected is not None


def _object(path: Path) -> dict[str, Any]:
    data = json.loads(path.read_text(encoding="utf-8"))
    if not isinstance(data, dict):
        raise ValueError("it holds no object")  # noqa: TRY004 - as all that is wrong with a file
    return data


def _map(data: Mapping[str, Any], name: str, *kinds: type) -> dict[str, Any]:
    found = data.get(name, {})
    if not isinstance(found, dict) or not all(isinstance(one, kinds) for one in found.values()):
        raise ValueError(f"`{name}` is no map of texts")
    return found


def _list(data: Mapping[str, Any], name: str) -> list[str]:
    found = data.get(name, [])
    if not isinstance(found, list) or not all(isinstance(one, str) for one in found):
        raise ValueError(f"`{name}` is no list of texts")
    return found


def _by_address(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return the same by address; what is none is nobody's."""
    return {email: value for name, value in data.items() if (email := address(name)) is not None}


def _say_broken(path: Path, error: Exception) -> None:
    _log.error("nobody enters, since %s cannot be used: %s", path, error)


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()
