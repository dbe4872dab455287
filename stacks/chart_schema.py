"""Holds `chart_values` against the schema of the chart, as Helm does; by then the engine has applied what comes first.

Pure: whoever has the chart's archive reads schema and defaults from it.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from components.args import AirflowDeploymentArgs, PlatformPlan
from components.values import build_values
from components.values.escape import RESERVED, merged
from stacks.problems import Problem, nearest, one_of
from stacks.transitions import path_in


def deployments_with_chart_values(plan: PlatformPlan) -> Sequence[AirflowDeploymentArgs]:
    """List the deployments for which there is anything to be checked."""
    return [one for one in plan.deployments if one.chart_values]


def schema_problems(plan: PlatformPlan, schema: Mapping[str, Any], defaults: Mapping[str, Any]) -> Iterator[Problem]:
    """Refuse what the chart would refuse. The values themselves are never repeated.

    Args:
        plan: The environment.
        schema: The chart's `values.schema.json`.
        defaults: The chart's `values.yaml`, over which Helm lays ours.
    """
    # Only where it is used: it takes longer to load than most environments to plan.
    from jsonschema import Draft7Validator

    validator = Draft7Validator(schema)
    for one in deployments_with_chart_values(plan):
        path = (*path_in(plan, one), "chart_values")
        # What the platform writes itself fits, so whatever does not is the user's.
        for error in validator.iter_errors(merged(defaults, _without_nulls(build_values(one)))):
            yield from _problems(error, (*path, *map(str, error.absolute_path)))


def _without_nulls(values: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out what the engine does not hand to Helm."""
    kept = {key: value for key, value in values.items() if value is not None}
    return {key: _without_nulls(value) if isinstance(value, Mapping) else value for key, value in kept.items()}


def _problems(error: Any, path: tuple[str, ...]) -> Iterator[Problem]:
    rule, wanted = error.validator, error.validator_value
    schema, found = error.schema, error.instance
    match rule:
        case "additionalProperties" if wanted is False:
            known = schema.get("properties", {}).keys()
            for name in found.keys() - known:
                said = f"is no value of the chart{nearest(name, known)}. Choose from {one_of(known - RESERVED.keys())}"
                yield Problem((*path, name), said)
        case "type":
            yield Problem(
                path, f"must be of type {one_of([wanted] if isinstance(wanted, str) else wanted)}. Correct it"
            )
        case "enum":
            yield Problem(path, f"must be one of {one_of(map(str, wanted))}. Choose one of them")
        case "required":
            yield Problem(path, f"lacks {one_of(name for name in wanted if name not in found)}. Add it")
        case _:
            bound = f": {wanted}" if isinstance(wanted, int | float | str) else ""
            yield Problem(path, f"breaks `{rule}{bound}` of the chart's schema. Correct it")
