"""What PgBouncer is told of the database, and what Airflow is told of PgBouncer."""

import configparser
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.pgbouncer import configuration, parse_connection, pooled_url, stats_url
from tests.components.scenarios import SUPPORT
from tests.factories import airflow_deployment_args

ARGS = airflow_deployment_args(**SUPPORT)
words = st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), min_size=1, max_size=20)


def _url(user: str, password: str, database: str = "airflow") -> str:
    login = f"{quote(user, safe='')}:{quote(password, safe='')}"
    return f"postgresql+psycopg2://{login}@db.example.com:5433/{quote(database, safe='')}?sslmode=require"


def _ini(connection: Any) -> configparser.ConfigParser:
    parser = configparser.ConfigParser(interpolation=None)
    parser.read_string(configuration(ARGS, ARGS.pgbouncer, connection)["pgbouncer.ini"])
    return parser


@given(words, words, words)
def test_a_login_survives_the_way_through_the_pool(user, password, database):
    connection = parse_connection(_url(user, password, database))
    assert (connection.user, connection.password, connection.database) == (user, password, database)
    again = parse_connection(pooled_url(ARGS, connection))
    assert (again.user, again.password, again.port) == (user, password, 6543)
    assert again.host == "analytics-orders-pgbouncer.analytics-orders"
    assert parse_connection(stats_url(connection)).database == "pgbouncer"


def test_the_pool_has_the_name_that_airflow_asks_for():
    connection = parse_connection(_url("airflow", 'it\'s "so"'))
    ini = _ini(connection)
    assert parse_connection(pooled_url(ARGS, connection)).database in ini["databases"]
    target = ini["databases"]["analytics-orders-metadata"]
    assert target == "host='db.example.com' port=5433 dbname='airflow' pool_size=10"
    assert ini["pgbouncer"]["server_tls_sslmode"] == "require"
    assert (ini["pgbouncer"]["pool_mode"], ini["pgbouncer"]["listen_port"]) == ("transaction", "6543")
    users = configuration(ARGS, ARGS.pgbouncer, connection)["users.txt"]
    assert users == '"airflow" "it\'s ""so"""\n'


@pytest.mark.parametrize(
    "url",
    [
        "",
        "postgresql://db.example.com/airflow",
        "postgresql://airflow@db.example.com/airflow",
        "postgresql://airflow:hunter2@/airflow",
        "postgresql://airflow%0Aadmin_users%20%3D%20x:hunter2@db.example.com/airflow",
        "postgresql://airflow:hunter2@db.example.com/airflow?sslmode=prefer%0Aauth_type%20%3D%20any",
        "postgresql://airflow:hunter2@db.example.com",
        "postgresql://airflow:hunter2@db.example.com:port/airflow",
        "mysql://airflow:hunter2@db.example.com/airflow",
        "postgresql://airflow:hunter2\n@db.example.com/airflow",
        "postgresql://airflow:hunter2@[db/airflow",
    ],
)
def test_what_is_no_complete_address_is_refused_without_being_repeated(url):
    with pytest.raises(ValueError, match="needs the database's URL in the form") as refused:
        parse_connection(url)
    assert "hunter2" not in str(refused.value)
    assert refused.value.__cause__ is None
    assert refused.value.__suppress_context__ or refused.value.__context__ is None
