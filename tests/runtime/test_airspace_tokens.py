"""Which tokens count: signature, issuer, audience and age, decided without Airflow and without a provider."""

import base64
import hmac
import json
import threading
import time
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.runtime.loading import loaded

TOKENS = loaded("airspace_tokens")
ISSUER = "https://id.example.com/realms/company"
RSA, OTHER = (rsa.generate_private_key(public_exponent=65537, key_size=2048) for _ in range(2))
DAY = 86_400
"""In seconds: tokens are made when tests are collected, and it may take long until one is asked about."""
CURVE = ec.generate_private_key(ec.SECP256R1())


def published(name: str, key: Any, **more: Any) -> dict[str, Any]:
    algorithm = jwt.algorithms.RSAAlgorithm if isinstance(key, rsa.RSAPrivateKey) else jwt.algorithms.ECAlgorithm
    return {**json.loads(algorithm.to_jwk(key.public_key())), "kid": name, **more}


class Provider:
    """Holds keys, and counts how often it is asked for them."""

    def __init__(self) -> None:
        self.published = {"keys": [published("first", RSA, use="sig"), published("curve", CURVE)]}
        self.asked, self.now, self.is_away = 0, 0.0, False

    def keys(self) -> dict[str, Any]:
        self.asked += 1
        if self.is_away:
            raise ConnectionError("no answer")
        return self.published

    def tokens(self) -> Any:
        return TOKENS.Tokens("airflow", self.keys, lambda: {"issuer": ISSUER}, clock=lambda: self.now)


def claims(**changed: Any) -> dict[str, Any]:
    now = int(time.time())
    said = {"iss": ISSUER, "aud": ["airflow", "account"], "iat": now, "exp": now + DAY, "client_id": "ci", **changed}
    return {name: value for name, value in said.items() if value is not None}


def signed(said: dict[str, Any], key: Any = RSA, kid: str | None = "first", algorithm: str = "RS256") -> str:
    return jwt.encode(said, key, algorithm=algorithm, headers={"kid": kid} if kid else {})


def signed_with_what_is_published(said: dict[str, Any]) -> str:
    """Take the provider's public key, which all can read, for a shared one; libraries refuse to make such tokens."""
    pem = RSA.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    parts = ({"alg": "HS256", "typ": "JWT", "kid": "first"}, said)
    body = ".".join(written(json.dumps(one).encode()) for one in parts)
    return f"{body}.{written(hmac.digest(pem, body.encode(), 'sha256'))}"


def written(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


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
        (signed(claims(nbf=time.time() + DAY / 2)), "ImmatureSignatureError"),
        (signed(claims(iat=time.time() + DAY / 2)), "ImmatureSignatureError"),
        (signed(claims(iat=None)), "MissingRequiredClaimError"),
        (signed(claims(exp=int(time.time()) + DAY + 60)), "it is made for longer than a day"),
        (signed(claims(), OTHER), "InvalidSignatureError"),
        (signed(claims(), OTHER, "second"), "ValueError: it is signed by no key"),
        (signed(claims(), kid=None), "ValueError: it is signed by no key"),
        (signed(claims(), CURVE, "first", "ES256"), "TypeError: Expecting a PEM-formatted key"),
        (signed_with_what_is_published(claims()), "InvalidAlgorithmError"),
        (jwt.encode(claims(), None, algorithm="none", headers={"kid": "first"}), "InvalidAlgorithmError"),
        ("", "DecodeError"),
        ("x.y.z", "DecodeError"),
    ],
)
def test_any_other_token_is_refused_with_the_reason_and_without_itself(token, reason):
    with pytest.raises(TOKENS.TokenError, match=f"^{reason}\\b") as refused:
        Provider().tokens().claims(token)
    assert not token or token not in str(refused.value)


def test_a_key_for_encryption_signs_nothing():
    provider = Provider()
    provider.published = {"keys": [published("first", RSA, use="enc", alg="RSA-OAEP")]}
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


def refused(tokens: Any, token: str) -> str:
    with pytest.raises((TOKENS.TokenError, ConnectionError)) as error:
        tokens.claims(token)
    return str(error.value)


@pytest.mark.parametrize("token", [signed(claims()), signed(claims(), OTHER, "second")], ids=["genuine", "made up"])
def test_a_provider_that_is_away_is_asked_once_a_minute_whatever_comes_in(token):
    provider = Provider()
    provider.is_away, tokens = True, provider.tokens()
    assert refused(tokens, token) == "no answer"
    for provider.now in (1.0, 30.0, 59.0):
        assert "no keys" in refused(tokens, token)
    assert provider.asked == 1
    provider.now = 60.0
    refused(tokens, token)
    assert provider.asked == 2
    provider.is_away, provider.now = False, 120.0
    assert tokens.claims(signed(claims()))["client_id"] == "ci"


def test_no_key_outlives_its_hour_while_the_provider_is_away():
    provider = Provider()
    tokens = provider.tokens()
    tokens.claims(signed(claims()))
    provider.is_away, provider.now = True, 3599.0
    tokens.claims(signed(claims()))
    for provider.now in (3600.0, 3630.0, 3660.0, 7200.0, 7201.0):
        refused(tokens, signed(claims()))
    assert provider.asked == 4
    provider.is_away, provider.now = False, 7260.0
    tokens.claims(signed(claims()))


def test_a_made_up_token_while_the_provider_is_away_takes_no_key_from_others():
    provider = Provider()
    tokens = provider.tokens()
    tokens.claims(signed(claims()))
    provider.is_away, provider.now = True, 60.0
    assert refused(tokens, signed(claims(), OTHER, "second")) == "no answer"
    assert tokens.claims(signed(claims()))["client_id"] == "ci"
    assert "no key" in refused(tokens, signed(claims(), OTHER, "second"))
    assert provider.asked == 2


@pytest.mark.parametrize("answer", [[], {"keys": None}, {"keys": ["first"]}, {}])
def test_an_answer_without_keys_counts_as_none(answer):
    provider = Provider()
    genuine, provider.published = provider.published, answer
    tokens = provider.tokens()
    refused(tokens, signed(claims()))
    provider.published, provider.now = genuine, 60.0
    assert tokens.claims(signed(claims()))["client_id"] == "ci"


def test_who_comes_while_the_provider_is_asked_waits_for_the_answer():
    provider, is_asked, may_answer = Provider(), threading.Event(), threading.Event()
    answer = provider.keys

    def slow() -> dict[str, Any]:
        is_asked.set()
        may_answer.wait(10)
        return answer()

    provider.keys = slow
    tokens, entered = provider.tokens(), []
    first, second = (threading.Thread(target=lambda: entered.append(tokens.claims(signed(claims())))) for _ in range(2))
    first.start()
    assert is_asked.wait(10)
    second.start()
    may_answer.set()
    for one in (first, second):
        one.join(10)
    assert len(entered) == 2
    assert provider.asked == 1
