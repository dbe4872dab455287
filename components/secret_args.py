"""Arguments of secret values that somebody else keeps."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class SecretKeyArgs:
    """A value in a Secret of the deployment's namespace that somebody else makes."""

    secret_name: str
    key: str
