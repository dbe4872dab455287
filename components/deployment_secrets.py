"""Secret values of one Airflow deployment: generated once and kept in the state, or supplied by configuration."""

import hmac
import json
from collections.abc import Mapping
from typing import Any

import pulumi

from components import keda
from components.args import AirflowDeploymentArgs
from components.database import connection_url
from components.generated_secrets import (
    GeneratedSecret,
    Purpose,
    broker_url,
    digest_key,
    generate,
    generated_secrets,
    holds_state,
    password_seed,
)
from components.pgbouncer import configuration, parse_connection, pooled_url, stats_url
from components.secret_use import users
from components.sign_in import CLIENT_SECRET, PASSWORDS_FILE, accounts, derived_password, passwords_file

_DIGEST_LENGTH = 16


class DeploymentSecrets:
    """The content of a deployment's Secrets, and digests of it that pods carry to be restarted by a change.

    Generated values are kept by `pulumi.Stash`: each run makes new ones, and the state keeps the first.
    """

    data: dict[Purpose, dict[str, pulumi.Output[str]]]
    """Content of each Secret by purpose."""
    resources: list[pulumi.Resource]
    """The Secrets, once they are made."""

    def __init__(self, name: str, args: AirflowDeploymentArgs, parent: pulumi.Resource) -> None:
        self.resources = []
        self._name, self._parent, self._is_protected = name, parent, args.is_protected
        self._digest_key = self._stashed(digest_key(), 1)
        self.data = {one.purpose: {one.key: self._value(one, args)} for one in generated_secrets(args)}
        self._add_connections(args)
        self._add_sign_in(args)
        if args.secret_env:
            self.data[Purpose.ENV] = {
                variable: pulumi.Output.secret(args.secret_values[key]) for variable, key in args.secret_env.items()
            }
        if args.git_sync and args.git_sync.config_key:
            value = pulumi.Output.secret(args.secret_values[args.git_sync.config_key])
            user = pulumi.Output.from_input(args.git_sync.username)
            is_ssh = args.git_sync.ssh_key_secret is not None
            self.data[Purpose.GIT] = (
                {"gitSshKey": value} if is_ssh else {"GITSYNC_USERNAME": user, "GITSYNC_PASSWORD": value}
            )

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
            own = {keda.KEY: url.apply(keda.plain_url)} if keda.has_own_address(args) else {}
            self.data[Purpose.METADATA] = {"connection": url, **own}
            return
        connection = url.apply(parse_connection)
        files = connection.apply(lambda parts: configuration(args, pool, parts))
        self.data[Purpose.METADATA] = {"connection": connection.apply(lambda parts: pooled_url(args, parts))}
        self.data[Purpose.PGBOUNCER_CONFIG] = {
            "pgbouncer.ini": files.apply(lambda written: written["pgbouncer.ini"]),
            "users.txt": files.apply(lambda written: written["users.txt"]),
        }
        self.data[Purpose.PGBOUNCER_STATS] = {"connection": connection.apply(stats_url)}

    def _add_sign_in(self, args: AirflowDeploymentArgs) -> None:
        """Add Airflow's own secret at the identity provider, or the passwords of people."""
        oidc = args.sign_in.oidc
        if oidc and oidc.client_secret_key:
            value = pulumi.Output.secret(args.secret_values[oidc.client_secret_key])
            self.data[Purpose.SIGN_IN] = {CLIENT_SECRET: value}
        if oidc:
            return
        one = password_seed(args)
        seed = self._stashed(one, one.generations[0])
        given = {who: args.sign_in.passwords.get(who.lower()) for who in accounts(args)}
        supplied = {who: pulumi.Output.secret(args.secret_values[key]) for who, key in given.items() if key}
        generated = [who for who, key in given.items() if not key]
        file = pulumi.Output.all(seed, pulumi.Output.from_input(supplied)).apply(
            lambda known: passwords_file({**{who: derived_password(known[0], who) for who in generated}, **known[1]})
        )
        self.data[Purpose.PASSWORDS] = {PASSWORDS_FILE: file}

    def digests(self, args: AirflowDeploymentArgs) -> Mapping[str, pulumi.Output[str]]:
        """Return a short digest of what each part reads, made with a key of the deployment's own.

        Whoever may read pods sees them: without the key a password could be guessed and tried against its digest.
        """
        read = {
            part: {purpose: data for purpose, data in self.data.items() if purpose in used}
            for part, used in users(args).items()
        }
        return {part: _digest(self._digest_key, content) for part, content in read.items() if content}

    def _value(self, one: GeneratedSecret, args: AirflowDeploymentArgs) -> pulumi.Output[str]:
        values = [
            pulumi.Output.secret(args.secret_values[one.adopted])
            if one.adopted and generation == 1
            else self._stashed(one, generation)
            for generation in one.generations
        ]
        return values[0] if len(values) == 1 else pulumi.Output.all(*values).apply(",".join)

    def _stashed(self, one: GeneratedSecret, generation: int) -> pulumi.Output[str]:
        # A value that another has replaced is let go of in its time, also where state is protected.
        is_protected = self._is_protected and holds_state(one.purpose) and generation == one.generations[0]
        stash = pulumi.Stash(
            f"{self._name}-{one.stash_name(generation)}",
            input=pulumi.Output.secret(generate(one.purpose)),
            opts=pulumi.ResourceOptions(parent=self._parent, protect=is_protected or None, ignore_changes=["input"]),
        )
        return pulumi.Output.secret(stash.output)


def _digest(key: pulumi.Output[str], data: Mapping[Purpose, Mapping[str, pulumi.Output[str]]]) -> pulumi.Output[str]:
    content = pulumi.Output.all(**{purpose: pulumi.Output.all(**one) for purpose, one in data.items()})
    return pulumi.Output.unsecret(pulumi.Output.all(key, content).apply(lambda known: _keyed(*known)))


def _keyed(key: str, content: Any) -> str:
    text = json.dumps(content, sort_keys=True)
    return hmac.digest(key.encode(), text.encode(), "sha256").hex()[:_DIGEST_LENGTH]
