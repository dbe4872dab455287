"""What settings come to as options of Airflow and variables of its containers, and what users have set beside them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from components.args import Scalar
from components.secret_args import SecretKeyArgs
from stacks.deployment_settings import DeploymentSettings
from stacks.problems import Problem

Options = Mapping[str, Mapping[str, Scalar]]


@dataclass(frozen=True, kw_only=True)
class Told:
    """What Airflow is told by one block of settings."""

    config: Options = field(default_factory=dict)
    env: Mapping[str, str] = field(default_factory=dict)
    secret_env: Mapping[str, str] = field(default_factory=dict)
    """Variable to key of the stack's configuration."""
    referenced_env: Mapping[str, SecretKeyArgs] = field(default_factory=dict)
    """Variable to what holds it in a Secret that somebody else makes."""

    @property
    def variables(self) -> set[str]:
        """Name it all as variables, which options are too."""
        options = {_option_variable(section, option) for section, written in self.config.items() for option in written}
        return {*options, *self.env, *self.secret_env, *self.referenced_env}


def said_twice(told: Told, by: str, settings: DeploymentSettings, path: tuple[str, ...]) -> Iterator[Problem]:
    """Refuse what a user sets although a block of settings does.

    Args:
        told: What the block comes to.
        by: Where the block is written, within the deployment.
        settings: Of the deployment.
        path: Where the deployment is written.
    """
    variables = told.variables
    for where, variable in _said_elsewhere(settings):
        if variable in variables:
            yield Problem((*path, *where), f"is set by {by} already. Remove one of them")


def _said_elsewhere(settings: DeploymentSettings) -> Iterator[tuple[tuple[str, ...], str]]:
    """Yield where a user sets something, and the variable that it comes to."""
    for section, written in settings.config.items():
        yield from ((("config", section, option), _option_variable(section, option)) for option in written)
    groups: tuple[tuple[str, str, Mapping[str, object]], ...] = (
        ("env", "", settings.env),
        ("secret_env", "", settings.secret_env),
        ("connections", "AIRFLOW_CONN_", settings.connections),
    )
    for group, prefix, values in groups:
        named = (name for name, value in values.items() if value is not None)
        yield from (((group, name), f"{prefix}{name}".upper()) for name in named)


def _option_variable(section: str, option: str) -> str:
    return f"AIRFLOW__{section}__{option}".upper()
