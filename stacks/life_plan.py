"""Turns what is said of a deployment's life into arguments."""

from collections.abc import Iterator
from typing import TypedDict

from components.life_args import FernetArgs, KeyOrigin, KeysArgs, Loss, State
from stacks.deployment_settings import DeploymentSettings
from stacks.life_settings import KeySettings, KeysSettings
from stacks.problems import Problem


class LifeArgs(TypedDict):
    """The arguments of an Airflow deployment that this module plans."""

    state: State
    keys: KeysArgs
    may_lose: tuple[Loss, ...]


def life_args(settings: DeploymentSettings) -> LifeArgs:
    """Plan state, keys and what may be lost."""
    return {
        "state": settings.state,
        "keys": _keys(settings.keys),
        "may_lose": tuple(sorted(set(settings.may_lose))),
    }


def adopted_keys(settings: KeysSettings) -> dict[tuple[str, ...], str]:
    """Return the keys of the stack's configuration that are adopted, by where they are written."""
    named = {"fernet": settings.fernet, "api": settings.api, "jwt": settings.jwt}
    return {("keys", name, "adopt"): one.adopt for name, one in named.items() if one.adopt}


def key_problems(settings: DeploymentSettings, path: tuple[str, ...]) -> Iterator[Problem]:
    """Refuse a key that would not be read."""
    jwt = settings.keys.jwt
    if (settings.airflow_version or "").startswith("2.") and (jwt.adopt or jwt.secret):
        yield Problem((*path, "keys", "jwt"), "is a key of Airflow 3, and this is Airflow 2. Remove it")


def _origin(settings: KeySettings) -> KeyOrigin:
    return KeyOrigin(adopt=settings.adopt, secret_name=settings.secret)


def _keys(settings: KeysSettings) -> KeysArgs:
    fernet = settings.fernet
    return KeysArgs(
        fernet=FernetArgs(rotation=fernet.rotation, keep=fernet.keep, adopt=fernet.adopt, secret_name=fernet.secret),
        api=settings.api.rotation,
        api_origin=_origin(settings.api),
        jwt=settings.jwt.rotation,
        jwt_origin=_origin(settings.jwt),
        redis=settings.redis,
        passwords=settings.passwords,
    )
