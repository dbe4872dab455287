"""PgBouncer's own configuration: where the database is, who may enter, and the address that Airflow uses instead.

The chart would write it from a connection in its values, which Helm keeps in clear; so it is written here, from the
connection that the deployment's Secrets hold.
"""

import re
from dataclasses import astuple, dataclass
from urllib.parse import parse_qs, quote, unquote, urlsplit

from components.args import AirflowDeploymentArgs
from components.support_args import PgbouncerArgs

PORT = 6543
_MAX_CLIENTS = 1000
"""Connections of Airflow's processes, each of which holds up to 15; a client costs two kilobytes."""
_PREPARED_STATEMENTS = 200
"""Airflow 3 speaks asyncpg too, which prepares every statement; otherwise they would be lost between transactions."""
_DEFAULT_PORT = 5432
_LINE_END = re.compile(r"[\x00-\x1f\x7f]")


@dataclass(frozen=True, kw_only=True)
class Connection:
    """The parts of a database's address."""

    user: str
    password: str
    host: str
    port: int
    database: str
    sslmode: str


def parse_connection(url: str) -> Connection:
    """Take a SQLAlchemy URL apart.

    Raises:
        ValueError: It is not the complete address of a PostgreSQL; does not repeat it.
    """
    try:
        parts = urlsplit(url)
        found = Connection(
            user=unquote(parts.username or ""),
            password=unquote(parts.password or ""),
            host=parts.hostname or "",
            port=parts.port or _DEFAULT_PORT,
            database=unquote(parts.path.removeprefix("/")),
            sslmode=parse_qs(parts.query).get("sslmode", ["prefer"])[0],
        )
    except ValueError:
        raise _incomplete() from None
    is_postgresql = parts.scheme.partition("+")[0] in {"postgresql", "postgres"}
    if not (is_postgresql and found.user and found.password and found.host and found.database):
        raise _incomplete()
    # Each value becomes a part of a line of PgBouncer's configuration; what a URL encodes may be a line end.
    if any(_LINE_END.search(str(value)) for value in (url, *astuple(found))):
        raise _incomplete()
    return found


def _incomplete() -> ValueError:
    return ValueError(
        "pgbouncer needs the database's URL in the form postgresql://user:password@host:port/database; "
        "correct the secret, or switch pgbouncer off"
    )


def pooled_url(args: AirflowDeploymentArgs, connection: Connection) -> str:
    """Return the address that Airflow uses; in full, because KEDA asks from a namespace of its own."""
    host = f"{args.namespace}-pgbouncer.{args.namespace}"
    login = f"{quote(connection.user, safe='')}:{quote(connection.password, safe='')}"
    return f"postgresql://{login}@{host}:{PORT}/{_pool(args)}"


def stats_url(connection: Connection) -> str:
    """Return the address under which the exporter asks for PgBouncer's numbers."""
    login = f"{quote(connection.user, safe='')}:{quote(connection.password, safe='')}"
    return f"postgresql://{login}@127.0.0.1:{PORT}/pgbouncer?sslmode=disable"


def configuration(args: AirflowDeploymentArgs, pgbouncer: PgbouncerArgs, connection: Connection) -> dict[str, str]:
    """Return the files of PgBouncer under the names that the chart mounts."""
    target = (
        f"host={_quoted(connection.host)} port={connection.port} dbname={_quoted(connection.database)} "
        f"pool_size={pgbouncer.connections}"
    )
    options = {
        "pool_mode": "transaction",
        "listen_port": PORT,
        "listen_addr": "*",
        "auth_type": "scram-sha-256",
        "auth_file": "/etc/pgbouncer/users.txt",
        "stats_users": connection.user,
        "ignore_startup_parameters": "extra_float_digits",
        "max_client_conn": _MAX_CLIENTS,
        "max_prepared_statements": _PREPARED_STATEMENTS,
        "log_disconnections": 0,
        "log_connections": 0,
        "server_tls_sslmode": connection.sslmode,
    }
    lines = ["[databases]", f"{_pool(args)} = {target}", "", "[pgbouncer]"]
    lines += [f"{name} = {value}" for name, value in options.items()]
    user = f'"{_escaped(connection.user)}" "{_escaped(connection.password)}"'
    return {"pgbouncer.ini": "\n".join(lines) + "\n", "users.txt": f"{user}\n"}


def _pool(args: AirflowDeploymentArgs) -> str:
    return f"{args.namespace}-metadata"


def _quoted(value: str) -> str:
    doubled = value.replace("'", "''")
    return f"'{doubled}'"


def _escaped(value: str) -> str:
    return value.replace('"', '""')
