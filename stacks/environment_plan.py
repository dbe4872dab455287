"""Plans the environment of a deployment's containers: variables, secret ones, and what Airflow reads from them.

Airflow looks for a connection in `AIRFLOW_CONN_<ID>` and for a variable in `AIRFLOW_VAR_<KEY>` before it asks its
database; so neither is typed into a UI, and both are as secret as the stack's configuration.
"""

from collections.abc import Iterator, Mapping
from typing import TypedDict

from components import owned_options
from components.args import Scalar
from components.secret_args import SecretKeyArgs
from stacks.deployment_settings import DeploymentSettings
from stacks.log_plan import log_keys
from stacks.metric_plan import metric_keys
from stacks.problems import Problem
from stacks.secret_references import own_secret
from stacks.secret_settings import SecretKeySettings
from stacks.told import Told

Path = tuple[str, ...]


class EnvironmentArgs(TypedDict):
    """The arguments of an Airflow deployment that this module plans."""

    env: Mapping[str, str]
    secret_env: Mapping[str, str]
    referenced_env: Mapping[str, SecretKeyArgs]
    config: Mapping[str, Mapping[str, Scalar]]


def environment_args(settings: DeploymentSettings, *blocks: Told) -> EnvironmentArgs:
    """Plan variables; those that a nearer layer has set to null are left out.

    Args:
        settings: Of the deployment.
        blocks: What some of its settings come to.
    """
    own = Told(
        config=settings.config,
        env={name: value for name, value in settings.env.items() if value is not None},
        secret_env={variable: key for _, variable, key in _from_configuration(settings)},
        referenced_env={
            variable: SecretKeyArgs(secret_name=at.secret, key=at.key) for _, variable, at in _references(settings)
        },
    )
    told = (own, *blocks)
    return {
        "env": {name: value for one in told for name, value in one.env.items()},
        "secret_env": {name: key for one in told for name, key in one.secret_env.items()},
        "referenced_env": {name: at for one in told for name, at in one.referenced_env.items()},
        "config": {
            section: {option: value for one in told for option, value in one.config.get(section, {}).items()}
            for section in sorted({section for one in told for section in one.config})
        },
    }


def environment_problems(settings: DeploymentSettings, namespace: str, path: tuple[str, ...]) -> Iterator[Problem]:
    """Refuse variables that the platform sets, those that are set twice, and the platform's own Secrets."""
    plain = [(("env", name), name) for name, value in settings.env.items() if value is not None]
    secret = [(where, variable) for where, variable, _ in _secret_variables(settings)]
    seen: dict[str, tuple[str, ...]] = {}
    for where, variable in (*plain, *secret):
        if reason := owned_options.refuse_variable(variable):
            yield Problem((*path, *where), reason)
        if variable in seen:
            first = ".".join(seen[variable])
            message = f"sets {variable}, as {first} does already. Remove one, or write null in its place here"
            yield Problem((*path, *where), message)
        seen.setdefault(variable, where)
    for where, _, at in _references(settings):
        yield from own_secret((*path, *where, "secret"), namespace, at.secret)


def referenced_keys(settings: DeploymentSettings) -> dict[Path, str]:
    """Return the keys of the stack's configuration that variables come from, by where they are written."""
    return (
        {where: key for where, _, key in _from_configuration(settings)}
        | log_keys(settings.logs)
        | metric_keys(settings)
    )


def _from_configuration(settings: DeploymentSettings) -> Iterator[tuple[Path, str, str]]:
    return ((where, name, value) for where, name, value in _secret_variables(settings) if isinstance(value, str))


def _references(settings: DeploymentSettings) -> Iterator[tuple[Path, str, SecretKeySettings]]:
    return ((where, name, value) for where, name, value in _secret_variables(settings) if not isinstance(value, str))


def _secret_variables(settings: DeploymentSettings) -> Iterator[tuple[Path, str, str | SecretKeySettings]]:
    """Yield where each is written, the variable, and where its value is."""
    groups: tuple[tuple[str, str, Mapping[str, str | SecretKeySettings | None]], ...] = (
        ("secret_env", "", settings.secret_env),
        ("connections", "AIRFLOW_CONN_", settings.connections),
        ("variables", "AIRFLOW_VAR_", settings.variables),
    )
    for section, prefix, values in groups:
        for name, value in values.items():
            if value is not None:
                yield (section, name), f"{prefix}{name.upper()}" if prefix else name, value
