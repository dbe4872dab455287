"""Where a secret value comes from: this stack's configuration, or a Secret that somebody else makes."""

import re
from typing import Annotated, Any

from pydantic import AfterValidator, Discriminator, Tag, WithJsonSchema

from stacks.fields import ConfigKey, SecretName, Strict

_KEY = r"[-._a-zA-Z0-9]{1,253}"


def _secret_key(key: str) -> str:
    # The value is not repeated: it may be the secret itself.
    if not re.fullmatch(_KEY, key):
        raise ValueError("is not the key of a Secret; use letters, digits, hyphens, dots and underscores")
    return key


SecretKey = Annotated[str, AfterValidator(_secret_key), WithJsonSchema({"type": "string", "pattern": f"^{_KEY}$"})]
"""Key within a Kubernetes Secret."""


class SecretKeySettings(Strict):
    """A value in a Secret of the deployment's namespace that somebody else makes."""

    secret: SecretName
    """Name of the Secret."""
    key: SecretKey
    """Key of the value in it."""


def _kind(value: Any) -> str:
    return "reference" if isinstance(value, dict | SecretKeySettings) else "configuration"


SecretValue = Annotated[
    Annotated[ConfigKey, Tag("configuration")] | Annotated[SecretKeySettings, Tag("reference")], Discriminator(_kind)
]
"""Either the key of a secret in the stack's own configuration, or a block."""
