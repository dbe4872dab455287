"""Embedding up to the point where an engine is needed: what it would be given, and how its failures read."""

import stat
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml
from pulumi import automation

from stacks.embedding import Environment, RunResult
from stacks.loader import read_stack_file
from stacks.problems import SettingsError
from stacks.project import PROJECT_ROOT, STACKS
from stacks.run_errors import RunFailed, explained
from stacks.work_folder import WorkFolder
from tests.environments import ADA, embedded, small_environment, source_of, workspace

PASSWORD = "correct-horse-battery-staple"
STACK_FILE = "Pulumi.dev.yaml"


def written(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def result(**changes: int) -> RunResult:
    return RunResult(environment="dev", changes=changes, workspaces={}, duration_seconds=1.0)


@pytest.fixture
def folder(tmp_path):
    return WorkFolder(environment="dev", home=tmp_path / "home")


def test_an_environment_is_planned_from_plain_data(tmp_path):
    environment = Environment.of("dev", small_environment(), home=tmp_path)
    assert [one.namespace for one in environment.plan.deployments] == ["analytics-orders"]
    assert environment.plan.environment == "dev"


def test_planning_touches_no_file(tmp_path):
    assert Environment.of("dev", small_environment(), home=tmp_path).plan
    assert list(tmp_path.iterdir()) == []


def test_wrong_data_is_named_after_its_environment(tmp_path):
    environment = Environment.of("dev", small_environment(clusters={}), home=tmp_path)
    with pytest.raises(SettingsError, match=r"^environment dev: clusters"):
        _ = environment.plan


def test_wrong_input_is_refused_before_an_engine_is_looked_for(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    environment = Environment.of("dev", small_environment(clusters={}), home=tmp_path)
    for act in (environment.up, environment.preview):
        with pytest.raises(SettingsError):
            act()
    assert list(tmp_path.iterdir()) == []


def test_supplied_secrets_are_known_by_key_and_their_values_are_in_no_text(tmp_path):
    analytics = {**workspace(), "deployments": {"orders": embedded(secret_env={"API_KEY": "partner"})}}
    sections = small_environment(workspaces={"analytics": analytics})
    environment = Environment.of("dev", sections, secrets={"partner": PASSWORD}, home=tmp_path)
    assert environment.plan.deployments[0].secret_env == {"API_KEY": "partner"}
    environment.folder.prepare(environment.source, environment.stacks)
    texts = [repr(environment), *(path.read_text() for path in tmp_path.rglob("*") if path.is_file())]
    assert [text for text in texts if PASSWORD in text] == []


def test_a_password_that_could_be_guessed_is_refused_before_anything_is_made(tmp_path, monkeypatch):
    monkeypatch.setattr(Environment, "_look_for_components", lambda environment: None)
    monkeypatch.setattr(Environment, "last_outputs", lambda environment: {})
    sections = small_environment(sign_in={"passwords": {ADA: "of-ada"}})
    environment = Environment.of("dev", sections, secrets={"of-ada": "hunter2"}, home=tmp_path)
    with pytest.raises(SettingsError, match=r"^environment dev: sign_in\.passwords.* fewer than 12 characters"):
        environment.up()


def test_an_environment_is_opened_from_its_stack_file():
    assert Environment.open("prod").plan.environment == "prod"


def test_a_context_takes_the_place_of_the_files_own_cluster_address():
    plan = Environment.open("local", context="my-cluster").plan
    assert (plan.clusters["main"].context, plan.clusters["main"].is_local) == ("my-cluster", False)


def test_a_stack_that_does_not_exist_is_answered_with_those_that_do():
    with pytest.raises(SettingsError, match=r"Pulumi\.nowhere\.yaml.*does not exist.*dev, local, prod, staging"):
        Environment.open("nowhere")


def test_the_engine_gets_a_copy_of_the_stack_file_with_what_is_to_be_run(folder):
    source = source_of(small_environment())
    folder.prepare(source, STACKS.parent)
    config = written(folder.path / STACK_FILE)["config"]
    assert config == {f"airspace:{name}": value for name, value in source.sections.items()}


def test_the_project_file_is_the_projects_own_with_stack_files_beside_it(folder):
    folder.prepare(source_of(small_environment()), STACKS.parent)
    original = written(PROJECT_ROOT / "Pulumi.yaml")
    assert original.pop("stackConfigDir") == "stacks"
    assert written(folder.path / "Pulumi.yaml") == original
    assert original["config"]["pulumi:disable-default-providers"] == {"value": ["kubernetes"]}


def test_the_salt_that_an_engine_has_made_outlives_the_next_run(folder):
    source = source_of(small_environment())
    folder.prepare(source, STACKS.parent)
    own = folder.path / STACK_FILE
    own.write_text(yaml.safe_dump({**written(own), "encryptionsalt": "made by the engine"}))
    folder.prepare(source, STACKS.parent)
    assert written(own)["encryptionsalt"] == "made by the engine"


def test_a_users_own_salt_and_secrets_are_taken_along_and_the_file_stays(folder, tmp_path):
    config = {"airspace:partner": {"secure": "v1:ciphertext"}, "aws:region": "eu-central-1"}
    sections = {f"airspace:{name}": value for name, value in small_environment().items()}
    users = tmp_path / STACK_FILE
    users.write_text(yaml.safe_dump({"encryptionsalt": "of the user", "config": {**config, **sections}}))
    before = users.read_bytes()
    folder.prepare(read_stack_file(users), tmp_path)
    copied = written(folder.path / STACK_FILE)
    assert copied["encryptionsalt"] == "of the user"
    assert config.items() <= copied["config"].items()
    assert users.read_bytes() == before


def test_without_a_backend_state_and_passphrase_are_files_of_this_checkout(folder):
    variables = folder.variables()
    assert variables["PULUMI_BACKEND_URL"] == (folder.home / "state").as_uri()
    passphrase = Path(variables["PULUMI_CONFIG_PASSPHRASE_FILE"])
    assert stat.S_IMODE(passphrase.stat().st_mode) == 0o600
    assert len(passphrase.read_text()) >= 32


def test_a_passphrase_once_made_stays(folder):
    path = Path(folder.variables()["PULUMI_CONFIG_PASSPHRASE_FILE"])
    first = path.read_text()
    folder.variables()
    assert path.read_text() == first


@pytest.mark.parametrize("name", ["PULUMI_CONFIG_PASSPHRASE", "PULUMI_CONFIG_PASSPHRASE_FILE"])
def test_the_users_own_backend_and_passphrase_are_left_alone(folder, monkeypatch, name):
    monkeypatch.setenv("PULUMI_BACKEND_URL", "s3://state")
    monkeypatch.setenv(name, "")
    assert set(folder.variables()) == {"PULUMI_SKIP_UPDATE_CHECK"}
    assert not folder.home.exists()


def test_what_was_written_for_a_run_is_forgotten_with_the_stack(folder):
    folder.prepare(source_of(small_environment()), STACKS.parent)
    folder.forget()
    assert [path for path in folder.home.rglob("*") if path.is_file()] == []
    folder.forget()


@pytest.mark.parametrize(
    ("changes", "is_unchanged"),
    [({"same": 9}, True), ({}, True), ({"same": 9, "update": 0}, True), ({"same": 9, "update": 1}, False)],
)
def test_a_run_that_found_everything_in_place_says_so(changes, is_unchanged):
    assert result(**changes).is_unchanged is is_unchanged


def event(message: str, urn: str = "", severity: str = "error") -> Any:
    return SimpleNamespace(diagnostic_event=SimpleNamespace(message=message, urn=urn, severity=severity))


def failure(*events: Any, error: str = "code: 255") -> str:
    def run():
        with explained(None) as handle:
            for one in events:
                handle(one)
            raise automation.CommandError(SimpleNamespace(code=255, stdout="", stderr=error))

    with pytest.raises(RunFailed) as caught:
        run()
    return str(caught.value)


def test_a_failed_run_says_what_the_engine_complained_of_once_and_of_which_resource():
    urn = "urn:pulumi:dev::airspace::kubernetes:core/v1:Namespace::analytics-orders"
    complaint = event("it was refused<{%reset%}>\n", urn)
    said = failure(event("only a warning", severity="warning"), complaint, complaint, event("update failed"))
    assert said == "analytics-orders: it was refused\nupdate failed"


def test_a_failed_run_without_a_message_says_what_the_command_said():
    assert "cannot be decrypted" in failure(error="the state cannot be decrypted")


@pytest.mark.parametrize(
    ("sign", "remedy"),
    [
        ("error: the stack is currently locked by 1 lock(s)", "make unlock"),
        ("error: getting secrets manager: incorrect passphrase", "PULUMI_CONFIG_PASSPHRASE"),
        ("another operation (install/upgrade/rollback) is in progress", "sh.helm.release"),
        ("cannot re-use a name that is still in use", "sh.helm.release"),
        ('was not successfully created: resourcequotas "airspace-core" already exists', "delete it and run again"),
        ("resource x cannot be deleted because it is protected", "protect: false"),
    ],
)
def test_a_failed_run_says_what_to_do(sign, remedy):
    assert remedy in failure(event(sign)).splitlines()[-1]
    assert remedy in failure(error=sign).splitlines()[-1]


def test_events_reach_whoever_asked_for_them():
    seen = []
    with explained(seen.append) as handle:
        handle(event("fine", severity="info"))
    assert len(seen) == 1


def test_other_errors_are_not_dressed_up():
    with pytest.raises(KeyError), explained(None):
        raise KeyError("a bug of ours")
