"""With real traffic: what a deployment needs is open, its neighbour is not, and no task reads what is not its own."""

from collections.abc import Callable

import pytest

from tests.e2e.declared import namespace
from tests.e2e.platform import Platform

pytestmark = pytest.mark.e2e
AREA = "isolation"
TURN = 2.5
HERE, NEIGHBOUR = "local", "celery"
PROBE_SECONDS = 4
COMPONENTS = ["scheduler", "api-server", "dag-processor", "triggerer"]
PORTS = {"api-server": 8080, "postgresql": 5432, "redis": 6379, "statsd": 9102, "scheduler": 8793, "worker": 8793}
# A refusal by the other side came through the network just as an answer does.
PROBE = f"""
import socket, sys
try:
    socket.create_connection((sys.argv[1], int(sys.argv[2])), {PROBE_SECONDS}).close()
    print("open")
except ConnectionRefusedError:
    print("open")
except OSError as error:
    print("closed")
"""
RESOLVE = "import socket, sys; print(socket.gethostbyname(sys.argv[1]))"
API = "kubernetes.default.svc"
TOKEN = "/var/run/secrets/kubernetes.io/serviceaccount/token"
Probe = Callable[[str, str, int], str]


@pytest.fixture(scope="module")
def both(platform: Platform) -> Platform:
    """Two deployments of different workspaces, running side by side."""
    platform.ensure(HERE, beside=[NEIGHBOUR])
    return platform


@pytest.fixture(scope="module")
def probe(both: Platform) -> Probe:
    def asked(component: str, host: str, port: int) -> str:
        return run(both, component, PROBE, host, str(port))

    return asked


def run(platform: Platform, component: str, script: str, *arguments: str, name: str = HERE) -> str:
    pod = platform.cluster.pod(namespace(name), component)["metadata"]["name"]
    return platform.cluster.run(namespace(name), pod, component, "python", "-c", script, *arguments).strip()


def address(platform: Platform, name: str, component: str) -> str:
    return str(platform.cluster.pod(namespace(name), component)["status"]["podIP"])


@pytest.mark.parametrize("component", COMPONENTS)
def test_needed_edges_are_open(both: Platform, probe: Probe, component: str):
    assert probe(component, address(both, HERE, "postgresql"), PORTS["postgresql"]) == "open"
    if component != "api-server":
        assert probe(component, address(both, HERE, "api-server"), PORTS["api-server"]) == "open"


@pytest.mark.parametrize("component", COMPONENTS)
def test_names_are_resolved(both: Platform, component: str):
    found = run(both, component, RESOLVE, f"{namespace(HERE)}-postgresql.{namespace(HERE)}")
    assert found == address(both, HERE, "postgresql")


@pytest.mark.parametrize("target", list(PORTS))
def test_the_neighbour_times_out(both: Platform, probe: Probe, target: str):
    assert probe("scheduler", address(both, NEIGHBOUR, target), PORTS[target]) == "closed"


@pytest.mark.parametrize("component", COMPONENTS)
def test_the_kubernetes_api_is_closed_to_who_does_not_need_it(probe: Probe, component: str):
    """Where the scheduler runs the tasks itself, nobody does."""
    assert probe(component, API, 443) == "closed"


@pytest.mark.parametrize("component", COMPONENTS)
def test_no_token_of_the_kubernetes_api_is_there(both: Platform, component: str):
    found = run(both, component, f"import os; print(os.path.exists('{TOKEN}'))")
    assert found == "False"


@pytest.mark.parametrize("name", [HERE, NEIGHBOUR])
def test_airflow_works_behind_closed_doors(both: Platform, name: str):
    airflow = both.airflow(name)
    run = airflow.run("e2e_hello", 300)
    assert "one runs on" in airflow.log("e2e_hello", run, "one")
    airflow.run("e2e_nap", 300)
