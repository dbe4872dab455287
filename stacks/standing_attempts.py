"""Judges a plan by what a run that failed may have done: it exports nothing, and has migrated or encrypted yet.

What it was going to do stands in annotations of what it makes before the release, and so in the state. Pure.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from components.args import AirflowDeploymentArgs, PlatformPlan
from components.labels import AIRFLOW_VERSION, FERNET_KEY
from components.life_args import Loss
from stacks.problems import Problem
from stacks.transitions import path_in, standing_deployments, version_numbers

_TOLD_BY = ("kubernetes:core/v1:LimitRange", "kubernetes:core/v1:Secret")


@dataclass(frozen=True, kw_only=True)
class _Attempt:
    """What was last tried with one deployment, beside what the last run that did not fail has exported of it."""

    tried: Mapping[str, str]
    """The annotations that tell of it."""
    exported: Mapping[str, Any]
    """Empty where no run has come to its end."""
    now: AirflowDeploymentArgs
    path: tuple[str, ...]


def attempt_problems(
    outputs: Mapping[str, Any], plan: PlatformPlan, resources: Iterable[Mapping[str, Any]]
) -> list[Problem]:
    """Tell what a failed run may have done that a plan would not fit.

    Args:
        outputs: What the stack exported at the end of its last run that did not fail; empty before the first.
        plan: What is to be made real.
        resources: What the state holds: each with `type` and `outputs`, and `delete` if it only waits for that.
    """
    tried = _annotations(resources)
    exported = {one.namespace: one.entry for one in standing_deployments(outputs)}
    problems: list[Problem] = []
    for now in plan.deployments:
        attempt = _Attempt(
            tried=tried.get(now.namespace, {}),
            exported=exported.get(now.namespace, {}),
            now=now,
            path=path_in(plan, now),
        )
        problems += [*_migration(attempt), *_fernet_key(attempt)]
    return problems


def _annotations(resources: Iterable[Mapping[str, Any]]) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for one in resources:
        if one["type"] in _TOLD_BY and not one.get("delete") and one.get("outputs"):
            metadata = one["outputs"].get("metadata") or {}
            found.setdefault(metadata.get("namespace", ""), {}).update(metadata.get("annotations") or {})
    return found


def _migration(attempt: _Attempt) -> Iterator[Problem]:
    """An older Airflow does not run on a database that a newer one has migrated."""
    tried, now = attempt.tried.get(AIRFLOW_VERSION, ""), attempt.now.airflow_version
    exported = attempt.exported.get("airflow_version", "")
    is_back = version_numbers(exported) <= version_numbers(now) < version_numbers(tried)
    if is_back and Loss.DATABASE not in attempt.now.may_lose:
        yield Problem(
            (*attempt.path, "airflow_version"),
            f"is {now}, but a run to {tried} has failed, which may have migrated the database, and there is no way "
            f"back. Write {tried} or later and bring that up; if the migration Job of that run has never begun, write "
            "`may_lose: [database]`",
        )


def _fernet_key(attempt: _Attempt) -> Iterator[Problem]:
    """Whatever has started since may have encrypted with the newest key."""
    tried, keys = int(attempt.tried.get(FERNET_KEY, 0)), attempt.now.keys.fernet.generations
    stood = attempt.exported.get("kept", {}).get("keys", {}).get("fernet", [0])
    is_ours = attempt.now.keys.fernet.secret_name is None
    if is_ours and tried > int(stood[0]) and tried not in keys:
        key = "rotation" if keys[0] < tried else "keep"
        yield Problem(
            (*attempt.path, "keys", "fernet", key),
            f"would let go of key {tried}, with which pods of a run that has failed may have encrypted. "
            f"Write `rotation: {tried}`, bring that up, and go on from there",
        )
