"""Which tokens count: signature, issuer, audience and age, decided without Airflow and without a provider."""

import json
import time
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from tests.runtime.loading import loaded

TOKENS = loaded("airspace_tokens")
ISSUER = "https://id.example.com/realms/company"
RSA, OTHER = (rsa.generate_private_key(public_exponent=65537, key_size=2048) for _ in range(2))
CURVE = ec.generate_private_key(ec.SECP256R1())


def published(name: str, key: Any, **more: Any) -> dict[str, Any]:
    algorithm = jwt.algorithms.RSAAlgorithm if isinstance(key, rsa.RSAPrivateKey) else jwt.algorithms.ECAlgorithm
    return {**json.loads(algorithm.to_jwk(key.public_key())), "kid": name, **more}


class Provider:
    """Holds keys, and counts how often it is asked for new ones."""

    def __init__(self) -> None:
        self.published = {"keys": [published("first", RSA, use="sig"), published("curve", CURVE)]}
        self.known, self.asked, self.now = self.published, 0, 0.0

    def keys(self, anew: bool) -> dict[str, Any]:
        if anew:
            self.asked, self.known = self.asked + 1, self.published
        return self.known

    def tokens(self) -> Any:
        return TOKENS.Tokens("airflow", lambda: {"issuer": ISSUER}, self.keys, clock=lambda: self.now)


def claims(**changed: Any) -> dict[str, Any]:
    said = {"iss": ISSUER, "aud": ["airflow", "account"], "exp": time.time() + 300, "client_id": "ci", **changed}
    return {name: value for name, value in said.items() if value is not None}


def signed(said: dict[str, Any], key: Any = RSA, kid: str | None = "first", algorithm: str = "RS256") -> str:
    return jwt.encode(said, key, algorithm=algorithm, headers={"kid": kid} if kid else {})


def test_a_token_of_the_provider_counts():
    provider = Provider()
    assert provider.tokens().claims(signed(claims()))["client_id"] == "ci"
    assert provider.tokens().claims(signed(claims(aud="airflow"), CURVE, "curve", "ES256"))["client_id"] == "ci"


@pytest.mark.parametrize(
    ("token", "reason"),
    [
        (signed(claims(aud="other")), "InvalidAudienceError"),
        (signed(claims(aud=None)), "MissingRequiredClaimError"),
        (signed(claims(iss="https://id.example.com/realms/other")), "InvalidIssuerError"),
        (signed(claims(iss=None)), "MissingRequiredClaimError"),
        (signed(claims(exp=time.time() - 60)), "ExpiredSignatureError"),
        (signed(claims(exp=None)), "MissingRequiredClaimError"),
        (signed(claims(nbf=time.time() + 600)), "ImmatureSignatureError"),
        (signed(claims(), OTHER), "InvalidSignatureError"),
        (signed(claims(), OTHER, "second"), "it is signed by no key"),
        (signed(claims(), kid=None), "it is signed by no key"),
        (signed(claims(), CURVE, "first", "ES256"), "Error"),
        (signed(claims(), "a shared secret of sufficient length", "first", "HS256"), "InvalidAlgorithmError"),
        (jwt.encode(claims(), None, algorithm="none", headers={"kid": "first"}), "InvalidAlgorithmError"),
        ("", "DecodeError"),
        ("x.y.z", "DecodeError"),
    ],
)
def test_any_other_token_is_refused_with_the_reason_and_without_itself(token, reason):
    with pytest.raises(TOKENS.TokenError, match=reason) as refused:
        Provider().tokens().claims(token)
    assert not token or token not in str(refused.value)


def test_a_key_for_encryption_signs_nothing():
    provider = Provider()
    provider.published = provider.known = {"keys": [published("first", RSA, use="enc", alg="RSA-OAEP")]}
    with pytest.raises(TOKENS.TokenError, match="no key"):
        provider.tokens().claims(signed(claims()))


def test_a_new_key_is_asked_for_once_a_minute_at_most():
    provider = Provider()
    tokens = provider.tokens()
    tokens.claims(signed(claims()))
    provider.published = {"keys": [published("second", OTHER)]}
    token = signed(claims(), OTHER, "second")
    for provider.now in (1.0, 59.0):
        with pytest.raises(TOKENS.TokenError):
            tokens.claims(token)
    assert provider.asked == 1
    provider.now = 60.0
    assert tokens.claims(token)["client_id"] == "ci"
    assert provider.asked == 2


def test_a_key_that_the_provider_takes_back_counts_for_an_hour_at_most():
    provider = Provider()
    tokens = provider.tokens()
    tokens.claims(signed(claims()))
    provider.published = {"keys": []}
    provider.now = 3599.0
    tokens.claims(signed(claims()))
    provider.now = 3600.0
    with pytest.raises(TOKENS.TokenError):
        tokens.claims(signed(claims()))
