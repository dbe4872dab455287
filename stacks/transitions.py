"""Holds a plan against what stands, and refuses what would lose something or could not be done, with the way out.

What stands is the inventory that the stack exported at its last run. Pure: whoever runs a plan fetches it. An
inventory from before a key was in it says nothing about it, and what it does not say is not refused.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from components.args import AirflowDeploymentArgs, PlatformPlan
from components.life_args import State
from components.naming import deployment_namespace
from stacks.inventory import SCHEMA_VERSION
from stacks.kept import kept_problems
from stacks.loader import StackSource
from stacks.problems import Problem, SettingsError

_NEEDED_FOR_3 = (2, 11)
"""The release that prepares a database for Airflow 3."""


@dataclass(frozen=True, kw_only=True)
class Standing:
    """One Airflow deployment as the last run left it."""

    path: tuple[str, ...]
    """Where it was written."""
    workspace: str
    name: str
    entry: Mapping[str, Any]

    @property
    def namespace(self) -> str:
        """Return its namespace, which is its identity."""
        return str(self.entry["namespace"])

    @property
    def state(self) -> State:
        """Return its state; before there were states, all were active."""
        return State(self.entry.get("state", State.ACTIVE))

    @property
    def is_protected(self) -> bool:
        """Tell whether the engine refuses to delete what holds its state."""
        return bool(self.entry.get("kept", {}).get("protected"))


def refuse_losses(
    outputs: Mapping[str, Any], plan: PlatformPlan, source: StackSource, more: Iterable[Problem] = ()
) -> None:
    """Refuse a plan that would lose something that stands.

    Args:
        outputs: What the stack exported at its last run; empty before the first.
        plan: What is to be made real.
        source: Where it was written.
        more: What else is refused, such as what a failed run has left.

    Raises:
        SettingsError: Says every change that is refused.
    """
    if problems := [*transition_problems(outputs, plan), *more]:
        raise SettingsError(source.label, problems, source.lines)


def transition_problems(outputs: Mapping[str, Any], plan: PlatformPlan) -> list[Problem]:
    """Tell what stands between the outputs of the last run and a plan; none before the first run."""
    version = outputs.get("schema_version", 1)
    if version > SCHEMA_VERSION:
        message = (
            f"was last brought up by a newer Airspace (its outputs have form {version:g}, this one knows "
            f"{SCHEMA_VERSION}). Update this checkout"
        )
        return [Problem((), message)]
    planned = {one.namespace: one for one in plan.deployments}
    problems = list(_owners_gone(outputs, plan))
    left = {problem.path for problem in problems}
    for standing in standing_deployments(outputs):
        if standing.path[:2] in left and standing.namespace not in planned and standing.state is not State.RETIRED:
            continue
        if now := planned.get(standing.namespace):
            path = path_in(plan, now)
            problems += _changes(standing, now, path)
        else:
            problems += _gone(standing, plan)
    return problems


def _owners_gone(outputs: Mapping[str, Any], plan: PlatformPlan) -> Iterator[Problem]:
    """Judge accounts whose personal workspace is in the plan no more, with what is left in it."""
    planned = {one.namespace for one in plan.deployments}
    owners = {workspace.owner for workspace in plan.workspaces.values()}
    left: dict[str, list[str]] = {}
    for one in standing_deployments(outputs):
        owner = one.path[1] if one.path[0] == "accounts" else None
        if owner and owner not in owners and one.namespace not in planned and one.state is not State.RETIRED:
            left.setdefault(owner, []).append(f"{one.name} (namespace {one.namespace})")
    for owner, listed in left.items():
        yield Problem(
            ("accounts", owner),
            f"has lost its personal workspace, where these still stand: {', '.join(listed)}. Put it back, "
            "write each in another workspace with its `namespace` or retire it, bring that up, then remove the account",
        )


def standing_deployments(outputs: Mapping[str, Any]) -> Iterator[Standing]:
    """Yield every deployment of the outputs of the last run."""
    for workspace, one in outputs.get("workspaces", {}).items():
        for name, entry in one["deployments"].items():
            path = deployment_path(one.get("owner"), workspace, name)
            yield Standing(path=path, workspace=workspace, name=name, entry=entry)


def path_in(plan: PlatformPlan, deployment: AirflowDeploymentArgs) -> tuple[str, ...]:
    """Say where a deployment of a plan is written."""
    return deployment_path(plan.workspaces[deployment.workspace].owner, deployment.workspace, deployment.name)


def deployment_path(owner: str | None, workspace: str, name: str) -> tuple[str, ...]:
    """Return where a deployment is written, in a personal workspace or in a shared one."""
    home = ("accounts", owner, "personal_workspace") if owner else ("workspaces", workspace)
    return (*home, "deployments", name)


def _gone(standing: Standing, plan: PlatformPlan) -> Iterator[Problem]:
    """Judge a deployment whose namespace is in the plan no more."""
    home = plan.workspaces.get(standing.workspace)
    same = [one for one in home.deployments if one.name == standing.name] if home else []
    if same and standing.state is not State.RETIRED:
        yield Problem(
            (*standing.path, "namespace"),
            f"would change from {standing.namespace} to {same[0].namespace}: a new deployment, and this one deleted. "
            f"Write `namespace: {standing.namespace}`, or retire this one first and give the new one another name",
        )
    elif standing.state is not State.RETIRED:
        yield Problem(
            standing.path,
            f"stands and is not in the file any more; its database, keys and volumes in {standing.namespace} would go. "
            f"Put it back with `state: retired`, bring that up, and then remove it; if it was renamed or moved, "
            f"{_record(standing)}",
        )
    elif standing.is_protected:
        yield Problem(
            standing.path,
            "is retired but still protected, so the engine would not delete it. Put it back with `protect: false`, "
            "bring that up, and then remove it",
        )


def _record(standing: Standing) -> str:
    if standing.namespace == deployment_namespace(standing.workspace, standing.name):
        return f"record `{standing.workspace}.{standing.name}: <workspace>.<name>` under moves"
    return f"write `namespace: {standing.namespace}` at its new place"


def _changes(standing: Standing, now: AirflowDeploymentArgs, path: tuple[str, ...]) -> Iterable[Problem]:
    """Judge a deployment that stays."""
    yield from _cluster(standing, now, path)
    yield from _version(standing.entry["airflow_version"], now.airflow_version, path)
    if "kept" in standing.entry:
        yield from kept_problems(standing.entry["kept"], standing.state, now, path)


def _cluster(standing: Standing, now: AirflowDeploymentArgs, path: tuple[str, ...]) -> Iterator[Problem]:
    before = standing.entry["cluster"]
    if before == now.cluster:
        return
    there = now.cluster
    yield Problem(
        (*path, "cluster"),
        f"stands on {before} and would be deleted there, with its keys, to be made anew on {there}. To move it: "
        f"1. write `cluster: {before}` and `state: hibernated` and bring that up; 2. copy an embedded database to one "
        f"that both clusters reach; 3. add a deployment of another name on {there} with that database and this one's "
        "Fernet key (`keys.fernet.adopt`); 4. retire this one, and later remove it",
    )


def _version(before: str, now: str, path: tuple[str, ...]) -> Iterator[Problem]:
    old, new = version_numbers(before), version_numbers(now)
    if new < old:
        yield Problem(
            (*path, "airflow_version"),
            f"is {now}, but {before} stands and has migrated the database, and there is no way back. Write {before} "
            "or later; to go back all the same, add a deployment of another name on a database restored from a backup",
        )
    elif old[0] < new[0] and old[:2] < _NEEDED_FOR_3:
        yield Problem(
            (*path, "airflow_version"),
            f"is {now}, but {before} stands, and only {_NEEDED_FOR_3[0]}.{_NEEDED_FOR_3[1]} prepares the database for "
            "it. Bring up 2.11.2 first",
        )


def version_numbers(version: str) -> tuple[int, ...]:
    """Return a version as numbers that compare as versions do."""
    return tuple(int(part) for part in re.findall(r"\d+", version))
