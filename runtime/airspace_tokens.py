"""Whether a token that a program presents is the identity provider's, and meant for this Airflow. Knows no Airflow.

Runs in Airflow's image, with PyJWT, which both majors of Airflow bring along.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import jwt

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
"""Signatures that nobody but the provider can make; those with a shared key are not among them."""
LEEWAY_SECONDS = 30
"""How much the clocks of provider and Airflow may differ."""
LIFETIME_SECONDS = 3600
"""How long a key counts that the provider may have taken back."""
TOKEN_SECONDS = 86_400
"""Longest time that a token may be made for: a program can ask for another one, and nobody can take one back."""
RENEWAL_SECONDS = 60
"""Shortest time between two questions for keys, whether answered or not: whoever sends made-up tokens cannot make
Airflow ask more often, and a provider that is away holds up one request a minute."""
PATIENCE_SECONDS = 1.0
"""How long a request waits for the answer to another one's question; a provider that is away must not hold up all."""


class TokenError(ValueError):
    """A token counts for nothing; says why, and never repeats it."""


@dataclass
class Tokens:
    """Checks tokens of one provider."""

    audience: str
    """What a token must be meant for."""
    keys: Callable[[], Mapping[str, Any]]
    """Asks the provider for its keys."""
    metadata: Callable[[], Mapping[str, Any]]
    """Returns what the provider says of itself; asked after the keys, which are found by it."""
    clock: Callable[[], float] = time.monotonic
    _usable: Sequence[dict[str, Any]] = field(default=(), init=False)
    _issuer: str = field(default="", init=False)
    _asked: float = field(default=-math.inf, init=False)
    _answered: float = field(default=-math.inf, init=False)
    _asking: threading.Lock = field(default_factory=threading.Lock, init=False)

    def claims(self, token: str) -> dict[str, Any]:
        """Return what a token says, once signature, issuer, audience and age are right.

        Raises:
            TokenError: Any of them is not, or the provider was away a moment ago.
            Exception: Whatever asking the provider for its keys raises.
        """
        try:
            claims: dict[str, Any] = jwt.decode(
                token,
                self._key(jwt.get_unverified_header(token)),
                algorithms=list(ALGORITHMS),
                audience=self.audience,
                issuer=self._issuer,
                leeway=LEEWAY_SECONDS,
                options={"require": ["exp", "iat", "iss", "aud"]},
            )
        except (jwt.PyJWTError, TypeError, ValueError, KeyError, AttributeError) as error:
            raise TokenError(f"{type(error).__name__}: {error}") from None
        if int(claims["exp"]) - int(claims["iat"]) > TOKEN_SECONDS:
            raise TokenError("it is made for longer than a day")
        return claims

    def _key(self, header: Mapping[str, Any]) -> Any:
        name = header.get("kid")
        if not self._is_known():
            self._ask(PATIENCE_SECONDS)
        if not self._is_known():
            raise ValueError("the provider gave no keys a moment ago")
        found = self._named(name)
        if found is None:
            self._ask(0)
            found = self._named(name)
        if found is None:
            raise ValueError("it is signed by no key of the provider")
        return found.key

    def _is_known(self) -> bool:
        return self.clock() - self._answered < LIFETIME_SECONDS

    def _ask(self, patience: float) -> None:
        """Ask the provider for its keys, unless it was asked a moment ago; wait where another request is asking."""
        if not self._asking.acquire(timeout=patience):
            return
        try:
            now = self.clock()
            if now - self._asked < RENEWAL_SECONDS:
                return
            # An answer counts from the question; a question without one leaves what is known as it is.
            self._asked = now
            usable = [key for key in self.keys()["keys"] if key.get("use", "sig") == "sig"]
            self._issuer = str(self.metadata()["issuer"])
            self._usable, self._answered = usable, now
        finally:
            self._asking.release()

    def _named(self, name: Any) -> Any:
        found = [key for key in self._usable if key.get("kid") == name and name is not None]
        return jwt.PyJWK.from_dict(found[0]) if found else None
