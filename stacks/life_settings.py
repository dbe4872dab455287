"""What may be said of a deployment's life: keys and their rotation."""

from stacks.fields import ConfigKey, Count, PositiveCount, Strict


class FernetSettings(Strict):
    """The key list that encrypts connections and variables."""

    rotation: PositiveCount = 1
    """Number of the newest key; one more makes a new key, which encrypts from then on."""
    keep: Count = 1
    """Older keys that still decrypt; 0 once `airflow rotate-fernet-key` has run with the new one."""
    adopt: ConfigKey | None = None
    """Secret of this configuration that is the first key, for the database of an earlier installation."""


class KeysSettings(Strict):
    """Counters of what is generated: one more makes a new value, and restarts what uses it."""

    fernet: FernetSettings = FernetSettings()
    """Encrypts connections and variables in the database."""
    api: PositiveCount = 1
    """Signs sessions and log requests; in Airflow 2 the webserver's key."""
    jwt: PositiveCount = 1
    """Signs what components say to the API server; Airflow 3 only."""
    redis: PositiveCount = 1
    """Password of the deployment's own Redis."""
    passwords: PositiveCount = 1
    """Generated passwords of people."""
