"""Whether a token that a program presents is the identity provider's, and meant for this Airflow. Knows no Airflow.

Runs in Airflow's image, with PyJWT, which both majors of Airflow bring along.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import jwt

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
"""Signatures that nobody but the provider can make; those with a shared key are not among them."""
LEEWAY_SECONDS = 30
"""How much the clocks of provider and Airflow may differ."""
LIFETIME_SECONDS = 3600
"""How long a key counts that the provider may have taken back."""
RENEWAL_SECONDS = 60
"""Shortest time between two questions for new keys: whoever sends made-up tokens cannot make Airflow ask more often."""


class TokenError(ValueError):
    """A token counts for nothing; says why, and never repeats it."""


@dataclass
class Tokens:
    """Checks tokens of one provider."""

    audience: str
    """What a token must be meant for."""
    metadata: Callable[[], Mapping[str, Any]]
    """Returns what the provider says of itself."""
    keys: Callable[[bool], Mapping[str, Any]]
    """Returns the provider's keys; asks anew when told so."""
    clock: Callable[[], float] = time.monotonic
    _asked: float = field(default=-math.inf, init=False)

    def claims(self, token: str) -> dict[str, Any]:
        """Return what a token says, once signature, issuer, audience and age are right.

        Raises:
            TokenError: Any of them is not.
        """
        try:
            claims: dict[str, Any] = jwt.decode(
                token,
                self._key(jwt.get_unverified_header(token)),
                algorithms=list(ALGORITHMS),
                audience=self.audience,
                issuer=str(self.metadata()["issuer"]),
                leeway=LEEWAY_SECONDS,
                options={"require": ["exp", "iss", "aud"]},
            )
        except (jwt.PyJWTError, TypeError, ValueError, KeyError, AttributeError) as error:
            raise TokenError(f"{type(error).__name__}: {error}") from None
        return claims

    def _key(self, header: Mapping[str, Any]) -> Any:
        name, age = header.get("kid"), self.clock() - self._asked
        found = _named(name, self._ask_anew() if age >= LIFETIME_SECONDS else self.keys(False))
        if found is None and RENEWAL_SECONDS <= age < LIFETIME_SECONDS:
            found = _named(name, self._ask_anew())
        if found is None:
            raise ValueError("it is signed by no key of the provider")
        return found.key

    def _ask_anew(self) -> Mapping[str, Any]:
        self._asked = self.clock()
        return self.keys(True)


def _named(name: Any, keys: Mapping[str, Any]) -> Any:
    usable = [key for key in keys.get("keys", []) if key.get("use", "sig") == "sig"]
    found = [key for key in usable if key.get("kid") == name and name is not None]
    return jwt.PyJWK.from_dict(found[0]) if found else None
