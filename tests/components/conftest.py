"""The real API server, for the tests that ask it."""

from collections.abc import Iterator

import pytest
from kubernetes import client, config


@pytest.fixture(scope="session")
def api() -> Iterator[client.ApiClient]:
    from tools.control_plane import ControlPlane
    from tools.errors import ComponentUnavailable

    try:
        kubeconfig = ControlPlane().ensure()
    except ComponentUnavailable as error:
        pytest.skip(f"missing: the control plane; get it with `python -m tools.control_plane up` ({error})")
    with config.new_client_from_config(str(kubeconfig)) as connection:
        yield connection
