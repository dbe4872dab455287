"""What Airflow's server is told of an identity provider, by the part of its configuration that needs no Airflow."""

import ast
from pathlib import Path
from typing import Any

from stacks.project import PROJECT_ROOT

CONFIG = PROJECT_ROOT / "runtime" / "webserver_config.py"
NEEDED = {"_PROVIDER_SECONDS", "_provider"}


def names(node: ast.stmt) -> set[str]:
    if isinstance(node, ast.FunctionDef):
        return {node.name}
    return {one.id for one in getattr(node, "targets", []) if isinstance(one, ast.Name)}


def provider(oidc: dict[str, Any]) -> dict[str, Any]:
    module = ast.parse(CONFIG.read_text(encoding="utf-8"))
    module.body = [node for node in module.body if names(node) & NEEDED]
    assert len(module.body) == len(NEEDED)
    room: dict[str, Any] = {"Any": Any, "Path": Path}
    exec(compile(module, str(CONFIG), "exec"), room)  # noqa: S102 - our own code
    return room["_provider"](oidc)


def test_a_provider_that_does_not_answer_holds_no_sign_in_for_minutes(tmp_path):
    secret = tmp_path / "client-secret"
    secret.write_text("first-secret\n")
    said = {"name": "sso", "client_id": "airflow", "client_secret_file": str(secret), "scopes": ["openid", "email"]}
    app = provider({**said, "issuer": "https://id.example.com/realms/company/"})["remote_app"]
    assert app["server_metadata_url"] == "https://id.example.com/realms/company/.well-known/openid-configuration"
    assert app["client_secret"] == "first-secret"
    assert app["client_kwargs"]["default_timeout"] == 10
