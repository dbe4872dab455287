"""The recorder that stands in for the engine, and the rules that hold for whatever is recorded."""

import os
from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes
import pytest

from components.base import Component
from components.labels import platform_labels
from stacks.recording import Recording, is_secret, record, redacted, reveal
from tests import recorded_rules
from tests.recorded_rules import deploy, secret_values

NAMESPACE = "kubernetes:core/v1:Namespace"
PASSWORD = "correct-horse-battery-staple"


class Thing(Component):
    """A component whose content a test chooses."""

    def __init__(self, name: str, content: Any, opts: pulumi.ResourceOptions, outputs: Any = None) -> None:
        super().__init__("airspace:index:Thing", name, None, opts)
        self.made = content(self)
        if outputs is not False:
            self.register_outputs(outputs or {"name": name})


def thing(content: Any, name: str = "one", outputs: Any = None) -> Thing:
    provider = kubernetes.Provider("main", context="somewhere")
    return Thing(name, content, pulumi.ResourceOptions(providers=[provider]), outputs)


def namespace(name: str, opts: pulumi.ResourceOptions, **metadata: Any) -> kubernetes.core.v1.Namespace:
    return kubernetes.core.v1.Namespace(name, metadata={"name": name, **metadata}, opts=opts)


def labelled(name: str, opts: pulumi.ResourceOptions) -> kubernetes.core.v1.Namespace:
    return namespace(name, opts, labels=platform_labels("dev"))


def secret(opts: pulumi.ResourceOptions, content: Any) -> kubernetes.core.v1.Secret:
    metadata = {"name": "one", "labels": platform_labels("dev")}
    return kubernetes.core.v1.Secret("one", metadata=metadata, string_data={"password": content}, opts=opts)


def child(parent: pulumi.Resource, **options: Any) -> pulumi.ResourceOptions:
    return pulumi.ResourceOptions(parent=parent, **options)


def test_what_mocks_hide_is_recorded():
    def content(parent):
        first = labelled("first", child(parent, protect=True))
        labelled("second", child(parent, depends_on=[first], deleted_with=first, ignore_changes=["metadata"]))

    recording = deploy(lambda: thing(content))
    provider, component = recording.one("pulumi:providers:kubernetes"), recording.one("airspace:index:Thing")
    first, second = recording.one(NAMESPACE, "first"), recording.one(NAMESPACE, "second")
    assert (first.parent, first.protect, first.is_custom) == (component.urn, True, True)
    assert first.provider == f"{provider.urn}::main"
    assert (second.dependencies, second.deleted_with) == ((first.urn,), first.urn)
    assert second.ignore_changes == ("metadata",)
    assert (component.is_custom, recording.outputs[component.urn]) == (False, {"name": "one"})


def test_urns_are_those_of_the_engine():
    recording = deploy(lambda: thing(lambda parent: labelled("first", child(parent))), environment="blue")
    assert recording.one(NAMESPACE).urn == f"urn:pulumi:blue::airspace::airspace:index:Thing${NAMESPACE}::first"


def test_secrets_stay_wrapped_until_they_are_revealed():
    recording = deploy(lambda: thing(lambda parent: secret(child(parent), pulumi.Output.secret(PASSWORD))))
    inputs = recording.one(recorded_rules.SECRET).inputs
    assert is_secret(inputs["stringData"])
    assert reveal(inputs)["stringData"] == {"password": PASSWORD}
    assert redacted(inputs)["stringData"] == "[secret]"
    assert secret_values(recording) == {PASSWORD}


def test_whole_numbers_of_the_wire_are_whole_again():
    assert reveal({"replicas": 2.0, "ratios": [0.5, 3.0], "on": True}) == {
        "replicas": 2,
        "ratios": [0.5, 3],
        "on": True,
    }
    assert isinstance(reveal(2.0), int)


def test_what_the_program_exports_is_resolved():
    recording = record(lambda: pulumi.export("answer", pulumi.Output.from_input(40).apply(lambda n: n + 2)), "dev")
    assert recording.stack_outputs == {"answer": 42}


def test_runs_in_one_process_know_nothing_of_each_other():
    def program():
        thing(lambda parent: labelled("first", child(parent)))
        pulumi.export("secret", pulumi.Config("airspace").get("password"))

    with_secret = record(program, "blue", ["password"])
    without = record(program, "green")
    assert len(with_secret.resources) == len(without.resources) == 3
    assert with_secret.stack_outputs["secret"]
    assert without.stack_outputs["secret"] is None
    assert all(one.urn.startswith("urn:pulumi:green::") for one in without.resources)


def test_a_run_leaves_nothing_open():
    program = lambda: thing(lambda parent: [labelled(str(number), child(parent)) for number in range(20)])  # noqa: E731
    record(program, "dev")
    before = len(os.listdir("/proc/self/fd"))
    record(program, "dev")
    assert len(os.listdir("/proc/self/fd")) <= before


def test_an_error_of_the_program_comes_out_as_it_is():
    def program():
        thing(lambda parent: labelled("first", child(parent)))
        raise ZeroDivisionError("of the program")

    with pytest.raises(ZeroDivisionError, match="of the program"):
        record(program, "dev")


def test_an_error_within_an_output_is_not_lost():
    def program():
        name = pulumi.Output.from_input(0).apply(lambda number: str(1 // number))
        kubernetes.core.v1.Namespace("one", metadata={"name": name})

    with pytest.raises(ZeroDivisionError):
        record(program, "dev")


def test_a_question_to_a_provider_is_refused():
    ask = lambda: pulumi.runtime.invoke("kubernetes:index:anything", {})  # noqa: E731
    with pytest.raises(NotImplementedError, match="kubernetes:index:anything"):
        record(ask, "dev")


def test_one_refuses_to_guess():
    recording = deploy(lambda: thing(lambda parent: [labelled(name, child(parent)) for name in ("a", "b")]))
    with pytest.raises(LookupError, match="2 resources"):
        recording.one(NAMESPACE)
    with pytest.raises(LookupError, match="0 resources"):
        recording.one(NAMESPACE, "c")


BROKEN: dict[str, Any] = {
    "urns_are_unique": lambda: thing(lambda parent: [labelled("one", child(parent)) for _ in range(2)]),
    "kubernetes_resources_name_a_provider_of_the_program": lambda: Thing(
        "one", lambda parent: labelled("one", child(parent)), pulumi.ResourceOptions()
    ),
    "parents_are_components_of_ours": lambda: labelled(
        "one", pulumi.ResourceOptions(provider=kubernetes.Provider("main", context="somewhere"))
    ),
    "components_register_their_outputs": lambda: thing(lambda _: None, outputs=False),
    "objects_are_named_by_us": lambda: thing(
        lambda parent: kubernetes.core.v1.Namespace(
            "one", metadata={"labels": platform_labels("dev")}, opts=child(parent)
        )
    ),
    "objects_carry_our_labels": lambda: thing(lambda parent: namespace("one", child(parent))),
    "secret_inputs_are_secret": lambda: thing(
        lambda parent: pulumi.Stash("one", input="plain", opts=child(parent)),
    ),
    "no_secret_value_appears_in_clear": lambda: thing(
        lambda parent: (
            secret(child(parent), pulumi.Output.secret(PASSWORD)),
            labelled(f"has-{PASSWORD}", child(parent)),
        )
    ),
}


@pytest.mark.parametrize("rule", BROKEN)
def test_a_rule_sees_what_breaks_it_and_only_that(rule):
    recording: Recording = record(BROKEN[rule], "dev")
    broken = {one.__name__ for one in recorded_rules.RULES if list(one(recording))}
    assert broken == {rule}


def test_every_rule_is_seen_to_fail():
    assert set(BROKEN) == {rule.__name__ for rule in recorded_rules.RULES}


@pytest.mark.parametrize("place", ["stack output", "component output"])
def test_a_secret_that_is_exported_is_seen_although_it_is_wrapped(place):
    def program():
        value = pulumi.Output.secret(PASSWORD)
        if place == "stack output":
            pulumi.export("password", value)
        thing(lambda _: None, outputs={"password": value} if place == "component output" else None)

    recording = record(program, "dev")
    assert list(recorded_rules.secret_inputs_are_secret(recording))
    assert PASSWORD not in str([redacted(recording.stack_outputs), redacted(recording.outputs)])
