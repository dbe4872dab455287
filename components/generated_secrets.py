"""The secrets that a deployment needs and nobody supplies: which there are, and how a value is made."""

import base64
import os
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from components.args import AirflowDeploymentArgs
from components.labels import FERNET_KEY

FERNET_KEY_BYTES = 32
_TOKEN_BYTES = 32


class Purpose(StrEnum):
    """What a Secret is for; the end of its name."""

    FERNET_KEY = "fernet-key"
    API_SECRET_KEY = "api-secret-key"
    JWT = "jwt"
    WEBSERVER_SECRET_KEY = "webserver-secret-key"
    REDIS_PASSWORD = "redis-password"
    POSTGRESQL = "postgresql"
    METADATA = "metadata"
    BROKER_URL = "broker-url"
    PGBOUNCER_CONFIG = "pgbouncer-config"
    PGBOUNCER_STATS = "pgbouncer-stats"
    ENV = "env"
    GIT = "git"
    PASSWORDS = "passwords"
    SIGN_IN = "sign-in"
    DIGEST_KEY = "digest-key"
    """No Secret: it stays in the state."""


_HOLDS_STATE = frozenset({Purpose.FERNET_KEY, Purpose.POSTGRESQL})
"""Without them what is stored can be read no more; anything else that is lost is made anew."""


@dataclass(frozen=True, kw_only=True)
class GeneratedSecret:
    """A Secret with one generated value, or with a list of them."""

    purpose: Purpose
    key: str
    """Key within the Secret, as the chart expects it."""
    generations: tuple[int, ...] = (1,)
    """Numbers of the values in it, newest first."""
    adopted: str | None = None
    """Secret of the stack's configuration that takes the place of the first value."""

    def stash_name(self, generation: int) -> str:
        """Name what keeps a value; the first one keeps the name that it had before there were others."""
        return str(self.purpose) if generation == 1 else f"{self.purpose}-{generation}"


def holds_state(purpose: Purpose) -> bool:
    """Tell whether what is stored can be read no more once a Secret is lost."""
    return purpose in _HOLDS_STATE


def secret_annotations(args: AirflowDeploymentArgs, purpose: Purpose) -> dict[str, str]:
    """Return what tells a later run of a Secret's content, also where this one fails; the content itself is secret."""
    return {FERNET_KEY: str(args.keys.fernet.rotation)} if purpose is Purpose.FERNET_KEY else {}


def generated_secrets(args: AirflowDeploymentArgs) -> tuple[GeneratedSecret, ...]:
    """List what must be generated for a deployment."""
    keys = args.keys
    needed: list[GeneratedSecret] = []
    if keys.fernet.secret_name is None:
        fernet = keys.fernet
        needed.append(
            GeneratedSecret(
                purpose=Purpose.FERNET_KEY, key="fernet-key", generations=fernet.generations, adopted=fernet.adopt
            )
        )
    if keys.api_origin.secret_name is None:
        is_old = args.airflow_major == 2  # noqa: PLR2004 - Airflow's own major
        purpose = Purpose.WEBSERVER_SECRET_KEY if is_old else Purpose.API_SECRET_KEY
        needed.append(_counted(purpose, str(purpose), keys.api, keys.api_origin.adopt))
    if args.airflow_major != 2 and keys.jwt_origin.secret_name is None:  # noqa: PLR2004
        needed.append(_counted(Purpose.JWT, "jwt-secret", keys.jwt, keys.jwt_origin.adopt))
    if args.executor.celery and args.executor.celery.redis:
        needed.append(_counted(Purpose.REDIS_PASSWORD, "password", keys.redis))
    if args.database.embedded:
        needed.append(GeneratedSecret(purpose=Purpose.POSTGRESQL, key="password"))
    return tuple(needed)


def password_seed(args: AirflowDeploymentArgs) -> GeneratedSecret:
    """Return what the passwords of people are made from; it is kept in the state and nowhere else."""
    return _counted(Purpose.PASSWORDS, "seed", args.keys.passwords)


def digest_key() -> GeneratedSecret:
    """Return what the digests on pods are made with, so that nobody can try values against them."""
    return GeneratedSecret(purpose=Purpose.DIGEST_KEY, key="key")


def secret_purposes(args: AirflowDeploymentArgs) -> tuple[Purpose, ...]:
    """List the Secrets that the platform makes for a deployment: generated, derived and supplied ones."""
    celery = args.executor.celery
    made = {
        Purpose.BROKER_URL: celery is not None and celery.broker_secret_name is None,
        Purpose.METADATA: bool(args.database.embedded or args.database.config_key),
        Purpose.PGBOUNCER_CONFIG: args.pgbouncer is not None,
        Purpose.PGBOUNCER_STATS: args.pgbouncer is not None,
        Purpose.ENV: bool(args.secret_env),
        Purpose.GIT: bool(args.git_sync and args.git_sync.config_key),
        Purpose.PASSWORDS: args.sign_in.oidc is None,
        Purpose.SIGN_IN: bool(args.sign_in.oidc and args.sign_in.oidc.client_secret_key),
    }
    return (
        *(one.purpose for one in generated_secrets(args)),
        *(purpose for purpose, is_made in made.items() if is_made),
    )


def _counted(purpose: Purpose, key: str, generation: int, adopted: str | None = None) -> GeneratedSecret:
    return GeneratedSecret(purpose=purpose, key=key, generations=(generation,), adopted=adopted)


def _fernet_key() -> str:
    return base64.urlsafe_b64encode(os.urandom(FERNET_KEY_BYTES)).decode()


def _token() -> str:
    # Hexadecimal: safe within URLs, shells and INI files.
    return secrets.token_hex(_TOKEN_BYTES)


_GENERATORS: Mapping[Purpose, Callable[[], str]] = {Purpose.FERNET_KEY: _fernet_key}


def generate(purpose: Purpose) -> str:
    """Make a new random value; each call makes another one."""
    return _GENERATORS.get(purpose, _token)()


def broker_url(namespace: str, password: str) -> str:
    """Return the Celery broker URL of the chart's own Redis."""
    return f"redis://:{password}@{namespace}-redis:6379/0"
