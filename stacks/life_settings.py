"""What may be said of a deployment's life: keys, where they come from, and their rotation."""

from importlib.resources import files
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BeforeValidator, model_validator

from stacks.cron_field import Schedule
from stacks.fields import ConfigKey, Count, Flag, PositiveCount, SecretName, Strict


class KeySettings(Strict):
    """One key: generated, adopted from an earlier installation, or kept by somebody else."""

    rotation: PositiveCount = 1
    """Number of the newest key; one more makes a new one."""
    adopt: ConfigKey | None = None
    """Secret of this configuration that is the first key."""
    secret: SecretName | None = None
    """Secret in the deployment's namespace that somebody else makes, with the key under the chart's own name for it."""

    @model_validator(mode="after")
    def _one_origin(self) -> Self:
        if self.adopt is not None and self.secret is not None:
            raise ValueError("has both adopt and secret; keep one")
        if self.secret is not None and self.rotation > 1:
            raise ValueError("has a rotation, but a key in a Secret of somebody else is replaced there; keep one")
        return self


class FernetSettings(KeySettings):
    """The key list that encrypts connections and variables."""

    keep: Count = 1
    """Older keys that still decrypt; 0 once `airflow rotate-fernet-key` has run with the new one."""


def _counted(value: Any) -> Any:
    # A truth value is a number to Python.
    return {"rotation": value} if isinstance(value, int) and not isinstance(value, bool) else value


Key = Annotated[KeySettings, BeforeValidator(_counted, json_schema_input_type=KeySettings | PositiveCount)]
"""Either the number of the newest key, or a block."""


class KeysSettings(Strict):
    """What is generated or adopted: a higher number makes a new value, and restarts what uses it."""

    fernet: FernetSettings = FernetSettings()
    """Encrypts connections and variables in the database."""
    api: Key = KeySettings()
    """Signs sessions and log requests; in Airflow 2 the webserver's key."""
    jwt: Key = KeySettings()
    """Signs what components say to the API server; Airflow 3 only."""
    redis: PositiveCount = 1
    """Password of the deployment's own Redis."""
    passwords: PositiveCount = 1
    """Generated passwords of people."""
    git: PositiveCount = 1
    """Credentials of the git server that somebody else keeps in a Secret; raise it once its content has changed."""
    database: PositiveCount = 1
    """The same of the Secret with the database's URL."""
    broker: PositiveCount = 1
    """The same of the Secret with the broker's URL."""
    env: PositiveCount = 1
    """The same of Secrets that variables, connections, `logs` and `metrics` are read from."""


# By the package, not by this machine: what is a zone is the same wherever an environment is planned.
_TIME_ZONES = frozenset(files("tzdata").joinpath("zones").read_text(encoding="utf-8").split()) - {"Factory"}


def _time_zone(name: str) -> str:
    if name not in _TIME_ZONES:
        raise ValueError("is not a time zone; write a name of the IANA database, such as Europe/Berlin or Etc/UTC")
    return name


class HibernationScheduleSettings(Strict):
    """Sleep by the clock: for development, where nobody works at night."""

    enabled: Flag | None = None
    """False keeps it awake where defaults have a schedule."""
    hibernate_at: Schedule | None = None
    """When it goes to sleep: the five fields of cron."""
    wake_at: Schedule | None = None
    """When it wakes."""
    time_zone: Annotated[str, AfterValidator(_time_zone)] = "Etc/UTC"
    """Where these times are: a name of the IANA database."""
