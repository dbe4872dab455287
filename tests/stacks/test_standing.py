"""Reading what the last run left, while the engine of this one writes the same file."""

from types import SimpleNamespace

import pulumi
import pytest

from stacks import standing

HALF_WRITTEN = Exception("readStackOutputs returned an error: failed to load checkpoint: EOF")


@pytest.fixture
def answers(monkeypatch):
    """Let the engine answer with these, one after the other."""
    monkeypatch.setattr(standing, "_PAUSE_SECONDS", 0)
    for name in ("get_organization", "get_project", "get_stack"):
        monkeypatch.setattr(pulumi, name, lambda name=name: name)
    coming = []

    def invoke(token, arguments):
        # The two calls name the stack by different keys.
        key = {"pulumi:pulumi:readStackOutputs": "name", "pulumi:pulumi:readStackResourceOutputs": "stackName"}[token]
        assert arguments == {key: "get_organization/get_project/get_stack"}
        answer = coming.pop(0) if len(coming) > 1 else coming[0]
        if isinstance(answer, Exception):
            raise answer
        return SimpleNamespace(value=answer)

    monkeypatch.setattr(pulumi.runtime, "invoke", invoke)
    return coming


def test_a_state_that_is_just_being_written_is_read_again(answers):
    answers += [HALF_WRITTEN, HALF_WRITTEN, {"outputs": {"workspaces": {}}}]
    assert standing.last_outputs() == {"workspaces": {}}


def test_resources_are_told_apart_from_outputs(answers):
    quota = {"type": "kubernetes:core/v1:ResourceQuota", "outputs": {"spec": {}}}
    answers += [HALF_WRITTEN, {"stackName": "local", "outputs": {"urn:of:quota": quota}}]
    assert standing.last_resources() == [quota]


@pytest.mark.parametrize("error", [HALF_WRITTEN, Exception("the passphrase is wrong")])
def test_a_state_that_cannot_be_read_is_not_taken_for_an_empty_one(answers, error):
    answers.append(error)
    with pytest.raises(Exception, match=str(error)):
        standing.last_outputs()


def test_before_the_first_run_there_is_nothing(answers):
    answers.append(None)
    assert standing.last_outputs() == {}
    assert standing.last_resources() == []
