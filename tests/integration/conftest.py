"""The API server in plain data, and the committed stacks on it: applied once, when the first test asks."""

import functools
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from kubernetes import client

from tests.environments import COMMITTED
from tests.integration.applied import Applied, apply_stack
from tests.integration.checkout import Checkout
from tests.integration.cluster import Cluster


@pytest.fixture(scope="session")
def cluster(api: client.ApiClient, tmp_path_factory: pytest.TempPathFactory) -> Cluster:
    return Cluster(api, tmp_path_factory.mktemp("discovery") / "resources.json")


@pytest.fixture(scope="session")
def applied(cluster: Cluster) -> Iterator[Callable[[str], Applied]]:
    stacks: list[Applied] = []

    @functools.cache
    def get(environment: str) -> Applied:
        stacks.append(apply_stack(cluster, environment))
        return stacks[-1]

    yield get
    for stack in stacks:
        # What is in a namespace goes with it.
        cluster.delete(one for one in stack.sent if "namespace" not in one["metadata"])


@pytest.fixture(scope="session", params=COMMITTED)
def stack(request: pytest.FixtureRequest, applied: Callable[[str], Applied]) -> Applied:
    return applied(request.param)


@pytest.fixture(scope="session")
def prod(applied: Callable[[str], Applied]) -> Applied:
    return applied("prod")


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return Checkout.copied_to(tmp_path / "checkout")
