"""Turns what is said of a deployment's life into arguments."""

from collections.abc import Iterator
from typing import TypedDict

from components import sizing
from components.life_args import FernetArgs, HibernationArgs, KeyOrigin, KeysArgs, Loss, State
from stacks.cron_field import moments
from stacks.deployment_settings import DeploymentSettings
from stacks.executor_settings import CeleryExecutorSettings
from stacks.life_settings import KeySettings, KeysSettings
from stacks.problems import Problem


class LifeArgs(TypedDict):
    """The arguments of an Airflow deployment that this module plans."""

    state: State
    keys: KeysArgs
    hibernation: HibernationArgs | None
    may_lose: tuple[Loss, ...]


def life_args(settings: DeploymentSettings) -> LifeArgs:
    """Plan state, keys and what may be lost."""
    return {
        "state": settings.state,
        "keys": _keys(settings.keys),
        "hibernation": _hibernation(settings),
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


def hibernation_problems(settings: DeploymentSettings, path: tuple[str, ...]) -> Iterator[Problem]:
    """Refuse a schedule that is half, that wakes as it puts to sleep, or by which what must run would sleep."""
    schedule, path = settings.hibernation_schedule, (*path, "hibernation_schedule")
    times = {"hibernate_at": schedule.hibernate_at, "wake_at": schedule.wake_at}
    if schedule.enabled is False or not (schedule.enabled or any(times.values())):
        return
    for name, other in (("hibernate_at", "wake_at"), ("wake_at", "hibernate_at")):
        if times[name] is None:
            yield Problem((*path, name), f"is missing. Write when, as {other} does, or `enabled: false`")
    if all(times.values()) and len({moments(time) for time in times.values() if time}) == 1:
        yield Problem((*path, "wake_at"), "is the time at which it goes to sleep. Correct one of them")
    if settings.protect:
        message = "a protected deployment runs day and night. Write `enabled: false` here, or take `protect` away"
        yield Problem(path, message)
    for one in settings.executor or ():
        for name, queue in one.queues.items() if isinstance(one, CeleryExecutorSettings) else ():
            if queue.workers.min != queue.workers.max:
                message = f"the number of workers of the queue {name} changes by itself, and would stay at none after a"
                remedy = "Give the queue one number of workers, or write `enabled: false` here"
                yield Problem(path, f"{message} roll-out in the night. {remedy}")


def _hibernation(settings: DeploymentSettings) -> HibernationArgs | None:
    """Plan when an active deployment sleeps."""
    schedule = settings.hibernation_schedule
    if settings.state is not State.ACTIVE or schedule.enabled is False:
        return None
    if schedule.hibernate_at is None or schedule.wake_at is None:
        return None
    return HibernationArgs(
        hibernate_at=schedule.hibernate_at,
        wake_at=schedule.wake_at,
        time_zone=schedule.time_zone,
        resources=sizing.HIBERNATION,
    )


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
        git=settings.git,
        database=settings.database,
        broker=settings.broker,
        env=settings.env,
    )
