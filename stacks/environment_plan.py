"""Plans the environment of a deployment's containers: variables, secret ones, and what Airflow reads from them.

Airflow looks for a connection in `AIRFLOW_CONN_<ID>` and for a variable in `AIRFLOW_VAR_<KEY>` before it asks its
database; so neither is typed into a UI, and both are as secret as the stack's configuration.
"""

from collections.abc import Iterator, Mapping
from typing import TypedDict

from components import owned_options
from components.args import Scalar, SecretKeyArgs
from stacks.deployment_settings import DeploymentSettings
from stacks.log_plan import log_keys, remote_logs
from stacks.problems import Problem


class EnvironmentArgs(TypedDict):
    """The arguments of an Airflow deployment that this module plans."""

    env: Mapping[str, str]
    secret_env: Mapping[str, str]
    referenced_env: Mapping[str, SecretKeyArgs]
    config: Mapping[str, Mapping[str, Scalar]]


def environment_args(settings: DeploymentSettings) -> EnvironmentArgs:
    """Plan variables; those that a nearer layer has set to null are left out."""
    logs = remote_logs(settings.logs)
    sections = {*settings.config, *logs.config}
    return {
        "env": {name: value for name, value in settings.env.items() if value is not None},
        "secret_env": {**_own_secret_env(settings), **logs.secret_env},
        "referenced_env": logs.referenced_env,
        "config": {one: {**settings.config.get(one, {}), **logs.config.get(one, {})} for one in sorted(sections)},
    }


def _own_secret_env(settings: DeploymentSettings) -> dict[str, str]:
    return {variable: key for _, variable, key in _secret_variables(settings)}


def environment_problems(settings: DeploymentSettings, path: tuple[str, ...]) -> Iterator[Problem]:
    """Refuse variables that the platform sets, and those that are set twice."""
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


def referenced_keys(settings: DeploymentSettings) -> dict[tuple[str, ...], str]:
    """Return the keys of the stack's configuration that variables come from, by where they are written."""
    return {where: key for where, _, key in _secret_variables(settings)} | log_keys(settings.logs)


def _secret_variables(settings: DeploymentSettings) -> Iterator[tuple[tuple[str, ...], str, str]]:
    """Yield where each is written, the variable, and the key of its value."""
    groups: tuple[tuple[str, str, Mapping[str, str | None]], ...] = (
        ("secret_env", "", settings.secret_env),
        ("connections", "AIRFLOW_CONN_", settings.connections),
        ("variables", "AIRFLOW_VAR_", settings.variables),
    )
    for section, prefix, keys in groups:
        for name, key in keys.items():
            if key is not None:
                yield (section, name), f"{prefix}{name.upper()}" if prefix else name, key
