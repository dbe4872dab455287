"""Keys are replaced while Airflow runs: nothing that was encrypted is lost, and only what must restarts."""

from typing import Any

import pytest

from components import naming
from components.database import DATABASE, USER
from components.generated_secrets import Purpose
from tests.e2e.airflow_api import Airflow
from tests.e2e.declared import digest
from tests.e2e.platform import Platform
from tests.e2e.watching import queue

pytestmark = pytest.mark.e2e
AREA = "keys"
TURN = 4
DAG = "e2e_connection"
PASSWORDS = {"first": "first-password", "second": "second-password"}
QUERY = "select conn_id || ' ' || password from connection where is_encrypted"
DECRYPT = """
import hashlib, sys
from cryptography.fernet import Fernet, InvalidToken
try:
    found = Fernet(sys.argv[1]).decrypt(sys.argv[2].encode())
    print(hashlib.sha256(found).hexdigest()[:12] == sys.argv[3])
except InvalidToken:
    print(False)
"""


def fernet_keys(platform: Platform, airflow: Airflow) -> list[str]:
    """Return the keys, the newest first."""
    name = naming.secret_name(airflow.namespace, Purpose.FERNET_KEY)
    [text] = platform.cluster.secret(airflow.namespace, name).values()
    return text.split(",")


def passwords_read(airflow: Airflow) -> dict[str, bool]:
    """Tell of each connection whether a task reads the password that was written."""
    run = airflow.run(DAG, 300)
    logs = [airflow.log(DAG, run, "read", index=index) for index in range(len(PASSWORDS))]
    pairs = zip(PASSWORDS.items(), logs, strict=True)
    return {name: f"password is {digest(password)}" in log for (name, password), log in pairs}


def stored(platform: Platform, airflow: Airflow) -> dict[str, str]:
    """Return the passwords of connections as the database holds them."""
    pod = platform.cluster.pod(airflow.namespace, "postgresql")["metadata"]["name"]
    asked = f'PGPASSWORD="$POSTGRES_PASSWORD" psql -h 127.0.0.1 -U {USER} -tA -c "{QUERY}" {DATABASE}'
    lines = platform.cluster.run(airflow.namespace, pod, "postgresql", "sh", "-c", asked).splitlines()
    return dict(line.split(" ", 1) for line in lines if line)


def is_of(platform: Platform, airflow: Airflow, key: str, encrypted: str, text: str) -> bool:
    """Tell whether a text was encrypted with a key, by the library that Airflow has."""
    pod = platform.cluster.pod(airflow.namespace, "scheduler")["metadata"]["name"]
    said = platform.cluster.run(
        airflow.namespace, pod, "scheduler", "python", "-c", DECRYPT, key, encrypted, digest(text)
    )
    return said.strip() == "True"


def pods_by_component(platform: Platform, airflow: Airflow) -> dict[str, set[str]]:
    """Return what would change if a component were restarted: a StatefulSet's pod keeps its name."""
    found: dict[str, set[str]] = {}
    for pod in platform.cluster.pods(airflow.namespace):
        if not pod["metadata"].get("deletionTimestamp"):
            component = pod["metadata"]["labels"].get("component", "?")
            component += f" {queue(pod)}" if component == "worker" else ""
            found.setdefault(component, set()).add(pod["metadata"]["uid"])
    return found


def restarted(platform: Platform, airflow: Airflow, before: dict[str, set[str]]) -> set[str]:
    after = pods_by_component(platform, airflow)
    return {name for name in before if before[name] != after.get(name)}


def test_old_connections_decrypt_after_a_new_fernet_key_and_new_ones_use_it(platform: Platform):
    airflow = platform.ensure("local")
    airflow.put_connection("first", PASSWORDS["first"])
    old = fernet_keys(platform, airflow)[0]
    keys = platform.stands["local"].get("keys", {})
    rotation = keys.get("fernet", {}).get("rotation", 1) + 1
    airflow = platform.ensure("local", keys={**keys, "fernet": {"rotation": rotation}})
    airflow.put_connection("second", PASSWORDS["second"])
    new, *others = fernet_keys(platform, airflow)
    assert (new != old, others) == (True, [old])
    assert passwords_read(airflow) == dict.fromkeys(PASSWORDS, True)
    encrypted = stored(platform, airflow)
    assert is_of(platform, airflow, new, encrypted["second"], PASSWORDS["second"])
    assert is_of(platform, airflow, old, encrypted["first"], PASSWORDS["first"])


def test_the_retired_fernet_key_is_gone_and_nothing_is_lost(platform: Platform):
    airflow = platform.ensure("local")
    keys = platform.stands["local"]["keys"]
    scheduler = platform.cluster.pod(airflow.namespace, "scheduler")["metadata"]["name"]
    platform.cluster.run(airflow.namespace, scheduler, "scheduler", "airflow", "rotate-fernet-key")
    newest = fernet_keys(platform, airflow)[0]
    airflow = platform.ensure("local", keys={**keys, "fernet": {**keys["fernet"], "keep": 0}})
    assert fernet_keys(platform, airflow) == [newest]
    assert passwords_read(airflow) == dict.fromkeys(PASSWORDS, True)


def raised(platform: Platform, name: str, counter: str) -> dict[str, Any]:
    """Return a deployment's keys with the next number of one."""
    keys = dict(platform.stands[name].get("keys", {}))
    return {**keys, counter: keys.get(counter, 1) + 1}


def test_a_new_jwt_secret_restarts_scheduler_and_api_server_only(platform: Platform):
    airflow = platform.ensure("local")
    before = pods_by_component(platform, airflow)
    platform.ensure("local", keys=raised(platform, "local", "jwt"))
    assert restarted(platform, airflow, before) == {"scheduler", "api-server"}
    airflow.run("e2e_hello", 300)


def test_a_new_redis_password_restarts_redis_scheduler_and_workers_only(platform: Platform):
    airflow = platform.ensure("celery")
    before = pods_by_component(platform, airflow)
    platform.ensure("celery", keys=raised(platform, "celery", "redis"))
    assert restarted(platform, airflow, before) == {"redis", "scheduler", "worker default", "worker heavy"}
    airflow.run("e2e_queues", 300)
