"""A name that leads to another cluster than that of its standing deployments is noticed before anything is applied."""

from typing import Any

import pytest

from stacks.offline import record_plan
from stacks.problems import SettingsError
from stacks.recording import reveal
from stacks.standing_clusters import know_clusters
from tests.environments import ADA, plan_of, small_environment, source_of, workspace
from tests.tools.test_kubeconfig import kubeconfig

HERE = {"server": "https://here", "authority": "aaaa"}
THERE = {"server": "https://there", "authority": "bbbb"}


def sections(*deployments: str) -> dict[str, Any]:
    return small_environment(workspaces={"analytics": workspace(*deployments, members={ADA: "admin"})})


def known(outputs: dict[str, Any], now: Any, written: dict[str, Any] | None = None) -> Any:
    written = written or sections("orders")
    identities = {} if now is None else {"main": now}
    return know_clusters(outputs, plan_of(written), identities, source_of(written))


def exported(now: Any, written: dict[str, Any] | None = None) -> dict[str, Any]:
    outputs: dict[str, Any] = reveal(record_plan(known({}, now, written)).stack_outputs)
    return outputs


def test_a_run_exports_which_cluster_it_was():
    assert exported(HERE)["clusters"] == {"main": HERE}


def test_another_cluster_under_the_same_name_is_refused_with_the_way_out():
    with pytest.raises(SettingsError) as refused:
        known(exported(HERE), THERE)
    [line] = str(refused.value).splitlines()
    assert line.startswith("environment dev: clusters.main: leads to https://there, another cluster than https://here")
    assert "where analytics-orders stand" in line
    assert "Correct the address" in line


@pytest.mark.parametrize(
    "now",
    [
        HERE,
        HERE | {"server": "https://private.here"},
        HERE | {"authority": "renewed"},
        HERE | {"authority": None},
        None,
    ],
    ids=["the same", "another address", "another authority", "no authority", "not known"],
)
def test_the_same_cluster_is_known_by_its_authority_or_by_its_address(now: Any):
    assert known(exported(HERE), now)


@pytest.mark.parametrize("before", [None, {"server": "https://here", "authority": None}, {"server": "https://here"}])
def test_two_clusters_without_an_authority_differ_by_address(before: Any):
    outputs = {**exported(HERE), "clusters": {"main": before} if before else {}}
    if before is None:
        assert known(outputs, THERE)
    else:
        with pytest.raises(SettingsError, match="another cluster"):
            known(outputs, THERE | {"authority": None})


def test_a_cluster_on_which_nothing_stands_may_become_another_one():
    nothing = sections()
    assert known(exported(HERE, nothing), THERE, nothing).clusters["main"].identity == THERE


def test_what_a_cluster_was_known_by_is_kept_while_it_cannot_be_told():
    again = record_plan(known(exported(HERE), None)).stack_outputs
    assert reveal(again)["clusters"] == {"main": HERE}


def test_the_entry_point_of_the_engine_notices_it_too(tmp_path, monkeypatch):
    import pulumi

    from stacks import program
    from tests.stacks.test_main import run

    config = tmp_path / "config"
    monkeypatch.setenv("KUBECONFIG", str(config))
    monkeypatch.setattr(program, "fetch_chart", lambda *_: None)
    config.write_text(kubeconfig("https://here", "somewhere"))
    outputs = reveal(run(sections("orders")).stack_outputs)
    assert outputs["clusters"] == {"main": {"server": "https://here", "authority": None}}
    monkeypatch.setattr(program, "last_outputs", lambda: outputs)
    config.write_text(kubeconfig("https://there", "somewhere"))
    with pytest.raises(pulumi.RunError, match=r"clusters\.main: leads to https://there, another"):
        run(sections("orders"))
