"""Turns what is said of a deployment's life into arguments."""

from typing import TypedDict

from components.life_args import FernetArgs, KeysArgs, Loss, State
from stacks.deployment_settings import DeploymentSettings
from stacks.life_settings import KeysSettings


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


def _keys(settings: KeysSettings) -> KeysArgs:
    fernet = settings.fernet
    return KeysArgs(
        fernet=FernetArgs(rotation=fernet.rotation, keep=fernet.keep, adopt=fernet.adopt),
        api=settings.api,
        jwt=settings.jwt,
        redis=settings.redis,
        passwords=settings.passwords,
    )
