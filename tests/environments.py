"""Small environments as plain data, as they would stand in a stack file, and their plans."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from components.args import PlatformPlan
from stacks.loader import NAMESPACE, StackSource, read_config, read_stack_file, stack_file
from stacks.plan import plan_stack
from stacks.project import STACKS

COMMITTED = ("dev", "local", "prod", "staging")
"""Stacks that this repository has a file for."""

CLOUD: dict[str, Any] = {
    "hosting": "cloud",
    "network": {"closed": ["10.0.0.0/16"], "kubernetes_api": "10.0.0.1/32"},
}
"""What a cluster of many customers says at least, without its address."""

ADA = "ada@example.com"
BOB = "bob@example.com"


def small_environment(**overrides: Any) -> dict[str, Any]:
    """Return the sections of an environment with one workspace and one deployment that needs nothing outside."""
    sections: dict[str, Any] = {
        "clusters": {"main": {"hosting": "enterprise", "context": "somewhere"}},
        "accounts": {ADA: {}, BOB: {"personal_workspace": False}},
        "teams": {"crew": {"members": [ADA, BOB]}},
        "workspaces": {"analytics": {"members": {"crew": "admin"}, "deployments": {"orders": embedded()}}},
    }
    return {**sections, **overrides}


def workspace(*deployments: str, members: Mapping[str, str] | None = None, **settings: Any) -> dict[str, Any]:
    """Return a workspace with deployments of the smallest kind."""
    return {
        "members": dict(members or {ADA: "admin"}),
        "deployments": {name: embedded() for name in deployments},
        **settings,
    }


def embedded(**settings: Any) -> dict[str, Any]:
    """Return a deployment with a database beside it."""
    return {"database": "embedded", **settings}


def source_of(sections: Mapping[str, Any], environment: str = "dev", secrets: Iterable[str] = ()) -> StackSource:
    entries = {f"{NAMESPACE}:{key}": {"secure": ""} for key in secrets}
    return read_config(environment, f"environment {environment}", {**sections, **entries})


def plan_of(sections: Mapping[str, Any], environment: str = "dev", secrets: Iterable[str] = ()) -> PlatformPlan:
    return plan_stack(source_of(sections, environment, secrets))


def plan_of_file(environment: str, directory: Path = STACKS) -> PlatformPlan:
    return plan_stack(read_stack_file(stack_file(directory, environment)))
