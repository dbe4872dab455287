"""What may be said of guard rails: who acts for the platform, and where images may come from."""

import re
from typing import Annotated

from pydantic import AfterValidator, Field

from stacks.fields import ClusterUser, Strict

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
_ACCOUNTS_OF_A_NAMESPACE = "system:serviceaccounts:[a-z0-9-]+"


def _cluster_group(name: str) -> str:
    if name.startswith("system:") and not re.fullmatch(_ACCOUNTS_OF_A_NAMESPACE, name):
        raise ValueError(
            "is one of Kubernetes' own groups, such as everybody, who would all count as the platform; write a group "
            "of those who run the stack, or the accounts of one namespace such as system:serviceaccounts:ci"
        )
    return name


class DeployersSettings(Strict):
    """Who acts for the platform on a cluster, as the cluster knows them."""

    users: list[ClusterUser] = []
    """Users, such as system:serviceaccount:ci:airspace."""
    groups: list[Annotated[str, Field(min_length=1), AfterValidator(_cluster_group)]] = []
    """Groups."""
