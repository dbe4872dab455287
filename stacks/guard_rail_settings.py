"""What may be said of guard rails: who acts for the platform, and where images may come from."""

import re
from typing import Annotated

from pydantic import AfterValidator, Field

from stacks.fields import Strict

_REGISTRY = r"([a-z0-9-]+(\.[a-z0-9-]+)+|localhost)(:[0-9]+)?(/[a-z0-9]+([._-]+[a-z0-9]+)*)*"


def _registry(text: str) -> str:
    if not re.fullmatch(_REGISTRY, text):
        raise ValueError(
            "is not a registry or a part of one; write a host such as quay.io, or more of the name such as "
            "docker.io/apache, without https:// and tag"
        )
    return text


Registries = Annotated[list[Annotated[str, AfterValidator(_registry)]], Field(min_length=1)]
"""Registries, or parts of them."""
Identity = Annotated[str, Field(min_length=1)]


class DeployersSettings(Strict):
    """Who acts for the platform on a cluster, as the cluster knows them."""

    users: list[Identity] = []
    """Users, such as system:serviceaccount:ci:airspace."""
    groups: list[Identity] = []
    """Groups."""
