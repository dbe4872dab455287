"""Who the security manager lets in, on a simulated Airflow: also what no real one shows cheaply."""

import importlib.util
import json
import shutil
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from stacks.project import PROJECT_ROOT

CI, ADA = "ci@bots.example.com", "ada@example.com"
OIDC = {
    "name": "sso",
    "issuer": "https://id.example.com",
    "client_id": "airflow",
    "scopes": ["openid"],
    "audience": "airflow",
    "claims": {"email": "email", "groups": "groups", "client": "client_id"},
}
ACCESS = {
    "users": {CI: "User", ADA: "User"},
    "groups": {"ops": "Admin"},
    "clients": {"ci-pipeline": CI},
    "bots": [CI],
}


class Stored:
    """Airflow's own users, all of them with the role that they had last."""

    def __init__(self) -> None:
        self.role = SimpleNamespace(name="User")
        self.users = {one: SimpleNamespace(email=one, roles=[self.role], is_active=True) for one in (CI, ADA)}

    def load_user(self, pk: str) -> Any:
        return self.users[pk]

    def find_user(self, username: str = "", email: str = "") -> Any:
        return self.users.get(username or email)

    def find_role(self, name: str) -> Any:
        return self.role if name == self.role.name else SimpleNamespace(name=name)

    def update_user(self, user: Any) -> None:
        user.is_active = user.active

    def update_user_auth_stat(self, user: Any) -> None:
        """Counts sign-ins; nobody asks here."""


class Away:
    """A provider that does not answer."""

    def __init__(self) -> None:
        self.asked = 0

    def load_server_metadata(self) -> Any:
        return self.fetch_jwk_set(force=True)

    def fetch_jwk_set(self, *, force: bool) -> Any:
        self.asked += 1
        raise OSError("no route to a host whose name is nobody's business")


def stand_in(name: str, **holds: Any) -> ModuleType:
    module = ModuleType(name)
    vars(module).update(holds)
    return module


def simulated_airflow() -> dict[str, ModuleType]:
    override = "airflow.providers.fab.auth_manager.security_manager.override"
    parents = [override.rsplit(".", depth)[0] for depth in range(1, 5)]
    return {
        **{name: stand_in(name) for name in parents},
        "airflow": stand_in("airflow", __version__="3.2.2"),
        override: stand_in(override, FabAirflowSecurityManagerOverride=Stored),
        "flask": stand_in("flask", flash=print, has_request_context=lambda: False, session={}),
        "flask_appbuilder": stand_in("flask_appbuilder"),
        "flask_appbuilder.const": stand_in("flask_appbuilder.const", AUTH_DB=1, AUTH_OAUTH=4),
    }


def configured(folder: Path, settings: dict[str, Any], patched: pytest.MonkeyPatch) -> Any:
    for file in (PROJECT_ROOT / "runtime").glob("*.py"):
        shutil.copy(file, folder)
    (folder / "access.json").write_text(json.dumps(ACCESS))
    (folder / "secret").write_text("hunter2")
    (folder / "settings.json").write_text(json.dumps({"access_file": str(folder / "access.json"), **settings}))
    for name, module in simulated_airflow().items():
        patched.setitem(sys.modules, name, module)
    patched.setattr(sys, "path", [*sys.path, str(folder)])
    spec = importlib.util.spec_from_file_location("webserver_config", folder / "webserver_config.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def by_provider(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    return configured(tmp_path, {"oidc": {**OIDC, "client_secret_file": str(tmp_path / "secret")}}, monkeypatch)


def signs_in(config: Any, email: str, *groups: str) -> Any:
    person = config.Person(email=email, groups=groups)
    return config.AirspaceSecurityManager().auth_user_oauth({"person": person, "username": email})


def test_a_bots_address_opens_no_browsers_door(by_provider):
    assert signs_in(by_provider, ADA).email == ADA
    assert signs_in(by_provider, CI) is None
    assert signs_in(by_provider, CI, "ops") is None


def test_no_session_is_a_bots(by_provider):
    manager = by_provider.AirspaceSecurityManager()
    assert manager.load_user(ADA).email == ADA
    assert manager.load_user(CI) is None
    # What it enters by is another door, and stays as it is.
    assert manager.users[CI].is_active
    assert manager.users[CI].roles


def test_where_passwords_are_the_way_in_a_bot_has_sessions(tmp_path, monkeypatch):
    config = configured(tmp_path, {"passwords_file": str(tmp_path / "passwords.json")}, monkeypatch)
    assert config.AirspaceSecurityManager().load_user(CI).email == CI


def test_no_bot_enters_while_the_provider_is_away_and_the_log_says_no_more_than_that(by_provider, caplog):
    manager, away = by_provider.AirspaceSecurityManager(), Away()
    manager.oauth_remotes = {"sso": away}
    token = "eyJhbGciOiJSUzI1NiIsImtpZCI6ImZpcnN0In0.e30.c2lnbmVk"
    assert manager.auth_user_db(CI, token) is None
    assert manager.auth_user_db(CI, token) is None
    assert away.asked == 1
    said = [one.getMessage() for one in caplog.records]
    assert said == [
        "a token could not be checked: OSError",
        "a token was refused: ValueError: the provider gave no keys a moment ago",
    ]
