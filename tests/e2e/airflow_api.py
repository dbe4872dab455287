"""A running Airflow through its REST API, version 2 or 3: what its users do."""

import base64
import json
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from http.client import HTTPException
from typing import Any

from kubernetes import client

from components import naming, sign_in
from components.generated_secrets import Purpose
from tests.e2e.cluster import AwayError, RealCluster

PORT = 8080
LOG_CHARACTERS = 3000
PAUSE_SECONDS = 1.5
_PASSING = {
    HTTPStatus.INTERNAL_SERVER_ERROR,
    HTTPStatus.BAD_GATEWAY,
    HTTPStatus.SERVICE_UNAVAILABLE,
    HTTPStatus.GATEWAY_TIMEOUT,
}
_AWAY = (OSError, AwayError, HTTPException, client.ApiException)
"""What is raised while a pod comes or goes."""
ENDED = {"success", "failed"}


class TooLateError(AssertionError):
    """What was waited for did not come."""


def wait_for(what: str, seconds: float, look: Callable[[], Any], cluster: RealCluster) -> Any:
    """Ask until the answer is true, and return it; give up early where the cluster says that it never will be."""
    started = time.monotonic()
    while not (found := look()):
        cluster.look()
        if time.monotonic() - started > seconds:
            raise TooLateError(f"waited {seconds:.0f} s in vain for {what}")
        time.sleep(PAUSE_SECONDS)
    return found


@dataclass
class Airflow:
    """One Airflow deployment, asked by somebody of its roster."""

    cluster: RealCluster
    namespace: str
    major: int
    user: str
    """Who signs in, with the password that the platform has generated."""
    _headers: dict[str, str] = field(default_factory=dict, repr=False)

    @property
    def component(self) -> str:
        return "webserver" if self.major == 2 else "api-server"

    def move_to(self, major: int) -> None:
        """Speak to another major version from now on."""
        self.major = major
        self._headers = {}

    def call(self, method: str, path: str, body: Any = None, *, seconds: float = 120, may_lack: bool = False) -> Any:
        """Return the answer of the REST API, past what passes by itself: a roll-out, or a DAG not yet parsed.

        Args:
            method: Of HTTP.
            path: Below the API's own.
            body: Sent as JSON.
            seconds: How long to ask.
            may_lack: Take "not found" for an answer, which is None then.
        """
        found: dict[str, Any] = {}

        def answered() -> bool:
            try:
                status, text = self._ask(method, path, body)
            except _AWAY as error:
                found["last"] = str(error)
                return False
            # The first time may have come through although its answer did not.
            if (status == HTTPStatus.NOT_FOUND and may_lack) or (status == HTTPStatus.CONFLICT and "last" in found):
                found["answer"] = None
                return True
            found["last"] = f"{status}: {text[:300]}"
            # A token of before is called invalid once the key that signs tokens was replaced.
            if status == HTTPStatus.UNAUTHORIZED or (status == HTTPStatus.FORBIDDEN and "Invalid JWT" in text):
                self._headers = {}
                return False
            if status in _PASSING or status == HTTPStatus.NOT_FOUND:
                return False
            assert status < HTTPStatus.BAD_REQUEST, f"{method} {path}: {found['last']}"
            found["answer"] = json.loads(text) if text else None
            return True

        try:
            wait_for(f"{method} {path}", seconds, answered, self.cluster)
        except TooLateError as error:
            raise TooLateError(f"{error}; last answer: {found.get('last')}") from None
        return found["answer"]

    def has(self, dag: str, run: str) -> bool:
        return self.call("GET", f"/dags/{dag}/dagRuns/{run}", may_lack=True) is not None

    def trigger(self, dag: str, conf: Mapping[str, Any] | None = None) -> str:
        """Start a run and return its id."""
        run = f"run-{secrets.token_hex(4)}"
        body = {"dag_run_id": run, "conf": conf or {}, **({} if self.major == 2 else {"logical_date": None})}
        self.call("POST", f"/dags/{dag}/dagRuns", body)
        return run

    def state(self, dag: str, run: str) -> str:
        return str(self.call("GET", f"/dags/{dag}/dagRuns/{run}")["state"])

    def wait(self, dag: str, run: str, seconds: float = 180) -> str:
        """Wait for the end of a run and return its state."""
        try:
            wait_for(f"the end of {dag}", seconds, lambda: self.state(dag, run) in ENDED, self.cluster)
        except TooLateError as error:
            raise TooLateError(f"{error}: {[(one['task_id'], one['state']) for one in self.tasks(dag, run)]}") from None
        return self.state(dag, run)

    def run(self, dag: str, seconds: float = 180, *, conf: Mapping[str, Any] | None = None) -> str:
        """Run a DAG to success and return the run's id."""
        run = self.trigger(dag, conf)
        state = self.wait(dag, run, seconds)
        assert state == "success", f"{dag}: {self._said(dag, run)}"
        return run

    def _said(self, dag: str, run: str) -> str:
        """Tell how the tasks of a run ended, and what the log of the first that failed says last."""
        tasks = self.tasks(dag, run)
        states = [(one["task_id"], one["state"]) for one in tasks]
        failed = next((one for one in tasks if one["state"] == "failed"), None)
        if failed is None:
            return str(states)
        where = {"attempt": failed["try_number"], "index": failed["map_index"]}
        return f"{states}\n{self.log(dag, run, failed['task_id'], **where)[-LOG_CHARACTERS:]}"

    def tasks(self, dag: str, run: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.call("GET", f"/dags/{dag}/dagRuns/{run}/taskInstances")["task_instances"]
        return found

    def log(self, dag: str, run: str, task: str, *, attempt: int = 1, index: int = -1) -> str:
        path = f"/dags/{dag}/dagRuns/{run}/taskInstances/{task}/logs/{attempt}?full_content=true&map_index={index}"
        return json.dumps(self.call("GET", path), ensure_ascii=False)

    def returned(self, dag: str, run: str, task: str) -> str:
        """Return the text that a task has returned."""
        path = f"/dags/{dag}/dagRuns/{run}/taskInstances/{task}/xcomEntries/return_value"
        value = str(self.call("GET", path)["value"])
        return str(json.loads(value)) if value.startswith('"') else value

    def put_connection(self, name: str, password: str) -> None:
        """Write a connection, anew where it exists: encrypted with the newest key."""
        self.call("DELETE", f"/connections/{name}", may_lack=True)
        self.add_connection(name, password)

    def add_connection(self, name: str, password: str) -> None:
        self.call("POST", "/connections", {"connection_id": name, "conn_type": "generic", "password": password})

    def connections(self) -> set[str]:
        return {one["connection_id"] for one in self.call("GET", "/connections")["connections"]}

    def _ask(self, method: str, path: str, body: Any) -> tuple[int, str]:
        if not self._headers:
            self._headers = self._signed_in()
        prefix = "/api/v1" if self.major == 2 else "/api/v2"
        return self._send(method, f"{prefix}{path}", body, self._headers)

    def _send(self, method: str, path: str, body: Any, headers: dict[str, str]) -> tuple[int, str]:
        pod = self.cluster.pod(self.namespace, self.component)["metadata"]["name"]
        return self.cluster.ask(self.namespace, pod, PORT, method=method, path=path, body=body, headers=headers)

    def _signed_in(self) -> dict[str, str]:
        password = self._password()
        if self.major == 2:
            return {"Authorization": "Basic " + base64.b64encode(f"{self.user}:{password}".encode()).decode()}
        status, text = self._send("POST", "/auth/token", {"username": self.user, "password": password}, {})
        if status in _PASSING:
            raise AwayError(f"no token: {status}: {text[:300]}")
        assert status < HTTPStatus.BAD_REQUEST, f"no token: {status}: {text[:300]}"
        return {"Authorization": "Bearer " + json.loads(text)["access_token"]}

    def _password(self) -> str:
        kept = self.cluster.secret(self.namespace, naming.secret_name(self.namespace, Purpose.PASSWORDS))
        passwords: dict[str, str] = json.loads(kept[sign_in.PASSWORDS_FILE])
        return passwords[self.user]
