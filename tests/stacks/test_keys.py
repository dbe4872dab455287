"""Generated keys over their life: which are made, what the Secrets hold, and which pods a new one restarts."""

import json
import re
from typing import Any

import pytest

from components.secret_use import ANNOTATION, RESTARTS
from stacks.recording import PLACEHOLDER, RELEASE, STASH, Recording, reveal
from tests.environments import embedded, plan_of, small_environment, workspace
from tests.recorded_rules import SECRET, deploy_plan
from tests.stacks.environments import deployment, refusals, shared

NAME = "analytics-orders"
WEB = {2: "webserver", 3: "apiServer"}


def recorded(**settings: Any) -> Recording:
    analytics = {**workspace(), "deployments": {"orders": embedded(**settings)}}
    return deploy_plan(plan_of(small_environment(workspaces={"analytics": analytics}), secrets=["old_key"]))


def stashes(recording: Recording) -> dict[str, bool]:
    return {one.name.removeprefix(f"{NAME}-"): one.protect for one in recording.of_type(STASH)}


def content(recording: Recording, purpose: str) -> dict[str, str]:
    data: dict[str, str] = reveal(recording.one(SECRET, f"{NAME}-{purpose}").inputs)["stringData"]
    return data


def kept(recording: Recording, name: str) -> str:
    value: str = reveal(recording.one(STASH, f"{NAME}-{name}").inputs["input"])
    return value


def test_the_first_keys_have_the_names_that_they_always_had():
    assert set(stashes(recorded())) == {"fernet-key", "api-secret-key", "jwt", "postgresql", "passwords", "digest-key"}


def test_a_new_fernet_key_encrypts_and_the_one_before_it_still_decrypts():
    recording = recorded(keys={"fernet": {"rotation": 2}})
    new, old = kept(recording, "fernet-key-2"), kept(recording, "fernet-key")
    assert content(recording, "fernet-key") == {"fernet-key": f"{new},{old}"}


@pytest.mark.parametrize(
    ("rotation", "keep", "names"),
    [(1, 1, ["fernet-key"]), (3, 0, ["fernet-key-3"]), (3, 5, ["fernet-key", "fernet-key-2", "fernet-key-3"])],
)
def test_as_many_old_fernet_keys_are_kept_as_are_asked_for(rotation, keep, names):
    made = stashes(recorded(keys={"fernet": {"rotation": rotation, "keep": keep}}))
    assert sorted(name for name in made if name.startswith("fernet")) == names


def test_only_the_newest_key_is_protected_so_that_an_old_one_can_be_let_go():
    made = stashes(recorded(protect=True, keys={"fernet": {"rotation": 2}}))
    assert (made["fernet-key-2"], made["fernet-key"], made["jwt"]) == (True, False, False)


def test_the_key_of_an_earlier_installation_is_taken_over_and_none_is_generated():
    recording = recorded(keys={"fernet": {"adopt": "old_key"}})
    assert content(recording, "fernet-key") == {"fernet-key": PLACEHOLDER}
    assert "fernet-key" not in stashes(recording)


def test_an_adopted_key_is_rotated_like_any_other():
    recording = recorded(keys={"fernet": {"adopt": "old_key", "rotation": 2}})
    expected = f"{kept(recording, 'fernet-key-2')},{PLACEHOLDER}"
    assert content(recording, "fernet-key") == {"fernet-key": expected}


@pytest.mark.parametrize("key", ["fernet", "api", "jwt"])
def test_a_key_to_adopt_that_is_not_stored_is_refused(key):
    workspaces = {"analytics": shared(deployments={"orders": {"keys": {key: {"adopt": "missing"}}}})}
    (line,) = refusals(workspaces=workspaces)
    assert line.startswith(f"workspaces.analytics.deployments.orders.keys.{key}.adopt: there is no secret")


KEYS = {
    ("3.2.2", "fernet"): ("fernet-key", "fernet-key", "fernetKeySecretName"),
    ("3.2.2", "api"): ("api-secret-key", "api-secret-key", "apiSecretKeySecretName"),
    ("3.2.2", "jwt"): ("jwt", "jwt-secret", "jwtSecretName"),
    ("2.11.2", "fernet"): ("fernet-key", "fernet-key", "fernetKeySecretName"),
    ("2.11.2", "api"): ("webserver-secret-key", "webserver-secret-key", "webserverSecretKeySecretName"),
}
"""By version and key: what our Secret is for, the key in it, and the value of the chart that names it."""


@pytest.mark.parametrize(("version", "key"), KEYS)
def test_any_key_of_an_earlier_installation_is_taken_over(version, key):
    purpose, name, _ = KEYS[version, key]
    recording = recorded(airflow_version=version, keys={key: {"adopt": "old_key"}})
    assert content(recording, purpose) == {name: PLACEHOLDER}
    assert purpose not in stashes(recording)


@pytest.mark.parametrize(("version", "key"), [one for one in KEYS if one[1] != "fernet"])
def test_an_adopted_key_gives_way_to_a_generated_one(version, key):
    purpose, name, _ = KEYS[version, key]
    recording = recorded(airflow_version=version, keys={key: {"adopt": "old_key", "rotation": 2}})
    assert content(recording, purpose) == {name: kept(recording, f"{purpose}-2")}


@pytest.mark.parametrize(("version", "key"), KEYS)
def test_a_key_in_a_secret_of_somebody_else_is_read_there_and_nowhere_made(version, key):
    purpose, _, value = KEYS[version, key]
    recording = recorded(airflow_version=version, keys={key: {"secret": "theirs"}})
    values = recording.one(RELEASE).inputs["values"]
    assert values[value] == "theirs"
    assert purpose not in stashes(recording)
    assert f"{NAME}-{purpose}" not in {one.name for one in recording.of_type(SECRET)}


@pytest.mark.parametrize("key", ["api", "jwt"])
def test_a_key_is_a_number_or_a_block(key):
    args = [deployment(keys={key: written}).keys for written in (3, {"rotation": 3})]
    assert args[0] == args[1] != deployment().keys


@pytest.mark.parametrize(
    ("version", "counter", "purpose", "stash"),
    [
        ("3.2.2", "api", "api-secret-key", "api-secret-key-2"),
        ("3.2.2", "jwt", "jwt", "jwt-2"),
        ("2.11.2", "api", "webserver-secret-key", "webserver-secret-key-2"),
        ("3.2.2", "redis", "redis-password", "redis-password-2"),
    ],
)
def test_a_counter_makes_a_new_value_in_the_same_secret(version, counter, purpose, stash):
    recording = recorded(airflow_version=version, executor="CeleryExecutor", keys={counter: 2})
    assert kept(recording, stash) in content(recording, purpose).values()
    assert purpose not in stashes(recording)


@pytest.fixture
def always_equal(monkeypatch):
    """Generate the same value for the same Stash in each run, as the state of an engine does."""
    from components import deployment_secrets

    def stashed(self, one, generation):
        import pulumi

        return pulumi.Output.secret(f"value-of-{one.purpose}-{generation}")

    monkeypatch.setattr(deployment_secrets.DeploymentSecrets, "_stashed", stashed)


KNOWN = {
    "secret_env": {"PIN": "old_key"},
    "database": {"config": "old_key"},
    "pgbouncer": {"enabled": True},
    "keys": {"fernet": {"adopt": "old_key"}, "api": {"adopt": "old_key"}, "jwt": {"adopt": "old_key"}},
}
"""A deployment whose Secrets hold nothing that is generated: all of it could be guessed."""


def marks(recording: Recording) -> set[str]:
    return set(re.findall(f'"{ANNOTATION}": "([0-9a-f]+)"', json.dumps(recording.one(RELEASE).inputs["values"])))


def test_what_a_digest_is_of_cannot_be_tried_out():
    """Each of these has a key of its own, and all else is equal."""
    one, other = marks(recorded(**KNOWN)), marks(recorded(**KNOWN))
    assert one
    assert one.isdisjoint(other)


@pytest.mark.usefixtures("always_equal")
def test_a_key_that_stays_leaves_the_digests_as_they_are():
    assert marks(recorded(**KNOWN)) == marks(recorded(**KNOWN))


def test_the_key_of_the_digests_is_in_the_state_and_nowhere_else():
    recording = recorded(**KNOWN)
    key = kept(recording, "digest-key")
    assert key
    assert [one.urn for one in recording.resources if key in str(reveal(one.inputs)) and one.type != STASH] == []


def digests(version: str, **keys: Any) -> dict[str, str]:
    recording = recorded(airflow_version=version, executor="CeleryExecutor", keys=keys)
    values = recording.one(RELEASE).inputs["values"]
    parts = ("scheduler", WEB[int(version[0])], "dagProcessor", "triggerer", "redis")
    blocks = {part: values[part] for part in parts} | {"workers": values["workers"]["celery"]}
    return {part: block["podAnnotations"][ANNOTATION] for part, block in blocks.items()}


@pytest.mark.usefixtures("always_equal")
@pytest.mark.parametrize(
    ("version", "keys", "restarted"),
    [
        ("3.2.2", {}, set()),
        ("3.2.2", {"redis": 2}, {"redis", "scheduler", "workers"}),
        ("3.2.2", {"jwt": 2}, {"scheduler", "apiServer"}),
        ("3.2.2", {"api": 2}, {"scheduler", "apiServer", "triggerer", "workers"}),
        ("2.11.2", {"api": 2}, {"scheduler", "webserver", "triggerer", "workers"}),
        ("2.11.2", {"jwt": 2}, set()),
        ("3.2.2", {"fernet": {"rotation": 2}}, {"scheduler", "apiServer", "dagProcessor", "triggerer", "workers"}),
    ],
    ids=str,
)
def test_a_new_value_restarts_who_uses_it_and_nobody_else(version, keys, restarted):
    before, after = digests(version), digests(version, **keys)
    assert {part for part in before if before[part] != after[part]} == restarted


AIRFLOW = {"scheduler", "apiServer", "dagProcessor", "triggerer", "workers"}
THEIRS: dict[str, Any] = {
    "database": {"secret": "metadata"},
    "dags": {"git": {"repo": "https://git.example.com/orders.git", "credentials": "theirs"}},
    "secret_env": {"TOKEN": {"secret": "vault", "key": "token"}},
    "executor": {"type": "CeleryExecutor", "broker": {"secret": "messages"}},
}
"""A deployment whose secrets somebody else keeps."""


@pytest.mark.parametrize(
    ("keys", "settings", "restarted"),
    [
        ({}, {}, {}),
        ({"git": 2}, {}, dict.fromkeys(("dagProcessor", "triggerer", "workers"), "git-2")),
        ({"git": 3}, {"executor": "LocalExecutor"}, dict.fromkeys((*AIRFLOW - {"apiServer"},), "git-3")),
        ({"database": 2}, {}, dict.fromkeys(AIRFLOW, "database-2")),
        ({"broker": 2}, {}, dict.fromkeys(("scheduler", "workers"), "broker-2")),
        ({"env": 4}, {}, dict.fromkeys(AIRFLOW, "env-4")),
        (
            {"broker": 2, "git": 3},
            {},
            {
                "scheduler": "broker-2",
                "workers": "broker-2.git-3",
                **dict.fromkeys(("dagProcessor", "triggerer"), "git-3"),
            },
        ),
    ],
    ids=str,
)
def test_a_counter_restarts_who_reads_what_somebody_else_has_changed(keys, settings, restarted):
    values = recorded(**{**THEIRS, **settings}, keys=keys).one(RELEASE).inputs["values"]
    blocks = {part: values[part] for part in AIRFLOW - {"workers"}} | {"workers": values["workers"]["celery"]}
    found = {part: block.get("podAnnotations", {}).get(RESTARTS) for part, block in blocks.items()}
    assert {part: mark for part, mark in found.items() if mark} == restarted


GIT = {"repo": "https://git.example.com/orders.git", "username": "reader", "password_config": "old_key"}
SSH = {
    "repo": "git@git.example.com:orders.git",
    "ssh_key_config": "old_key",
    "known_hosts": "git.example.com ssh-rsa A",
}


@pytest.mark.parametrize(
    ("git", "keys", "setting"),
    [(GIT, {"GITSYNC_USERNAME", "GITSYNC_PASSWORD"}, "env"), (SSH, {"gitSshKey"}, "sshKeySecret")],
)
def test_git_credentials_of_the_configuration_are_kept_in_a_secret_of_the_deployment(git, keys, setting):
    recording = recorded(dags={"git": git})
    assert set(content(recording, "git")) == keys
    written = recording.one(RELEASE).inputs["values"]["dags"]["gitSync"][setting]
    assert f"{NAME}-git" in str(written)


def test_keys_are_counted_from_one():
    assert deployment().keys.fernet.generations == (1,)
