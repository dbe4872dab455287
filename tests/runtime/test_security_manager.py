"""Who the security manager lets in, on a simulated Airflow: also what no real one shows cheaply."""

import json
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.runtime.simulated_airflow import (
    ACCESS,
    ADA,
    BOB,
    CI,
    ISSUER,
    OIDC,
    ROOT,
    Answers,
    Away,
    configured,
    permission,
)

CLAIMS = {"sub": "f3a", "email": ADA, "email_verified": True, "groups": []}


@pytest.fixture
def by_provider(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    return configured(tmp_path, {"oidc": {**OIDC, "client_secret_file": str(tmp_path / "secret")}}, monkeypatch)


@pytest.fixture
def manager(by_provider: Any) -> Any:
    return by_provider.AirspaceSecurityManager()


def signs_in(config: Any, manager: Any, email: str, *groups: str) -> Any:
    person = config.Person(email=email, groups=groups)
    return manager.auth_user_oauth({"person": person, "username": email})


def roles(user: Any) -> list[str] | None:
    return user and [one.name for one in user.roles]


def write_access(folder: Path, **changed: Any) -> None:
    (folder / "access.json").write_text(json.dumps({**ACCESS, **changed}))


def test_a_bots_address_opens_no_browsers_door(by_provider, manager):
    assert signs_in(by_provider, manager, ADA).email == ADA
    assert signs_in(by_provider, manager, CI) is None
    assert signs_in(by_provider, manager, CI, "ops") is None


def test_no_session_is_a_bots(by_provider, manager, tmp_path):
    write_access(tmp_path, bots=[])
    assert signs_in(by_provider, manager, CI) is not None
    assert manager.load_user(CI).email == CI
    write_access(tmp_path)
    assert manager.load_user(CI) is None
    # What it enters by is another door, and stays as it is.
    assert manager.find_user(CI).is_active
    assert roles(manager.find_user(CI)) == ["User"]


def test_where_passwords_are_the_way_in_a_bot_has_sessions(tmp_path, monkeypatch):
    path = tmp_path / "passwords.json"
    path.write_text(json.dumps({CI: "hunter2"}))
    manager = configured(tmp_path, {"passwords_file": str(path)}, monkeypatch).AirspaceSecurityManager()
    assert manager.auth_user_db(CI, "hunter3") is None
    assert manager.auth_user_db("Ci@bots.example.com ", "hunter2").email == CI
    assert manager.load_user(CI).email == CI


def test_a_session_is_of_who_signed_in_whatever_airflows_database_says(by_provider, manager, tmp_path):
    assert signs_in(by_provider, manager, ADA) is not None
    ada = manager.find_user(ADA)
    ada.email = ROOT
    write_access(tmp_path, users={ROOT: "Admin"})
    assert manager.load_user(ADA) is None
    assert (roles(ada), ada.is_active, ada.email) == ([], False, ADA)


def test_a_stored_user_of_another_name_is_not_who_signed_in(by_provider, manager):
    assert signs_in(by_provider, manager, ADA) is not None
    manager.find_user(ADA).username = "somebody"
    assert manager.load_user("somebody") is None


def test_an_address_is_written_back(by_provider, manager):
    signs_in(by_provider, manager, ADA)
    ada = manager.find_user(ADA)
    for again in (lambda: manager.load_user(ADA), lambda: signs_in(by_provider, manager, ADA)):
        ada.email = "somebody@example.com"
        assert again().email == ADA


def test_whose_address_another_stored_user_was_given_signs_in_all_the_same(by_provider, manager):
    manager.users.remove(manager.find_user(ROOT))
    bob = manager.find_user(BOB)
    bob.email = ROOT
    found = signs_in(by_provider, manager, ROOT)
    assert found is not bob
    assert (found.username, roles(found)) == (ROOT, ["Admin"])
    assert (bob.email, roles(bob)) == (BOB, ["User"])


def test_no_session_without_a_sign_in_of_ours_counts(manager):
    assert manager.load_user(ADA) is None
    assert manager.find_user(ADA).is_active


def test_a_session_ends_some_time_after_the_sign_in_however_busy_it_is(by_provider, manager, monkeypatch):
    clock = SimpleNamespace(now=1_000_000.0)
    monkeypatch.setattr(by_provider.time, "time", lambda: clock.now)
    assert signs_in(by_provider, manager, ADA, "ops") is not None
    for clock.now in range(1_000_000, 1_003_600, 60):
        assert roles(manager.load_user(ADA)) == ["Admin"]
    clock.now = 1_003_600
    assert manager.load_user(ADA) is None
    # Another session may be younger.
    assert manager.find_user(ADA).is_active
    assert roles(signs_in(by_provider, manager, ADA)) == ["User"]
    assert roles(manager.load_user(ADA)) == ["User"]


def test_a_file_that_cannot_be_read_lets_nobody_in_and_deactivates_nobody(by_provider, manager, tmp_path, caplog):
    assert signs_in(by_provider, manager, ADA) is not None
    manager.oauth_remotes = {"sso": Away()}
    request = SimpleNamespace(headers={"Authorization": "Bearer x.y.z"}, path="/api/v1/dags")
    for content in ("", "[]", '{"users": null}', '{"bots": null}', '{"until": {"ada@example.com": 7}}'):
        (tmp_path / "access.json").write_text(content)
        assert manager.load_user(ADA) is None
        assert signs_in(by_provider, manager, ADA) is None
        assert manager.auth_user_db(CI, "x.y.z") is None
        assert manager.load_bot(request) is None
    assert {one.getMessage().partition(" cannot")[0] for one in caplog.records} == {
        f"nobody enters, since {tmp_path / 'access.json'}"
    }
    write_access(tmp_path)
    assert roles(manager.load_user(ADA)) == ["User"]


def test_who_cannot_be_given_a_lower_role_does_not_keep_the_old_one(by_provider, manager, tmp_path, caplog):
    signs_in(by_provider, manager, ADA)
    write_access(tmp_path, users={ADA: "Viewer"})
    manager.is_writable = False
    assert manager.load_user(ADA) is None
    manager.find_user(ADA).roles = [manager.roles["Admin"]]
    assert signs_in(by_provider, manager, ADA) is None
    assert f"{ADA} was refused, since Airflow's database did not take the role" in caplog.messages
    manager.is_writable = True
    assert roles(signs_in(by_provider, manager, ADA)) == ["Viewer"]


def test_what_was_added_to_airflows_own_roles_is_taken_when_a_server_starts(manager):
    own, of_a_dag = permission("can_read", "DAGs"), permission("can_edit", "DAG:orders")
    manager.roles["Viewer"].permissions = [own, permission("can_edit", "Users"), of_a_dag]
    everything = [own, permission("can_edit", "Users"), permission("can_read", "My View")]
    manager.roles["Admin"].permissions = list(everything)
    manager.sync_roles()
    assert manager.roles["Viewer"].permissions == [own, of_a_dag]
    assert manager.roles["Admin"].permissions == everything


def told(manager: Any, claims: dict[str, Any], remote: Answers) -> Any:
    manager.oauth_remotes = {"sso": remote}
    return manager.get_oauth_user_info("sso", {"userinfo": claims})["person"]


def test_the_provider_is_asked_only_for_what_an_id_token_leaves_out(manager):
    remote = Answers(page={"sub": "f3a", "email_verified": True})
    assert told(manager, CLAIMS, remote).email == ADA
    assert remote.asked == 0
    silent = {name: value for name, value in CLAIMS.items() if name != "email_verified"}
    assert told(manager, silent, remote).email == ADA
    assert remote.asked == 1
    assert told(manager, silent, Answers(page={"sub": "f3a", "email_verified": False})) is None
    with pytest.raises(ValueError, match="somebody else"):
        told(manager, silent, Answers(page={"sub": "f3b", "email_verified": True}))


def test_a_provider_without_a_page_of_the_person_is_not_asked_for_it(manager):
    assert told(manager, {name: value for name, value in CLAIMS.items() if name != "groups"}, Answers()).groups == ()


@pytest.mark.parametrize("issuer", ["https://evil.example.com", None, f"{ISSUER}/realms/other"])
def test_no_other_issuer_counts_than_the_one_of_the_settings(manager, issuer, caplog):
    with pytest.raises(ValueError, match="another issuer"):
        told(manager, CLAIMS, Answers(issuer=issuer))
    assert manager.auth_user_db(CI, "e30.e30.") is None
    assert "another issuer" in caplog.text


def test_a_slash_at_its_end_makes_no_other_issuer(manager):
    assert told(manager, CLAIMS, Answers(issuer=f"{ISSUER}/")).email == ADA


def test_no_module_of_the_same_name_takes_the_place_of_ours(tmp_path, monkeypatch):
    plugins, own = tmp_path / "plugins", tmp_path / "own"
    for folder in (plugins, own):
        folder.mkdir()
    for name in ("airspace_access", "airspace_claims", "airspace_tokens"):
        (plugins / f"{name}.py").write_text("raise SystemExit('taken for ours')")
    monkeypatch.setattr(sys, "path", [str(plugins), *sys.path])
    config = configured(own, {"passwords_file": str(own / "passwords.json")}, monkeypatch)
    assert Path(sys.modules["airspace_tokens"].__file__).parent == own
    assert config.ROLES == sys.modules["airspace_access"].ROLES


def test_no_bot_enters_while_the_provider_is_away_and_the_log_says_no_more_than_that(manager, caplog):
    away = Away()
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
