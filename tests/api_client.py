"""A client of a real API server that tries again what the server asks to try again."""

import json
import time
from http import HTTPStatus
from typing import Any

from kubernetes import client, config
from kubernetes.client.rest import RESTResponse

ATTEMPTS, PAUSE_SECONDS = 20, 0.1


class PersistentClient(client.ApiClient):
    """Repeats a request that met the quota controller writing down its count at the same moment.

    The server answers such a request with 409, reason Conflict. Controllers repeat it; a bare client does not.
    """

    def call_api(self, *args: Any, **kwargs: Any) -> RESTResponse:
        for _ in range(ATTEMPTS):
            response = super().call_api(*args, **kwargs)
            if not _asks_to_try_again(response):
                break
            time.sleep(PAUSE_SECONDS)
        return response


def connect(kubeconfig: str) -> PersistentClient:
    """Return a client for the current context of a kubeconfig file; close it by `with`."""
    configuration = client.Configuration()
    config.load_kube_config(kubeconfig, client_configuration=configuration)
    return PersistentClient(configuration)


def _asks_to_try_again(response: RESTResponse) -> bool:
    if response.status != HTTPStatus.CONFLICT:
        return False
    status = json.loads(response.read())
    return status["reason"] == "Conflict" and status.get("details", {}).get("kind") == "resourcequotas"
