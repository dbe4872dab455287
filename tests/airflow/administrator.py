"""Whoever runs the company's identity provider: brings its people in, and takes from them what they had there."""

import json
import urllib.parse
import urllib.request
from typing import Any

from tests.airflow.people import GROUP, REALM, realm


class Administrator:
    """Uses the provider's own API for it."""

    def __init__(self, address: str, password: str) -> None:
        self._address, self._password = address, password

    def make_realm(self) -> str:
        """Let the company in; returns its issuer."""
        self._asked("POST", "", realm())
        return f"{self._address}/realms/{REALM}"

    def set_enabled(self, email: str, enabled: bool) -> None:
        user = self._user(email)
        self._asked("PUT", f"/{REALM}/users/{user['id']}", {**user, "enabled": enabled})

    def set_member(self, email: str, is_member: bool) -> None:
        """Put somebody into the group, or out of it."""
        [group] = self._asked("GET", f"/{REALM}/groups?search={GROUP}&exact=true")
        path = f"/{REALM}/users/{self._user(email)['id']}/groups/{group['id']}"
        self._asked("PUT" if is_member else "DELETE", path)

    def _user(self, email: str) -> dict[str, Any]:
        [user] = self._asked("GET", f"/{REALM}/users?email={email}&exact=true")
        return user

    def _asked(self, method: str, path: str, body: Any = None) -> Any:
        # A token holds for a minute.
        form = {"grant_type": "password", "client_id": "admin-cli", "username": "admin", "password": self._password}
        place = f"{self._address}/realms/master/protocol/openid-connect/token"
        token = _sent(urllib.request.Request(place, urllib.parse.urlencode(form).encode()))["access_token"]  # noqa: S310
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        data = None if body is None else json.dumps(body).encode()
        return _sent(urllib.request.Request(f"{self._address}/admin/realms{path}", data, headers, method=method))  # noqa: S310


def _sent(request: urllib.request.Request) -> Any:
    with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
        return json.loads(answer.read() or "null")
