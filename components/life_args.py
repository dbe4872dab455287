"""Arguments of a deployment's life: whether it runs, which keys it has, and what a change of it may lose."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from components.quantities import Resources

Hard = Mapping[str, Mapping[str, str]]
"""What ResourceQuotas bound: amounts by name, by the part of the deployment that they bound."""


class State(StrEnum):
    """How far a deployment is from being gone."""

    ACTIVE = "active"
    HIBERNATED = "hibernated"
    """Nothing runs; database, keys and volumes stay, and so do the release and everybody's access."""
    RETIRED = "retired"
    """No release and no access any more; database, keys and volumes stay. Only then may it leave the file."""


class Loss(StrEnum):
    """What a change may lose for good, where the settings say so."""

    DATABASE = "database"
    """The history in the embedded database, with the connections and variables that were typed into the UI."""
    LOGS = "logs"
    """Task logs on volumes."""


@dataclass(frozen=True, kw_only=True)
class KeyOrigin:
    """Where a key comes from that is not generated."""

    adopt: str | None = None
    """Secret of the stack's configuration that is the first key."""
    secret_name: str | None = None
    """Secret in the deployment's namespace that somebody else makes."""


@dataclass(frozen=True, kw_only=True)
class FernetArgs(KeyOrigin):
    """The key list that encrypts connections and variables: the newest encrypts, all of them decrypt."""

    rotation: int = 1
    """Number of the newest key."""
    keep: int = 1
    """Older keys that still decrypt."""

    @property
    def generations(self) -> tuple[int, ...]:
        """Return the numbers of the keys in use, newest first."""
        return tuple(range(self.rotation, max(0, self.rotation - self.keep - 1), -1))


@dataclass(frozen=True, kw_only=True)
class KeysArgs:
    """Counters: each step makes a new value."""

    fernet: FernetArgs = field(default_factory=FernetArgs)
    api: int = 1
    """Signs sessions and log requests; the webserver's key where Airflow is 2.x."""
    api_origin: KeyOrigin = field(default_factory=KeyOrigin)
    jwt: int = 1
    """Signs what components say to the API server."""
    jwt_origin: KeyOrigin = field(default_factory=KeyOrigin)
    redis: int = 1
    """Password of the deployment's own Redis."""
    passwords: int = 1
    """What generated passwords of people are made from."""
    git: int = 1
    """The next ones count changes of what somebody else keeps: credentials of the git server."""
    database: int = 1
    broker: int = 1
    env: int = 1
    """What variables are read from."""

    @property
    def adopted(self) -> tuple[str, ...]:
        """Return the keys of the stack's configuration that are adopted."""
        return tuple(one.adopt for one in (self.fernet, self.api_origin, self.jwt_origin) if one.adopt)


@dataclass(frozen=True, kw_only=True)
class StandingQuota:
    """What the pods that run may have been reserved; room for them is kept until others have taken their place."""

    hard: Hard = field(default_factory=dict)
    size_change: int = 0
    """Number of the change of size that this run makes, or of the last one where it makes none.

    A run that fails leaves its number on the quotas and exports none: so the next one knows that what it finds in the
    outputs is older than what runs.
    """


@dataclass(frozen=True, kw_only=True)
class HibernationArgs:
    """Sleep by the clock; times are the five fields of cron."""

    hibernate_at: str
    wake_at: str
    time_zone: str
    """A name of the IANA database, such as Europe/Berlin."""
    resources: Resources
    """Of the pod that puts to sleep, or wakes."""
