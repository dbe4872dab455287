"""What may be said of signing in to Airflow: an identity provider, or passwords."""

import re
from typing import Annotated, Self

from pydantic import AfterValidator, Field, StrictInt, WithJsonSchema, model_validator

from components.sign_in_args import Controller
from stacks.fields import ConfigKey, Email, Flag, Name, SecretName, Strict, has_credential

_ISSUER = r"https?://[^\s?#@]+"
_NGINX_URL = "[-._~a-zA-Z0-9/:]+"
_PLAIN = re.compile(r"http://(localhost|127\.0\.0\.1|[a-z0-9-]+\.[a-z0-9-]+\.svc(\.cluster\.local)?)(:[0-9]+)?(/|$)")
"""Addresses that nobody outside the cluster, or the machine, can listen to."""


def _issuer(url: str) -> str:
    if has_credential(url):
        raise ValueError("carries a credential in plain text; name the client's secret under `client_secret_config`")
    if not re.fullmatch(_ISSUER, url):
        raise ValueError("is not the address of an issuer; write one such as https://id.example.com/realms/company")
    if url.startswith("http://") and not _PLAIN.match(url):
        raise ValueError("is asked without TLS, so anybody in between could vouch for anybody; start it with https://")
    return url


def _proxy(url: str) -> str:
    if has_credential(url) or not re.fullmatch(_ISSUER, url):
        raise ValueError("is not the address of an auth proxy; write one such as https://auth.example.com")
    return url


class ClaimsSettings(Strict):
    """Names of what the identity provider says of a person, or of a bot."""

    email: Annotated[str, Field(min_length=1)] = "email"
    """Claim with the e-mail address, by which accounts are known."""
    groups: Annotated[str, Field(min_length=1)] = "groups"
    """Claim with the groups, as teams name them under `identity_group`."""
    client: Annotated[str, Field(min_length=1)] = "client_id"
    """Claim with the client that a bot's token was given to."""


class OidcSettings(Strict):
    """An identity provider that speaks OpenID Connect."""

    name: Name = "sso"
    """What the button says; part of the address that the provider sends people back to."""
    issuer: Annotated[
        str, AfterValidator(_issuer), WithJsonSchema({"type": "string", "pattern": "^https?://[^\\s?#@]+$"})
    ]
    """Address of the provider, below which `/.well-known/openid-configuration` is."""
    client_id: Annotated[str, Field(min_length=1)]
    """Airflow's name at the provider."""
    client_secret_config: ConfigKey | None = None
    """Secret of this stack's configuration that holds Airflow's password at the provider."""
    client_secret: SecretName | None = None
    """Secret in each deployment's namespace that somebody else makes; key `client-secret` holds it."""
    scopes: list[Annotated[str, Field(pattern=r"^\S+$")]] = ["openid", "email", "profile"]
    """What is asked for; some providers tell groups only when asked for `groups`."""
    claims: ClaimsSettings = ClaimsSettings()
    """Names of what the provider says of a person, or of a bot."""
    require_verified_email: Flag = True
    """Whether the provider must call an address verified; `false` where it has no word for it."""
    audience: Annotated[str, Field(min_length=1)] | None = None
    """What tokens of bots must be meant for; by default `client_id`."""

    @model_validator(mode="after")
    def _one_secret(self) -> Self:
        if (self.client_secret is None) == (self.client_secret_config is None):
            said = "none" if self.client_secret is None else "both"
            raise ValueError(f"needs exactly one of client_secret_config and client_secret, but has {said}; keep one")
        if "openid" not in self.scopes:
            raise ValueError("asks for no scope `openid`, without which nobody is vouched for; add it to `scopes`")
        return self


class AuthProxySettings(Strict):
    """An oauth2-proxy that the ingress controller asks before it lets a request through."""

    url: Annotated[str, AfterValidator(_proxy), WithJsonSchema({"type": "string", "pattern": "^https?://[^\\s?#@]+$"})]
    """Its address, for the controller and for browsers; `/oauth2` follows it."""
    controller: Controller
    """Who serves the IngressClass."""
    sign_in_middleware: Annotated[str, Field(pattern=r"^[a-z0-9.-]+@[a-z]+$")] | None = None
    """Traefik only: middleware that leads to the proxy's sign-in, such as `auth-errors@kubernetescrd`."""

    @model_validator(mode="after")
    def _of_its_controller(self) -> Self:
        if self.sign_in_middleware and self.controller is not Controller.TRAEFIK:
            raise ValueError("names a middleware, which only Traefik has; remove sign_in_middleware")
        if self.controller is Controller.NGINX and not re.fullmatch(_NGINX_URL, self.url):
            raise ValueError(
                "has a url that ingress-nginx denies in an annotation; let it have nothing but letters, digits and "
                "-._~/:"
            )
        return self


class SignInSettings(Strict):
    """How people enter the UIs: through an identity provider, or else by a password for each deployment."""

    oidc: OidcSettings | None = None
    """The identity provider."""
    passwords: dict[Email, ConfigKey] = {}
    """Accounts whose password is supplied: secret of this stack's configuration; all others are generated."""
    session_minutes: Annotated[StrictInt, Field(ge=5, le=43200)] = 720
    """Longest pause between two requests before one has to sign in anew."""
    max_session_minutes: Annotated[StrictInt, Field(ge=5, le=43200)] = 1440
    """Longest time before one has to sign in anew in any case; until then the groups count that one had then."""

    @model_validator(mode="after")
    def _pause_within_session(self) -> Self:
        if self.session_minutes > self.max_session_minutes:
            raise ValueError(
                f"has a session_minutes of {self.session_minutes}, which a session never reaches with a "
                f"max_session_minutes of {self.max_session_minutes}; lower the one or raise the other"
            )
        return self

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if self.oidc and self.passwords:
            raise ValueError("says both oidc and passwords, but with a provider nobody has a password here; keep one")
        return self
