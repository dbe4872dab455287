"""With real traffic: what a deployment needs is open, its neighbour is not, and no component has a token."""

import pytest

from tests.e2e.declared import namespace
from tests.e2e.platform import Platform
from tests.e2e.probing import address, has_token, reach, reach_kubernetes, run

pytestmark = pytest.mark.e2e
AREA = "isolation"
TURN = 2.5
HERE, NEIGHBOUR = "local", "celery"
COMPONENTS = ["scheduler", "api-server", "dag-processor", "triggerer"]
ALL = [*((HERE, one) for one in COMPONENTS), *((NEIGHBOUR, one) for one in (*COMPONENTS, "worker"))]
# From a deployment to itself: what Airflow is nothing without, by component.
NEEDED = [
    *((HERE, one, "postgresql") for one in COMPONENTS),
    *((HERE, one, "api-server") for one in COMPONENTS if one != "api-server"),
    # The log server of whatever runs the tasks.
    (HERE, "api-server", "scheduler"),
    (NEIGHBOUR, "api-server", "worker"),
    *((NEIGHBOUR, source, "redis") for source in ("scheduler", "worker")),
    *((NEIGHBOUR, "worker", target) for target in ("postgresql", "api-server")),
    (NEIGHBOUR, "scheduler", "api-server"),
]
CROSSING = [
    *(((HERE, "scheduler"), (NEIGHBOUR, one)) for one in ("api-server", "postgresql", "redis", "statsd")),
    *(((HERE, "scheduler"), (NEIGHBOUR, one)) for one in ("scheduler", "worker")),
    *(((HERE, one), (NEIGHBOUR, "postgresql")) for one in COMPONENTS if one != "scheduler"),
    *(((NEIGHBOUR, "worker"), (HERE, one)) for one in ("api-server", "postgresql", "statsd", "scheduler")),
    *(((NEIGHBOUR, "scheduler"), (HERE, one)) for one in ("api-server", "postgresql")),
]
RESOLVE = "import socket, sys; print(socket.gethostbyname(sys.argv[1]))"


def words(*ends: object) -> str:
    """Name a parameter in the report."""
    return " to ".join("-".join(one) if isinstance(one, tuple) else str(one) for one in ends)


@pytest.fixture(scope="module")
def both(platform: Platform) -> Platform:
    """Two deployments of different workspaces, running side by side."""
    platform.ensure(HERE, beside=[NEIGHBOUR])
    return platform


@pytest.mark.parametrize(("name", "source", "target"), NEEDED, ids=[words((name, one), to) for name, one, to in NEEDED])
def test_needed_edges_are_open(both: Platform, name: str, source: str, target: str):
    assert reach(both, (name, source), (name, target)) == "open"


@pytest.mark.parametrize(("name", "component"), ALL, ids=map(words, ALL))
def test_names_are_resolved(both: Platform, name: str, component: str):
    found = run(both, name, component, RESOLVE, f"{namespace(name)}-postgresql.{namespace(name)}")
    assert found == address(both, name, "postgresql")


@pytest.mark.parametrize(("source", "target"), CROSSING, ids=[words(*ends) for ends in CROSSING])
def test_the_neighbour_times_out(both: Platform, source: tuple[str, str], target: tuple[str, str]):
    assert reach(both, source, target) == "closed"


@pytest.mark.parametrize(("name", "component"), ALL, ids=map(words, ALL))
def test_the_kubernetes_api_is_closed_to_who_does_not_need_it(both: Platform, name: str, component: str):
    """Where no task runs in a pod of its own, nobody does."""
    assert reach_kubernetes(both, name, component) == "closed"


@pytest.mark.parametrize(("name", "component"), ALL, ids=map(words, ALL))
def test_no_token_of_the_kubernetes_api_is_there(both: Platform, name: str, component: str):
    assert not has_token(both, name, component)


@pytest.mark.parametrize("name", [HERE, NEIGHBOUR])
def test_airflow_works_behind_closed_doors(both: Platform, name: str):
    airflow = both.airflow(name)
    run_id = airflow.run("e2e_hello", 300)
    assert "one runs on" in airflow.log("e2e_hello", run_id, "one")
    airflow.run("e2e_nap", 300)
