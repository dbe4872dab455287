"""Plans how people enter Airflow, and refuses what could let nobody in."""

from collections.abc import Iterator, Set

from components import naming
from components.generated_secrets import Purpose
from components.sign_in_args import DoorArgs, OidcArgs, SignInArgs
from stacks.problems import Problem
from stacks.roster import Roster
from stacks.secret_references import unknown_secret
from stacks.sign_in_settings import AuthProxySettings, OidcSettings, SignInSettings


def plan_sign_in(settings: SignInSettings, namespace: str) -> SignInArgs:
    """Say how people enter one deployment."""
    return SignInArgs(
        oidc=_oidc(settings.oidc, namespace) if settings.oidc else None,
        passwords={email.lower(): key for email, key in settings.passwords.items()},
        session_minutes=settings.session_minutes,
        max_session_minutes=settings.max_session_minutes,
    )


def plan_door(settings: AuthProxySettings | None) -> DoorArgs | None:
    """Say what is asked before a request reaches Airflow."""
    if settings is None:
        return None
    url = settings.url.rstrip("/")
    return DoorArgs(controller=settings.controller, url=url, sign_in_middleware=settings.sign_in_middleware)


def sign_in_problems(
    settings: SignInSettings, roster: Roster, known: Set[str] | None, path: tuple[str, ...]
) -> Iterator[Problem]:
    """Refuse passwords of nobody, secrets that are not there, and a bot that people sign in as.

    Args:
        settings: Of the environment, or of one cluster.
        roster: Who is in the environment.
        known: Keys of the secrets in the stack's configuration; None where these are not known.
        path: Where the settings are written.
    """
    if settings.oidc and settings.oidc.client_secret_config:
        yield from unknown_secret((*path, "oidc", "client_secret_config"), settings.oidc.client_secret_config, known)
    for bot, client in roster.clients.items():
        if settings.oidc and client == settings.oidc.client_id:
            message = (
                f"is also the client of {bot}, so tokens of people could pass for the bot's. Give it one of its own"
            )
            yield Problem((*path, "oidc", "client_id"), message)
    for email, key in settings.passwords.items():
        where = (*path, "passwords", email)
        if email not in roster.accounts:
            yield Problem(where, roster.no_account(email))
        yield from unknown_secret(where, key, known)


def _oidc(settings: OidcSettings, namespace: str) -> OidcArgs:
    return OidcArgs(
        name=settings.name,
        issuer=settings.issuer,
        client_id=settings.client_id,
        client_secret_name=settings.client_secret or naming.secret_name(namespace, Purpose.SIGN_IN),
        client_secret_key=settings.client_secret_config,
        scopes=tuple(settings.scopes),
        email_claim=settings.claims.email,
        groups_claim=settings.claims.groups,
        require_verified_email=settings.require_verified_email,
        audience=settings.audience or settings.client_id,
        client_claim=settings.claims.client,
    )
