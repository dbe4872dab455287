"""Arguments of the ways in: signing in to Airflow, and the door before it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


@dataclass(frozen=True, kw_only=True)
class OidcArgs:
    """An identity provider that speaks OpenID Connect."""

    name: str
    """What the button says; also part of the address that the provider sends people back to."""
    issuer: str
    client_id: str
    client_secret_name: str
    """Secret in the deployment's namespace with the key `client-secret`."""
    client_secret_key: str | None = None
    """Secret of the stack's configuration to make that Secret from; None where somebody else makes it."""
    scopes: tuple[str, ...]
    email_claim: str
    groups_claim: str
    require_verified_email: bool = True
    """Whether the provider must call an address verified."""
    audience: str
    """What tokens of bots must be meant for."""
    client_claim: str
    """Where they tell the bot's client."""


@dataclass(frozen=True, kw_only=True)
class SignInArgs:
    """How people enter one Airflow."""

    oidc: OidcArgs | None = None
    """None where people have passwords, each deployment its own."""
    passwords: Mapping[str, str] = field(default_factory=dict)
    """Supplied ones: key of the stack's configuration by e-mail address in lower case; all others are generated."""
    session_minutes: int = 720
    """Longest pause between two requests of a session."""
    max_session_minutes: int = 1440
    """Longest time that a session counts."""


class Controller(StrEnum):
    """Ingress controllers whose words for an auth proxy are known."""

    NGINX = "nginx"
    TRAEFIK = "traefik"


@dataclass(frozen=True, kw_only=True)
class DoorArgs:
    """An auth proxy before a UI."""

    controller: Controller
    url: str
    """Address of oauth2-proxy, without a slash at its end."""
    sign_in_middleware: str | None = None
    """Middleware of Traefik that leads to the proxy's sign-in."""
