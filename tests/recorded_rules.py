"""What holds for every program that makes our components, whatever a single test is about."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from components.args import PlatformPlan
from components.labels import DEPLOYMENT, ENVIRONMENT, MANAGED_BY, PART_OF, PREFIX, WORKSPACE
from stacks.offline import record_plan
from stacks.recording import RELEASE, STASH, Recorded, Recording, is_secret, record, redacted, reveal

KUBERNETES = "kubernetes:"
SECRET = "kubernetes:core/v1:Secret"
PROVIDER = "pulumi:providers:kubernetes"
COMPONENT = "airspace:index:"
PLATFORM_LABELS = {MANAGED_BY, PART_OF, ENVIRONMENT}
DEPLOYMENT_LABELS = PLATFORM_LABELS | {WORKSPACE, DEPLOYMENT}


def deploy(program: Callable[[], Any], environment: str = "dev", secret_keys: Iterable[str] = ()) -> Recording:
    """Run a program on the recorder and hold what it registered against the rules."""
    return checked(record(program, environment, secret_keys))


def deploy_plan(plan: PlatformPlan) -> Recording:
    """Run the platform's program for a plan, as `deploy` does."""
    return checked(record_plan(plan))


def checked(recording: Recording) -> Recording:
    broken = {rule.__name__: list(rule(recording)) for rule in RULES}
    assert {rule: offenders for rule, offenders in broken.items() if offenders} == {}
    return recording


def urns_are_unique(recording: Recording) -> Iterator[str]:
    yield from (urn for urn, count in Counter(one.urn for one in recording.resources).items() if count > 1)


def kubernetes_resources_name_a_provider_of_the_program(recording: Recording) -> Iterator[str]:
    made = {provider.urn for provider in recording.of_type(PROVIDER)}
    yield from (one.urn for one in _kubernetes(recording) if one.provider.rpartition("::")[0] not in made)


def parents_are_components_of_ours(recording: Recording) -> Iterator[str]:
    """Providers and components may stand at the top, beside each other."""
    components = {one.urn for one in recording.resources if one.type.startswith(COMPONENT)}
    for one in recording.resources:
        may_stand_alone = one.type == PROVIDER or one.urn in components
        if one.parent not in components and not (may_stand_alone and "::pulumi:pulumi:Stack::" in one.parent):
            yield f"{one.urn} below {one.parent}"


def components_register_their_outputs(recording: Recording) -> Iterator[str]:
    for one in recording.resources:
        if not one.is_custom and not recording.outputs.get(one.urn):
            yield one.urn


def objects_are_named_by_us(recording: Recording) -> Iterator[str]:
    """Pulumi would add random letters to a name that is left out, and two runs would differ."""
    for one in _kubernetes(recording):
        if not (one.inputs.get("name") if one.type == RELEASE else one.inputs["metadata"].get("name")):
            yield one.urn


def objects_carry_our_labels(recording: Recording) -> Iterator[str]:
    for one in _kubernetes(recording):
        below_a_deployment = "AirflowDeploymentComponent$" in one.urn
        wanted = DEPLOYMENT_LABELS if below_a_deployment else PLATFORM_LABELS
        for place, labels in _labels(one):
            own = {key: value for key, value in labels.items() if key.startswith(PREFIX)}
            if not wanted <= set(labels) or not all(own.values()):
                yield f"{one.urn} {place}: {sorted(wanted - set(labels))}"


def _labels(one: Recorded) -> Iterator[tuple[str, Mapping[str, str]]]:
    """Yield the labels of an object, and of the pods that it makes."""
    if one.type == RELEASE:
        yield "values.labels", one.inputs["values"].get("labels", {})
        return
    yield "metadata.labels", one.inputs["metadata"].get("labels", {})
    template = one.inputs.get("spec", {}).get("template")
    if template:
        yield "spec.template.metadata.labels", template["metadata"].get("labels", {})


def secret_inputs_are_secret(recording: Recording) -> Iterator[str]:
    for one in recording.of_type(SECRET):
        if not is_secret(one.inputs.get("stringData")) or "data" in one.inputs:
            yield one.urn
    yield from (one.urn for one in recording.of_type(STASH) if not is_secret(one.inputs.get("input")))
    # Sooner or later somebody reads what a stack exports.
    yield from (name for name, value in recording.stack_outputs.items() if redacted(value) != reveal(value))
    yield from (urn for urn, outputs in recording.outputs.items() if redacted(outputs) != reveal(outputs))


def no_secret_value_appears_in_clear(recording: Recording) -> Iterator[str]:
    values = secret_values(recording)
    places = {one.urn: redacted(one.inputs) for one in recording.resources}
    places |= {f"outputs of {urn}": redacted(outputs) for urn, outputs in recording.outputs.items()}
    places["stack outputs"] = redacted(recording.stack_outputs)
    for place, content in places.items():
        yield from (place for text in _texts(content) if any(value in text for value in values))


def secret_values(recording: Recording) -> set[str]:
    """Collect everything secret that the program handed over, also passwords within URLs."""
    found = {text for one in recording.resources for text in _secret_texts(one.inputs)}
    # Long enough not to be a word of its own, such as a user's name.
    return {text for text in found if len(text) >= 16}


def _secret_texts(value: Any) -> Iterator[str]:
    if is_secret(value):
        yield from _texts(reveal(value), with_keys=False)
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _secret_texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from _secret_texts(item)


def _texts(value: Any, *, with_keys: bool = True) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for key, item in value.items():
            if with_keys:
                yield str(key)
            yield from _texts(item, with_keys=with_keys)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item, with_keys=with_keys)


def _kubernetes(recording: Recording) -> Iterator[Recorded]:
    return (one for one in recording.resources if one.type.startswith(KUBERNETES))


RULES = (
    urns_are_unique,
    kubernetes_resources_name_a_provider_of_the_program,
    parents_are_components_of_ours,
    components_register_their_outputs,
    objects_are_named_by_us,
    objects_carry_our_labels,
    secret_inputs_are_secret,
    no_secret_value_appears_in_clear,
)
