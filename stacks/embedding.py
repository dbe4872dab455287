"""Embeds the program: plan, bring up, preview and destroy an environment from Python, with typed results.

    environment = Environment.open("staging")
    result = environment.up()
    print(result.workspaces["analytics"]["deployments"]["orders"]["url"])

Needs a Pulumi engine; `plan` and `offline` do not.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from pulumi import automation

from components.args import PlatformPlan
from stacks.chart_source import fetch_chart
from stacks.cluster_addresses import check_clusters, identities
from stacks.loader import NAMESPACE, StackSource, open_stack, read_config
from stacks.plan import plan_stack
from stacks.program import deploy
from stacks.project import STACKS
from stacks.run_errors import RunFailed, explained
from stacks.run_result import RunResult
from stacks.standing_attempts import attempt_problems
from stacks.standing_clusters import know_clusters
from stacks.standing_quotas import hold_quotas, holds_quotas, quotas_in_state
from stacks.supplied_secrets import refuse_unusable_secrets
from stacks.transitions import refuse_losses
from stacks.work_folder import WorkFolder
from tools.homes import Report, silent

__all__ = ["Environment", "RunFailed", "RunResult"]

EventHandler = Callable[[automation.EngineEvent], Any]
Operation = Callable[[automation.Stack, EventHandler], Any]


@dataclass(frozen=True, kw_only=True)
class Environment:
    """One environment, ready to be planned and run."""

    source: StackSource
    command: automation.PulumiCommand | None = None
    """The engine; None means the one on PATH."""
    folder: WorkFolder
    stacks: Path = STACKS
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Values of secrets that are not in a stack file, by key."""

    @classmethod
    def open(
        cls, name: str, *, context: str | None = None, command: automation.PulumiCommand | None = None
    ) -> "Environment":
        """Open the environment of a stack file.

        Args:
            name: Of the stack, such as `staging`.
            context: A kubeconfig context to use in place of the file's own cluster address.
            command: The engine.

        Raises:
            SettingsError: There is no such stack file, or it cannot be read.
        """
        return cls(source=open_stack(name, context), command=command, folder=WorkFolder(environment=name))

    @classmethod
    def of(
        cls,
        name: str,
        sections: Mapping[str, Any],
        *,
        secrets: Mapping[str, str] | None = None,
        home: Path,
        command: automation.PulumiCommand | None = None,
    ) -> "Environment":
        """Make an environment from plain data.

        Args:
            name: Of the stack.
            sections: What a stack file has below `config`, such as `{"workspaces": {…}}`.
            secrets: Values of the secrets that the sections refer to, by key.
            home: Folder for what runs leave behind, such as the state where no backend is set.
            command: The engine.
        """
        secret_entries = {f"{NAMESPACE}:{key}": {"secure": ""} for key in secrets or {}}
        source = read_config(name, f"environment {name}", {**sections, **secret_entries})
        folder = WorkFolder(environment=name, home=home)
        return cls(source=source, command=command, folder=folder, stacks=home, secrets=secrets or {})

    @cached_property
    def plan(self) -> PlatformPlan:
        """Plan the environment.

        Raises:
            SettingsError: Anything is wrong with the input; says everything that is.
        """
        return plan_stack(self.source)

    def up(self, *, on_event: EventHandler | None = None, refresh: bool = False) -> RunResult:
        """Make everything real.

        Where a deployment shrinks, its quota keeps room for its old pods until the new ones have taken over, and a
        second run of the engine lowers it.

        Args:
            on_event: Called with each event of the engine.
            refresh: Compare the state with the cluster first; needed where the cluster was made anew.

        Raises:
            SettingsError: The input is wrong, or would lose something that stands; nothing was applied.
            ComponentUnavailable: The chart could not be fetched, or a cluster does not answer; nothing was applied.
            RunFailed: The engine reported errors; what succeeded stays, and another run goes on from there.
        """
        self._look_for_components()
        first = self._bring_up(on_event, refresh=refresh)
        return first.followed_by(self._bring_up(on_event)) if holds_quotas(first.workspaces) else first

    def _bring_up(self, on_event: EventHandler | None, *, refresh: bool = False) -> RunResult:
        return self._run(
            lambda stack, events: stack.up(on_event=events, refresh=refresh),
            on_event,
            rehearsal=lambda stack, events: stack.preview(on_event=events),
            plan=self._plan_on_what_stands(),
        )

    def preview(self, *, on_event: EventHandler | None = None) -> Mapping[str, int]:
        """Tell what `up` would do first, as the number of resources by operation.

        Raises:
            SettingsError: The input is wrong.
            ComponentUnavailable: The chart could not be fetched, or a cluster does not answer.
            RunFailed: The engine reported errors.
        """
        self._look_for_components()
        is_new = not self.exists()
        stack = self._stack(self._plan_on_what_stands())
        with explained(on_event) as events:
            summary = stack.preview(on_event=events).change_summary
        if is_new:
            # The engine previews no stack that is not there; to look must not leave one behind.
            stack.workspace.remove_stack(stack.name, preserve_config=True)
        return {str(getattr(operation, "value", operation)): count for operation, count in summary.items()}

    def destroy(self, *, on_event: EventHandler | None = None, refresh: bool = False) -> RunResult:
        """Delete everything, and then the stack itself.

        Args:
            on_event: Called with each event of the engine.
            refresh: Compare the state with the cluster first; needed where the cluster was made anew.

        Raises:
            RunFailed: Something is protected, then nothing was touched; or it could not be deleted. The stack stays.
        """
        result = self._run(
            lambda stack, events: stack.destroy(on_event=events, remove=True, refresh=refresh),
            on_event,
            rehearsal=lambda stack, events: stack.preview_destroy(on_event=events),
        )
        self.folder.forget()
        return result

    def check_clusters(self, report: Report = silent) -> None:
        """Look for every cluster but the local one, which whoever runs the environment starts.

        Raises:
            ComponentUnavailable: A context does not exist, or an API server does not answer or is too old.
        """
        check_clusters(self.plan, self.secret, report)

    def _look_for_components(self) -> None:
        fetch_chart(self.plan, self.source, self.folder.path)
        self.check_clusters()

    def _plan_on_what_stands(self) -> PlatformPlan:
        """Hold the plan against what stands, and return it with room for that.

        Raises:
            SettingsError: A change would lose something or could not be done, or a secret could not be used.
        """
        outputs, resources = self.last_outputs(), self._resources()
        clusters = identities(self.plan.clusters.values(), self.secret)
        refuse_losses(outputs, self.plan, self.source, attempt_problems(outputs, self.plan, resources))
        refuse_unusable_secrets(self.plan, self.source, self.secret)
        plan = know_clusters(outputs, self.plan, clusters, self.source)
        return hold_quotas(outputs, plan, quotas_in_state(resources))

    def last_outputs(self) -> dict[str, Any]:
        """Return what the stack exported at its last run; empty before the first.

        Raises:
            RunFailed: The backend cannot be reached.
        """
        if not self.exists():
            return {}
        stack = self._stack()
        with explained(None):
            return {name: output.value for name, output in stack.outputs().items()}

    def stacks_in_state(self) -> tuple[str, ...]:
        """Name the stacks that the backend knows for this project, this one or others.

        Raises:
            RunFailed: The backend cannot be reached.
        """
        with explained(None):
            return tuple(stack.name for stack in self._workspace().list_stacks())

    def exists(self) -> bool:
        """Tell whether the stack has been made before.

        Raises:
            RunFailed: The backend cannot be reached.
        """
        return self.source.environment in self.stacks_in_state()

    def holds_resources(self) -> bool:
        """Tell whether the stack is there and knows of anything; a failed first run may leave an empty one.

        Raises:
            RunFailed: The backend cannot be reached.
        """
        return bool(self._resources())

    def _resources(self) -> list[Mapping[str, Any]]:
        return _resources_of(self._stack()) if self.exists() else []

    def secret(self, key: str) -> str:
        """Return the value of a secret of the configuration; the engine decrypts what is not given.

        Raises:
            RunFailed: The engine cannot decrypt it.
        """
        if key in self.secrets:
            return self.secrets[key]
        stack = self._stack()
        with explained(None):
            return stack.get_config(f"{NAMESPACE}:{key}").value

    def cancel(self) -> None:
        """Release the lock that a killed run has left behind.

        Raises:
            RunFailed: There is no such stack.
        """
        if not self.exists():
            known = ", ".join(self.stacks_in_state()) or "none"
            name = self.source.environment
            raise RunFailed(f"{name}: has never been brought up in this state. Choose from what was: {known}")
        with explained(None):
            automation.Stack.select(self.source.environment, self._workspace()).cancel()

    def _run(
        self,
        operation: Operation,
        on_event: EventHandler | None,
        *,
        rehearsal: Operation,
        plan: PlatformPlan | None = None,
    ) -> RunResult:
        started = time.monotonic()
        stack = self._stack(plan)
        if any(resource.get("protect") for resource in _resources_of(stack)):
            # The engine would notice only when it comes to it, with all that hangs on the protected deleted by then.
            with explained(None) as errors:
                rehearsal(stack, errors)
        with explained(on_event) as events:
            result = operation(stack, events)
        outputs = getattr(result, "outputs", {})
        return RunResult(
            environment=self.source.environment,
            changes=result.summary.resource_changes or {},
            workspaces=outputs["workspaces"].value if "workspaces" in outputs else {},
            duration_seconds=time.monotonic() - started,
        )

    def _workspace(self, plan: PlatformPlan | None = None) -> automation.LocalWorkspace:
        self.folder.prepare(self.source, self.stacks)
        return automation.LocalWorkspace(
            work_dir=str(self.folder.path),
            program=lambda: self._program(plan or self.plan),
            env_vars=self.folder.variables(),
            pulumi_command=self.command,
        )

    def _stack(self, plan: PlatformPlan | None = None) -> automation.Stack:
        with explained(None):
            return automation.Stack.create_or_select(self.source.environment, self._workspace(plan))

    def _program(self, plan: PlatformPlan) -> None:
        deploy(plan, self.secrets)


def _resources_of(stack: automation.Stack) -> list[Mapping[str, Any]]:
    """List what the state holds of a stack."""
    return (stack.export_stack().deployment or {}).get("resources") or []
