"""The tests' own client: it repeats what the quota controller crossed, and nothing else."""

import json
from http import HTTPStatus

import pytest
from kubernetes import client
from kubernetes.client.rest import RESTResponse

from tests.api_client import ATTEMPTS, PersistentClient

QUOTA = {"reason": "Conflict", "details": {"kind": "resourcequotas"}}


class _Answer:
    def __init__(self, status: HTTPStatus, body: dict[str, object]) -> None:
        self.status, self.reason, self.data = status, "", json.dumps(body).encode()


@pytest.fixture
def asked(monkeypatch):
    """Answer every request with the next of these, the last one for good; yield the number of requests."""
    monkeypatch.setattr("tests.api_client.PAUSE_SECONDS", 0)

    def ask(*answers: tuple[HTTPStatus, dict[str, object]]) -> tuple[int, int]:
        count = 0

        def request(*_: object, **__: object) -> RESTResponse:
            nonlocal count
            count += 1
            return RESTResponse(_Answer(*answers[min(count, len(answers)) - 1]))

        connection = PersistentClient(client.Configuration())
        monkeypatch.setattr(connection.rest_client, "request", request)
        return connection.call_api("POST", "https://unused.example/").status, count

    return ask


def test_a_request_that_crossed_the_quota_controller_is_repeated(asked):
    assert asked((HTTPStatus.CONFLICT, QUOTA), (HTTPStatus.CREATED, {})) == (HTTPStatus.CREATED, 2)


def test_it_is_not_repeated_for_ever(asked):
    assert asked((HTTPStatus.CONFLICT, QUOTA)) == (HTTPStatus.CONFLICT, ATTEMPTS)


@pytest.mark.parametrize(
    "body", [{"reason": "AlreadyExists"}, {"reason": "Conflict", "details": {"kind": "deployments"}}]
)
def test_any_other_conflict_is_told(asked, body):
    assert asked((HTTPStatus.CONFLICT, body)) == (HTTPStatus.CONFLICT, 1)
