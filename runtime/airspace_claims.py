"""Who somebody is by what the identity provider says of them. Knows no Airflow.

Runs in Airflow's image, so it needs the standard library only. What it is given is already checked for signature,
issuer, audience and age.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from airspace_access import Person, address

VERIFIED = "email_verified"
"""Claim by which a provider says that an address is the person's own."""


def lacks(claims: Mapping[str, Any], names: Mapping[str, str], *, needs_verified: bool) -> bool:
    """Tell whether the provider has more to say than is in an ID token; some keep tokens short."""
    wanted = (names["email"], names["groups"], *((VERIFIED,) if needs_verified else ()))
    return any(_claim(claims, name) is None for name in wanted)


def completed(claims: Mapping[str, Any], said: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """Complete an ID token's claims by what the provider's own page says of the same person.

    Groups are the token's if it has any. An address is verified if nobody says otherwise.

    Raises:
        ValueError: The page speaks of somebody else, or by another address.
    """
    email, groups = names["email"], names["groups"]
    if not claims.get("sub") or said.get("sub") != claims["sub"]:
        raise ValueError("the provider's page speaks of somebody else than the ID token")
    if len({address(_claim(one, email)) for one in (claims, said)} - {None}) > 1:
        raise ValueError("the provider's page names another address than the ID token")
    doubt = {VERIFIED: False} if any(VERIFIED in one and not _is_verified(one) for one in (claims, said)) else {}
    return {**claims, **said, email: _first(email, claims, said), groups: _first(groups, claims, said), **doubt}


def person_of(claims: Mapping[str, Any], names: Mapping[str, str], *, needs_verified: bool) -> Person | None:
    """Read a person off the claims of an identity provider.

    Args:
        claims: What the provider says.
        names: Names of the claims that hold `email` and `groups`.
        needs_verified: Whether the provider must say that the address is verified; where it says anything else than
            that it is, it is not in any case.

    Returns:
        None where there is no address, or where it may not be the person's: whoever may choose an address that nobody
        has verified may choose somebody else's.
    """
    email = address(_claim(claims, names["email"]))
    if email is None or not (_is_verified(claims) if VERIFIED in claims else not needs_verified):
        return None
    return Person(
        email=email,
        groups=tuple(_texts(_claim(claims, names["groups"]))),
        first_name=str(claims.get("given_name") or ""),
        last_name=str(claims.get("family_name") or ""),
    )


def bot_of(claims: Mapping[str, Any], names: Mapping[str, str], clients: Mapping[str, str]) -> Person | None:
    """Read a bot off the claims of a token, by the client of the identity provider that it was given to.

    Args:
        claims: What the provider says.
        names: Names of the claims that hold `client` and `groups`.
        clients: Address of each bot by its client.

    Returns:
        None where the client is no bot's.
    """
    client = _claim(claims, names["client"])
    email = address(clients.get(client)) if isinstance(client, str) and client else None
    return Person(email=email, groups=tuple(_texts(_claim(claims, names["groups"])))) if email else None


def _claim(claims: Mapping[str, Any], name: str) -> Any:
    """Look a claim up by its name, or by the way to it: `resource_access.airflow.roles`."""
    if name in claims:
        return claims[name]
    found: Any = claims
    for part in name.split("."):
        found = found.get(part) if isinstance(found, Mapping) else None
    return found


def _is_verified(claims: Mapping[str, Any]) -> bool:
    return str(claims[VERIFIED]).lower() == "true"


def _first(name: str, *sources: Mapping[str, Any]) -> Any:
    return next((found for one in sources if (found := _claim(one, name)) is not None), None)


def _texts(value: Any) -> Iterable[str]:
    values = [value] if isinstance(value, str) else value if isinstance(value, (list, tuple)) else []
    return (one for one in values if isinstance(one, str))
