"""Who may enter this Airflow, and as what: reads the data that the platform mounts, and decides. Knows no Airflow.

Runs in Airflow's image, so it needs the standard library only and a Python as old as Airflow 2.11 takes. The files are
read at each question: Kubernetes changes mounted ones in place, so a changed roster needs no restart.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

ROLES = ("Viewer", "User", "Op", "Admin")
"""Roles that Airflow brings along itself, in rising order; no other one is given to anybody."""


@dataclass(frozen=True)
class Person:
    """Somebody whom an identity provider, or a password, vouches for."""

    email: str
    groups: tuple[str, ...] = ()
    first_name: str = ""
    last_name: str = ""


@dataclass(frozen=True)
class Access:
    """Who holds which of Airflow's roles in one deployment."""

    users: Mapping[str, str] = field(default_factory=dict)
    """Role by e-mail address in lower case."""
    groups: Mapping[str, str] = field(default_factory=dict)
    """Role by group of the identity provider."""
    exact: Mapping[str, str | None] = field(default_factory=dict)
    """People who have exactly this role, or none, whatever groups they are in."""
    until: Mapping[str, str] = field(default_factory=dict)
    """Last day of those whose access ends, as 2026-12-31."""
    clients: Mapping[str, str] = field(default_factory=dict)
    """E-mail address of a bot by its name at the identity provider."""

    @classmethod
    def read(cls, path: Path) -> Access:
        """Read the mounted file; one that is missing or broken lets nobody in."""
        data = _read_object(path)
        return cls(
            users=_lower(data.get("users", {})),
            groups=data.get("groups", {}),
            exact=_lower(data.get("exact", {})),
            until=_lower(data.get("until", {})),
            clients=data.get("clients", {}),
        )

    def role_of(self, person: Person, today: date | None = None) -> str | None:
        """Return the most permissive of a person's roles, or the one that is set for exactly this person."""
        email = person.email.lower()
        if (today or datetime.now(UTC).date()).isoformat() > self.until.get(email, "9999-12-31"):
            return None
        if email in self.exact:
            only = self.exact[email]
            return only if only in ROLES else None
        ways = (self.users.get(email), *(self.groups.get(group) for group in person.groups))
        held = [role for role in ways if role in ROLES]
        return max(held, key=ROLES.index, default=None)


def person_of(claims: Mapping[str, Any], names: Mapping[str, str]) -> Person | None:
    """Read a person off the claims of an identity provider.

    Args:
        claims: What the provider says, already checked for signature, audience and age.
        names: Names of the claims that hold `email` and `groups`.

    Returns:
        None where there is no address, or where the provider itself doubts it: whoever may choose an address that
        nobody has verified may choose somebody else's.
    """
    email = _claim(claims, names["email"])
    if not isinstance(email, str) or "@" not in email or claims.get("email_verified") in (False, "false"):
        return None
    return Person(
        email=email.strip().lower(),
        groups=tuple(_texts(_claim(claims, names["groups"]))),
        first_name=str(claims.get("given_name") or ""),
        last_name=str(claims.get("family_name") or ""),
    )


def bot_of(claims: Mapping[str, Any], names: Mapping[str, str], clients: Mapping[str, str]) -> Person | None:
    """Read a bot off the claims of a token, by the client of the identity provider that it was given to.

    Args:
        claims: What the provider says, already checked for signature, issuer, audience and age.
        names: Names of the claims that hold `client` and `groups`.
        clients: Address of each bot by its client.

    Returns:
        None where the client is no bot's.
    """
    client = _claim(claims, names["client"])
    email = clients.get(client) if isinstance(client, str) and client else None
    return Person(email=email, groups=tuple(_texts(_claim(claims, names["groups"])))) if email else None


def is_password_of(path: Path, email: str, password: str) -> bool:
    """Tell whether a password is that of an account; takes as long for accounts that do not exist."""
    stored = _lower(_read_object(path)).get(email.strip().lower())
    expected = stored if isinstance(stored, str) and stored else None
    same = hmac.compare_digest(_digest(password), _digest(expected or ""))
    return same and expected is not None


def _read_object(path: Path) -> dict[str, Any]:
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return data if isinstance(data, dict) else {}


def _lower(data: Mapping[str, Any]) -> dict[str, Any]:
    return {key.lower(): value for key, value in data.items()}


def _claim(claims: Mapping[str, Any], name: str) -> Any:
    """Look a claim up by its name, or by the way to it: `resource_access.airflow.roles`."""
    if name in claims:
        return claims[name]
    found: Any = claims
    for part in name.split("."):
        found = found.get(part) if isinstance(found, Mapping) else None
    return found


def _texts(value: Any) -> Iterable[str]:
    values = [value] if isinstance(value, str) else value if isinstance(value, (list, tuple)) else []
    return (one for one in values if isinstance(one, str))


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()
