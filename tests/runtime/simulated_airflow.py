"""As much of Airflow as its configuration of sign-in touches: shows cheaply what a real one does not."""

import importlib.util
import json
import shutil
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from stacks.project import PROJECT_ROOT

CI, ADA, BOB, ROOT = "ci@bots.example.com", "ada@example.com", "bob@example.com", "root@example.com"
ISSUER = "https://id.example.com"
OIDC = {
    "name": "sso",
    "issuer": ISSUER,
    "client_id": "airflow",
    "scopes": ["openid"],
    "audience": "airflow",
    "require_verified_email": True,
    "claims": {"email": "email", "groups": "groups", "client": "client_id"},
}
ACCESS = {
    "users": {CI: "User", ADA: "User", ROOT: "Admin"},
    "groups": {"ops": "Admin"},
    "clients": {"ci-pipeline": CI},
    "bots": [CI],
}


def permission(action: str, resource: str) -> SimpleNamespace:
    return SimpleNamespace(action=SimpleNamespace(name=action), resource=SimpleNamespace(name=resource))


class Stored:
    """Airflow's own users, all of them with the role that they had last; each is loaded by the name that it has."""

    ROLE_CONFIGS = (
        {"role": "Viewer", "perms": [("can_read", "DAGs")]},
        {"role": "Admin", "perms": [("can_edit", "Users")]},
    )

    def __init__(self) -> None:
        self.roles = {name: SimpleNamespace(name=name, permissions=[]) for name in ("Viewer", "User", "Op", "Admin")}
        self.users = [self.stored(one) for one in (CI, ADA, BOB, ROOT)]
        self.is_writable = True

    def stored(self, email: str, username: str = "") -> Any:
        return SimpleNamespace(username=username or email, email=email, roles=[self.roles["User"]], is_active=True)

    def load_user(self, name: str) -> Any:
        user = self.find_user(username=name)
        return user if user and user.is_active else None

    def find_user(self, username: str = "", email: str = "") -> Any:
        found = (one for one in self.users if (one.username == username if username else one.email == email))
        return next(found, None)

    def find_role(self, name: str) -> Any:
        return self.roles.get(name)

    def add_user(self, username: str, email: str, role: list[Any], **_: Any) -> Any:
        if self.find_user(email=email):
            return False
        made = self.stored(email, username)
        made.roles = role
        self.users.append(made)
        return made

    def update_user(self, user: Any) -> bool:
        if self.is_writable:
            user.is_active = user.active
        return self.is_writable

    def update_user_auth_stat(self, user: Any) -> None:
        """Counts sign-ins; nobody asks here."""

    def _rotate_session_id(self) -> None:
        """Gives the session another name."""

    def sync_roles(self) -> None:
        """Only ever adds."""

    def remove_permission_from_role(self, role: Any, one: Any) -> None:
        role.permissions.remove(one)


class Away:
    """A provider that does not answer."""

    def __init__(self) -> None:
        self.asked = 0

    def load_server_metadata(self) -> Any:
        return self.fetch_jwk_set(force=True)

    def fetch_jwk_set(self, *, force: bool) -> Any:
        self.asked += 1
        raise OSError("no route to a host whose name is nobody's business")


class Answers:
    """A provider that answers with what it is made of."""

    def __init__(self, page: dict[str, Any] | None = None, **metadata: Any) -> None:
        self.page, self.asked = page, 0
        has_page = {"userinfo_endpoint": f"{ISSUER}/userinfo"} if page is not None else {}
        self.metadata = {"issuer": ISSUER, **has_page, **metadata}

    def load_server_metadata(self) -> Any:
        return self.metadata

    def fetch_jwk_set(self, *, force: bool) -> Any:
        return {"keys": []}

    def userinfo(self, token: Any) -> Any:
        self.asked += 1
        return self.page


def stand_in(name: str, **holds: Any) -> ModuleType:
    module = ModuleType(name)
    vars(module).update(holds)
    return module


def modules(session: dict[str, Any]) -> dict[str, ModuleType]:
    override = "airflow.providers.fab.auth_manager.security_manager.override"
    parents = [override.rsplit(".", depth)[0] for depth in range(1, 5)]
    return {
        **{name: stand_in(name) for name in parents},
        "airflow": stand_in("airflow", __version__="3.2.2"),
        override: stand_in(override, FabAirflowSecurityManagerOverride=Stored),
        "flask": stand_in("flask", flash=lambda *_: None, has_request_context=lambda: True, session=session),
        "flask_appbuilder": stand_in("flask_appbuilder"),
        "flask_appbuilder.const": stand_in("flask_appbuilder.const", AUTH_DB=1, AUTH_OAUTH=4),
    }


def configured(folder: Path, settings: dict[str, Any], patched: pytest.MonkeyPatch) -> Any:
    """Load Airflow's configuration as its server does; `session` is that of the one request there is."""
    for file in (PROJECT_ROOT / "runtime").glob("*.py"):
        shutil.copy(file, folder)
        patched.delitem(sys.modules, file.stem, raising=False)
    (folder / "access.json").write_text(json.dumps(ACCESS))
    (folder / "secret").write_text("hunter2")
    said = {"access_file": str(folder / "access.json"), "max_session_minutes": 60, **settings}
    (folder / "settings.json").write_text(json.dumps(said))
    for name, module in modules({}).items():
        patched.setitem(sys.modules, name, module)
    patched.setattr(sys, "path", list(sys.path))
    spec = importlib.util.spec_from_file_location("webserver_config", folder / "webserver_config.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
