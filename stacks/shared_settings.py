"""What may be said of values that several deployments of a workspace have in common."""

from typing import Annotated

from pydantic import AfterValidator, Field

from stacks.fields import Name, Strict, VariableName
from stacks.plain_secrets import plain_environment
from stacks.secret_settings import SecretValue


class SharedSettings(Strict):
    """Values that a workspace keeps once and links to all or some of its deployments."""

    deployments: Annotated[list[Name], Field(min_length=1)] | None = None
    """Deployments that have them; all by default."""
    env: Annotated[dict[VariableName, str | None], AfterValidator(plain_environment)] = {}
    """Environment variables."""
    secret_env: dict[VariableName, SecretValue | None] = {}
    """Environment variables from secrets."""
    connections: dict[VariableName, SecretValue | None] = {}
    """Airflow connections by id, each in a secret."""
    variables: dict[VariableName, SecretValue | None] = {}
    """Airflow variables by key, each in a secret."""
