"""Brings an environment up and takes it down on real components, phase by phase."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from importlib.metadata import version
from typing import Any

from components.args import PlatformPlan
from console.access import change_lines
from console.planning import print_notices, show_plan
from console.report import console, inventory_report
from stacks.chart_source import fetch_chart
from stacks.embedding import Environment, RunResult
from stacks.project import STATE
from stacks.work_folder import WorkFolder
from tools.control_plane import ControlPlane
from tools.engine import Engine, find_engine, find_kubernetes_plugin
from tools.errors import ComponentUnavailable
from tools.homes import Report
from tools.progress import Progress

PLANNED_ONLY = 3


def bring_up(stack: str, context: str | None) -> int:
    """Bring an environment up; return the exit status.

    Raises:
        SettingsError: The input is wrong; nothing was applied.
        ComponentUnavailable: The chart or the cluster is missing; nothing was applied.
        RunFailed: The engine reported errors.
    """
    with Progress() as progress:
        with progress.phase("settings and plan"):
            environment = Environment.open(stack, context=context)
            plan = environment.plan
        with progress.phase("Pulumi engine") as report:
            engine = _engine_or_reason(report)
        if not isinstance(engine, ComponentUnavailable):
            environment = replace(environment, command=engine.command)
            with progress.phase("Airflow chart") as report:
                report(fetch_chart(plan, environment.source, environment.folder.path, report))
            _look_for_clusters(environment, progress)
            identity = _local_cluster(environment, progress)
            refresh = _is_new(environment, identity)
            if not refresh:
                # Before the run: one that fails half-way has left something there, too.
                _note(environment, identity)
            with progress.phase("access"):
                _say_changes(environment.last_outputs(), plan)
            with progress.phase("pulumi up") as report:
                result = environment.up(on_event=_Narrator(report), refresh=refresh)
            _note(environment, identity)
    if isinstance(engine, ComponentUnavailable):
        return _plan_instead(stack, context, engine)
    out = console()
    out.print(inventory_report(stack, result.workspaces))
    print_notices(plan)
    out.print(_summary(result))
    return 0


def _say_changes(outputs: Mapping[str, Any], plan: PlatformPlan) -> None:
    """Print what becomes of whose access, before anything is applied; at a first run all is new."""
    for line in change_lines(outputs, plan) if outputs else ():
        console().print(line, soft_wrap=True)


def take_down(stack: str, context: str | None) -> int:
    """Remove an environment; return the exit status.

    Raises:
        ComponentUnavailable: The engine or the cluster is missing; nothing was deleted.
        RunFailed: Something is protected or could not be deleted.
    """
    with Progress() as progress:
        with progress.phase("Pulumi engine") as report:
            engine = _engine(report)
        environment = Environment.open(stack, context=context, command=engine.command)
        if environment.holds_resources():
            _look_for_clusters(environment, progress)
            identity = _local_cluster(environment, progress)
            with progress.phase("pulumi destroy") as report:
                environment.destroy(on_event=_Narrator(report), refresh=_is_new(environment, identity))
        elif environment.exists():
            environment.destroy()
        environment.folder.forget()
        others = _others_on_the_local_cluster(environment) if _is_local(environment) else []
        if _is_local(environment) and not others:
            with progress.phase("local control plane") as report:
                ControlPlane().delete(report)
    kept = f" The local control plane stays for {', '.join(others)}." if others else ""
    console().print(f"{stack}: nothing is left.{kept}")
    return 0


def _look_for_clusters(environment: Environment, progress: Progress) -> None:
    if not all(cluster.is_local for cluster in environment.plan.clusters.values()):
        with progress.phase("clusters") as report:
            environment.check_clusters(report)


def _is_local(environment: Environment) -> bool:
    return any(cluster.is_local for cluster in environment.plan.clusters.values())


def _others_on_the_local_cluster(environment: Environment) -> list[str]:
    """Name the other environments that the local control plane has resources of."""
    names = [name for name in environment.stacks_in_state() if name != environment.source.environment]
    return [name for name in names if WorkFolder(environment=name).seen_cluster]


def _local_cluster(environment: Environment, progress: Progress) -> str | None:
    """Have the local control plane running where the environment is on it; return which one it is."""
    if not _is_local(environment):
        return None
    plane = ControlPlane()
    with progress.phase("local control plane") as report:
        plane.ensure(report)
    return plane.identity()


def _note(environment: Environment, identity: str | None) -> None:
    if identity:
        environment.folder.note_cluster(identity)


def _is_new(environment: Environment, identity: str | None) -> bool:
    """Tell a cluster that was made since the last run: it knows nothing of what the state says is there."""
    return identity is not None and environment.folder.seen_cluster not in (None, identity)


def _engine_or_reason(report: Report) -> Engine | ComponentUnavailable:
    try:
        return _engine(report)
    except ComponentUnavailable as missing:
        report("not to be had: what would be there is only planned")
        return missing


def _engine(report: Report) -> Engine:
    engine = find_engine(report)
    for note in engine.notes:
        report(note)
    plugin = find_kubernetes_plugin(version("pulumi-kubernetes"))
    report(f"{engine.version} from {engine.origin}; provider {plugin or 'by the engine'}")
    return engine


def _plan_instead(stack: str, context: str | None, missing: ComponentUnavailable) -> int:
    show_plan(stack, context)
    reasons = "; ".join((*missing.tried, missing.remedy))
    console().print(f"Nothing was applied: {missing.component} is not available ({reasons})", soft_wrap=True)
    return PLANNED_ONLY


def _summary(result: RunResult) -> str:
    if result.is_unchanged:
        return f"Nothing changed: {result.changes.get('same', 0)} resources are as they should be."
    changed = ", ".join(f"{count} {operation}" for operation, count in sorted(result.changes.items()))
    return f"Done: {changed}. State is in {STATE.name}/."


class _Narrator:
    """Turns the engine's events into one line of progress every few resources."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._done: Counter[str] = Counter()

    def __call__(self, event: Any) -> None:
        finished = event.res_outputs_event
        if finished:
            operation = str(getattr(finished.metadata.op, "value", finished.metadata.op))
            self._done[operation] += 1
            is_release = "helm" in finished.metadata.type and operation != "same"
            if is_release or sum(self._done.values()) % 25 == 0:
                counts = ", ".join(f"{count} {operation}" for operation, count in self._done.items())
                self._report(f"{counts} ({finished.metadata.urn.rpartition('::')[2]})")
