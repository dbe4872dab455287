"""What an environment may say of its roles."""

import re
from typing import Annotated

from pydantic import AfterValidator, WithJsonSchema

from components.access_args import AirflowRole
from components.roles import Action
from stacks.fields import Strict

_LABEL = "[a-z0-9]([a-z0-9-]*[a-z0-9])?"
_RESOURCE = rf"[a-z]+(/[a-z]+)?(\.{_LABEL})*"


def _resource(written: str) -> str:
    if not re.fullmatch(_RESOURCE, written):
        raise ValueError("is not a resource as kubectl writes it; use such as pods, pods/log or jobs.batch")
    return written


Resource = Annotated[str, AfterValidator(_resource), WithJsonSchema({"type": "string", "pattern": f"^{_RESOURCE}$"})]


class RoleSettings(Strict):
    """What one role may do, as far as it differs from the table; it may besides what the roles below it may."""

    kubernetes: dict[Resource, list[str]] = {}
    """Verbs by resource, in place of the table's for this role; an empty list takes them away."""
    airflow_role: AirflowRole | None = None
    """Role in Airflow."""
    actions: list[Action] | None = None
    """What the console offers, in place of the table's for this role."""


class RolesSettings(Strict):
    """The three roles of a workspace."""

    viewer: RoleSettings = RoleSettings()
    """Looks on."""
    editor: RoleSettings = RoleSettings()
    """Works with Airflow."""
    admin: RoleSettings = RoleSettings()
    """Answers for the workspace."""
