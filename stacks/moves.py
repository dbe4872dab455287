"""Renames and moves that the settings record, so that what stands keeps its namespace, database, keys and volumes.

A deployment's identity is its namespace. Where none is written it follows from the names of workspace and deployment,
and after a rename from the names that these had before. Pure.
"""

from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass

from components import naming
from stacks.deployment_settings import DeploymentSettings
from stacks.problems import Problem, nearest, one_of

Homes = Mapping[str, Set[str]]
"""Names of the deployments of each workspace that is in the file."""


@dataclass(frozen=True, kw_only=True)
class Moves:
    """What is recorded under `moves`: former place to present place."""

    recorded: Mapping[str, str]
    homes: Homes

    def settled(self, workspace: str, name: str, settings: DeploymentSettings) -> DeploymentSettings:
        """Return a deployment's settings with the namespace that it has kept; one that is written goes before."""
        if settings.namespace or not (kept := self._namespace(workspace, name)):
            return settings
        return settings.model_copy(update={"namespace": kept})

    def _namespace(self, workspace: str, name: str) -> str | None:
        """Return the namespace that a deployment has kept; None where it never moved."""
        place = f"{workspace}.{name}"
        for former, present in self.recorded.items():
            if present == place and not list(self._problems_of(former, present)):
                return naming.deployment_namespace(*former.split("."))
        former_name = self.former_name(workspace)
        return naming.deployment_namespace(former_name, name) if former_name else None

    def former_name(self, workspace: str) -> str | None:
        """Return the name that a workspace had before; None where it never changed."""
        found = (former for former, present in self.recorded.items() if present == workspace)
        former = next(found, None)
        return former if former and not list(self._problems_of(former, workspace)) else None

    def problems(self) -> Iterator[Problem]:
        """Refuse moves that lead nowhere, that contradict each other, and whose beginning is still there."""
        for former, present in self.recorded.items():
            for message in self._problems_of(former, present):
                yield Problem(("moves", former), message)

    def _problems_of(self, former: str, present: str) -> Iterator[str]:
        if ("." in former) != ("." in present):
            yield (
                f"leads to {present}: one is a workspace and the other a deployment. Write both as <workspace>, or "
                "both as <workspace>.<deployment>"
            )
        elif present in self.recorded:
            yield (
                f"leads to {present}, which is said to have moved on to {self.recorded[present]}. Write "
                f"`{former}: {self.recorded[present]}` if it is the same one, and remove the other"
            )
        elif first := self._first_place(former):
            yield (
                f"begins in a workspace that was renamed, so its namespace is that of {first}. Write "
                f"`{first}: {present}`, and remove this one; if it left before the rename, remove this one and write "
                f"`namespace: {naming.deployment_namespace(*former.split('.'))}` at {present}"
            )
        elif twins := [one for one in self.recorded if self.recorded[one] == present and one != former]:
            yield f"leads to {present}, as {', '.join(twins)} does. Keep the one that it was"
        elif not self._is_there(present):
            yield f"leads to {present}, {self._unknown(present)}"
        elif self._is_there(former):
            yield f"is still in the file, so it cannot have become {present}. Remove it there, or this move"

    def _first_place(self, place: str) -> str | None:
        """Return where a deployment of a renamed workspace has been at first; None for others."""
        workspace, _, name = place.partition(".")
        found = (former for former, present in self.recorded.items() if name and present == workspace)
        return next((f"{former}.{name}" for former in found), None)

    def _is_there(self, place: str) -> bool:
        workspace, _, name = place.partition(".")
        return workspace in self.homes and (not name or name in self.homes[workspace])

    def _unknown(self, place: str) -> str:
        workspace, _, name = place.partition(".")
        known = self.homes.get(workspace)
        if known is None:
            choices = f"Choose from {one_of(self.homes)}, or add it under workspaces"
            return f"and there is no workspace {workspace}{nearest(workspace, self.homes)}. {choices}"
        there = f"and there is no deployment {name}{nearest(name, known)} in the workspace {workspace}"
        return f"{there}. Choose from {one_of(known)}, or add it there"
