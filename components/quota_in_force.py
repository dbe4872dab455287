"""The quota in force while a release rolls: room for what ran before and for what is to run, the larger of both.

Kubernetes admits the new pods of a roll-out beside the old ones. A quota that shrinks before they have changed places
refuses the new ones, and the old ones wait for them.
"""

from collections.abc import Mapping
from typing import Any

from components.args import AirflowDeploymentArgs
from components.labels import PREFIX
from components.life_args import Hard
from components.manifest import Manifest
from components.quantities import parse_quantity
from components.quota import compute_quota

SIZE_CHANGE = f"{PREFIX}/size-change"
"""Carries the number of the change of size that a quota was last written for."""


def quota_annotations(args: AirflowDeploymentArgs) -> dict[str, str]:
    """Return what the quotas carry, so that a later run sees whether this one has come to its end."""
    number = args.standing_quota.size_change
    return {SIZE_CHANGE: str(number)} if number else {}


def larger_of_both(one: Hard, other: Hard) -> Hard:
    """Return the larger amount of each bound; what only one of them bounds is as it is there."""
    return {
        part: {
            name: _larger(amount, one.get(part, {}).get(name, amount))
            for name, amount in {**one.get(part, {}), **other.get(part, {})}.items()
        }
        for part in {**one, **other}
    }


def quotas_in_force(args: AirflowDeploymentArgs) -> dict[str, Manifest]:
    """Return the ResourceQuota specs by the name of what they bound, held at what stands where that is more."""
    return {
        part: _held(spec, args.standing_quota.hard.get(part, {})) for part, spec in compute_quota(args).specs.items()
    }


def computed_hard(args: AirflowDeploymentArgs) -> dict[str, dict[str, str]]:
    """Return `hard` of each ResourceQuota as it is when nothing is held."""
    return {part: dict(_hard(spec)) for part, spec in compute_quota(args).specs.items()}


def is_hard_in_force(args: AirflowDeploymentArgs, found: Hard) -> bool:
    """Tell whether quotas that were found bound what is to be bound; `1` and `1000m` are the same."""
    wanted = {part: _hard(spec) for part, spec in quotas_in_force(args).items()}
    return _parsed(wanted) == _parsed(found)


def is_held(args: AirflowDeploymentArgs) -> bool:
    """Tell whether a quota keeps room for what ran before."""
    return bool(args.standing_quota.hard) and quotas_in_force(args) != dict(compute_quota(args).specs)


def _held(spec: Manifest, standing: Mapping[str, str]) -> Manifest:
    hard = {name: _larger(amount, standing.get(name, amount)) for name, amount in _hard(spec).items()}
    return {**spec, "hard": hard}


def _hard(spec: Manifest) -> Mapping[str, str]:
    hard: Any = spec["hard"]
    return {name: str(amount) for name, amount in hard.items()}


def _larger(computed: str, standing: str) -> str:
    return standing if parse_quantity(standing) > parse_quantity(computed) else computed


def _parsed(hard: Hard) -> dict[str, dict[str, Any]]:
    return {part: {name: parse_quantity(amount) for name, amount in one.items()} for part, one in hard.items()}
