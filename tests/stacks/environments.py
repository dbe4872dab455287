"""Small environments as plain data, for tests to change only what they are about."""

from collections.abc import Collection
from typing import Any

import pytest

from components.args import AirflowDeploymentArgs, PlatformPlan
from stacks.loader import StackSource, read_config
from stacks.plan import plan_stack
from stacks.problems import SettingsError

ADA = "ada@example.com"
GRACE = "grace@example.com"
LABEL = "stacks/Pulumi.test.yaml"


def environment(**sections: Any) -> dict[str, Any]:
    """Return one cluster, two accounts and databases inside, with sections replaced."""
    return {
        "clusters": {"main": {"hosting": "enterprise", "local": True}},
        "accounts": {ADA: {}, GRACE: {}},
        "defaults": {"database": "embedded"},
        **sections,
    }


def shared(**settings: Any) -> dict[str, Any]:
    """Return a shared workspace with Ada as its admin."""
    return {"members": {ADA: "admin"}, **settings}


def source(secret_keys: Collection[str] = (), **sections: Any) -> StackSource:
    """Read an environment as a stack file would hold it."""
    config = {f"airspace:{name}": section for name, section in environment(**sections).items() if section is not None}
    secrets = {f"airspace:{key}": {"secure": "v1:encrypted"} for key in secret_keys}
    return read_config("test", LABEL, config | secrets)


def planned(secret_keys: Collection[str] = (), **sections: Any) -> PlatformPlan:
    """Plan an environment."""
    return plan_stack(source(secret_keys, **sections))


def refusals(secret_keys: Collection[str] = (), **sections: Any) -> list[str]:
    """Return the lines with which an environment is refused, without the file's name."""
    with pytest.raises(SettingsError) as refused:
        planned(secret_keys, **sections)
    return [line.removeprefix(f"{LABEL}: ") for line in str(refused.value).splitlines()]


def deployment(secret_keys: Collection[str] = (), /, **settings: Any) -> AirflowDeploymentArgs:
    """Plan one Airflow deployment, `orders` of the workspace `analytics`, on the one cluster there is."""
    return deployment_on({"hosting": "enterprise", "local": True}, secret_keys, **settings)


def deployment_on(
    cluster: dict[str, Any], secret_keys: Collection[str] = (), /, **settings: Any
) -> AirflowDeploymentArgs:
    """Plan one Airflow deployment on a cluster."""
    workspaces = {"analytics": shared(deployments={"orders": settings})}
    plan = planned(secret_keys, clusters={"main": cluster}, workspaces=workspaces)
    return plan.workspaces["analytics"].deployments[0]
