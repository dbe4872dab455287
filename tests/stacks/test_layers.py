"""Which setting holds where several layers say something."""

import pytest

from stacks.deployment_settings import DeploymentDefaults
from stacks.layers import layered


def defaults(**settings):
    return DeploymentDefaults.model_validate(settings)


def test_what_nobody_says_stays_open():
    assert layered(defaults(), defaults()).model_dump(exclude_unset=True) == {}


def test_the_nearest_layer_wins_key_by_key():
    result = layered(
        defaults(airflow_version="3.0.6", protect=True), defaults(airflow_version="3.1.8"), defaults(protect=False)
    )
    assert (result.airflow_version, result.protect) == ("3.1.8", False)


def test_layers_mix_within_a_component():
    result = layered(defaults(scheduler={"replicas": 2}), defaults(scheduler={"size": "large"}))
    assert (result.scheduler.replicas, result.scheduler.size) == (2, "large")


def test_a_nearer_size_beats_a_farther_number():
    result = layered(defaults(scheduler={"cpu": "3", "memory": "5Gi"}), defaults(scheduler={"size": "medium"}))
    assert (result.scheduler.size, result.scheduler.cpu, result.scheduler.memory) == ("medium", None, None)


def test_a_number_beats_a_size_of_the_same_layer_or_a_farther_one():
    same = layered(defaults(scheduler={"size": "medium", "cpu": "3"}))
    nearer = layered(defaults(scheduler={"size": "medium"}), defaults(scheduler={"cpu": "3"}))
    assert same.scheduler == nearer.scheduler
    assert nearer.scheduler.cpu == 3000


@pytest.mark.parametrize("key", ["env", "secret_env"])
def test_variables_are_added_up(key):
    result = layered(defaults(**{key: {"A": "far", "B": "far"}}), defaults(**{key: {"B": "near"}}))
    assert getattr(result, key) == {"A": "far", "B": "near"}


def test_options_are_added_up_within_their_section():
    far = defaults(config={"core": {"default_timezone": "utc", "max_active_runs_per_dag": 4}})
    near = defaults(config={"core": {"default_timezone": "Europe/Berlin"}, "webserver": {"navbar_color": "#fff"}})
    assert layered(far, near).config == {
        "core": {"default_timezone": "Europe/Berlin", "max_active_runs_per_dag": 4},
        "webserver": {"navbar_color": "#fff"},
    }


def test_executors_are_replaced_as_a_whole():
    result = layered(defaults(executor=["CeleryExecutor", "KubernetesExecutor"]), defaults(executor="LocalExecutor"))
    assert [one.type for one in result.executor] == ["LocalExecutor"]


@pytest.mark.parametrize(
    ("far", "near"),
    [
        ({"database": "embedded"}, {"database": {"secret": "orders"}}),
        (
            {"dags": {"git": {"repo": "https://example.com/a.git", "credentials": "token"}}},
            {"dags": {"git": {"repo": "ssh://git@example.com/b.git", "ssh_key": "key", "known_hosts": "example.com"}}},
        ),
    ],
)
def test_what_excludes_itself_is_replaced_as_a_whole(far, near):
    assert layered(defaults(**far), defaults(**near)) == layered(defaults(**near))
