"""Judges a deployment's `chart_values`: what no setting covers may pass, what the platform keeps may not."""

from collections.abc import Iterator
from dataclasses import replace

from components.args import AirflowDeploymentArgs
from components.values import build_values
from components.values.escape import ALLOWED_AT_THE_TOP, refused_values
from stacks.problems import Problem, nearest, one_of


def chart_value_problems(args: AirflowDeploymentArgs, path: tuple[str, ...]) -> Iterator[Problem]:
    """Refuse what would break isolation, the quota or the secrets. The values themselves are never repeated."""
    if not args.chart_values:
        return
    own = build_values(replace(args, chart_values={}))
    for where, reason in refused_values(own, args.chart_values):
        is_unknown = len(where) == 1 and where[0] not in ALLOWED_AT_THE_TOP
        yield Problem((*path, "chart_values", *where), f"{reason}{_choice(where[0]) if is_unknown else ''}")


def _choice(name: str) -> str:
    allowed = ALLOWED_AT_THE_TOP - {"config"}
    return f"{nearest(name, allowed)}. Choose from {one_of(allowed)}, or use the settings"
