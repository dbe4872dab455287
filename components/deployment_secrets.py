"""Secret values of one Airflow deployment: generated once and kept in the state, or supplied by configuration."""

import hashlib
import json
from collections.abc import Callable
from typing import Any

import pulumi

from components.args import AirflowDeploymentArgs
from components.database import connection_url
from components.generated_secrets import Purpose, broker_url, generate, generated_secrets
from components.pgbouncer import configuration, parse_connection, pooled_url, stats_url

_DIGEST_LENGTH = 16


class DeploymentSecrets:
    """The content of a deployment's Secrets, and a digest of it that pods carry to be restarted by a change.

    Generated values are kept by `pulumi.Stash`: each run makes new ones, and the state keeps the first.
    """

    data: dict[Purpose, dict[str, pulumi.Output[str]]]
    """Content of each Secret by purpose."""
    resources: list[pulumi.Resource]
    """The Secrets, once they are made."""

    def __init__(
        self, name: str, args: AirflowDeploymentArgs, stash_options: Callable[[Purpose], pulumi.ResourceOptions]
    ) -> None:
        self.resources = []
        self.data = {
            one.purpose: {one.key: _stashed(f"{name}-{one.purpose}", one.purpose, stash_options(one.purpose))}
            for one in generated_secrets(args)
        }
        self._add_connections(args)
        if args.secret_env:
            self.data[Purpose.ENV] = {
                variable: pulumi.Output.secret(args.secret_values[key]) for variable, key in args.secret_env.items()
            }

    def _add_connections(self, args: AirflowDeploymentArgs) -> None:
        celery = args.executor.celery
        if celery and celery.redis:
            password = self.data[Purpose.REDIS_PASSWORD]["password"]
            url = password.apply(lambda value: broker_url(args.namespace, value))
            self.data[Purpose.BROKER_URL] = {"connection": url}
        elif celery and celery.broker_config_key:
            supplied = args.secret_values[celery.broker_config_key]
            self.data[Purpose.BROKER_URL] = {"connection": pulumi.Output.secret(supplied)}
        metadata: pulumi.Output[str] | None = None
        if args.database.embedded:
            password = self.data[Purpose.POSTGRESQL]["password"]
            metadata = password.apply(lambda value: connection_url(args, value))
        elif args.database.config_key:
            metadata = pulumi.Output.secret(args.secret_values[args.database.config_key])
        if metadata is not None:
            self._add_metadata(args, metadata)

    def _add_metadata(self, args: AirflowDeploymentArgs, url: pulumi.Output[str]) -> None:
        """Add the database's address, and what a connection pool before it must know."""
        pool = args.pgbouncer
        if pool is None:
            self.data[Purpose.METADATA] = {"connection": url}
            return
        connection = url.apply(parse_connection)
        files = connection.apply(lambda parts: configuration(args, pool, parts))
        self.data[Purpose.METADATA] = {"connection": connection.apply(lambda parts: pooled_url(args, parts))}
        self.data[Purpose.PGBOUNCER_CONFIG] = {
            "pgbouncer.ini": files.apply(lambda written: written["pgbouncer.ini"]),
            "users.txt": files.apply(lambda written: written["users.txt"]),
        }
        self.data[Purpose.PGBOUNCER_STATS] = {"connection": connection.apply(stats_url)}

    @property
    def digest(self) -> pulumi.Output[str]:
        """Return a short digest of all content; the Fernet key in it makes guessing the rest from it hopeless."""
        content = pulumi.Output.all(**{purpose: pulumi.Output.all(**data) for purpose, data in self.data.items()})
        return pulumi.Output.unsecret(content.apply(_digest))


def _digest(content: Any) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:_DIGEST_LENGTH]


def _stashed(name: str, purpose: Purpose, options: pulumi.ResourceOptions) -> pulumi.Output[str]:
    stash = pulumi.Stash(name, input=pulumi.Output.secret(generate(purpose)), opts=options)
    return pulumi.Output.secret(stash.output)
