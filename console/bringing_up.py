"""Brings an environment up and takes it down on real components, phase by phase."""

from collections import Counter
from typing import Any

from console.clusters import check_clusters
from console.planning import show_plan
from console.report import console, inventory_report
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
    if isinstance(engine, ComponentUnavailable):
        return _plan_instead(stack, context, engine)
    with Progress() as progress:
        environment = Environment.open(stack, context=context, command=engine.command)
        check_clusters(environment, progress)
        is_new_cluster = False
        if any(cluster.is_local for cluster in plan.clusters.values()):
            with progress.phase("local control plane") as report:
                plane = ControlPlane()
                is_new_cluster = not plane.is_running()
                plane.ensure(report)
        with progress.phase("pulumi up") as report:
            # A control plane made anew knows nothing of what the state says is there.
            refresh = is_new_cluster and environment.exists()
            result = environment.up(on_event=_Narrator(report), refresh=refresh)
    out = console()
    out.print(inventory_report(stack, result.workspaces))
    out.print(_summary(result))
    return 0


def take_down(stack: str, context: str | None) -> int:
    """Remove an environment; return the exit status.

    Raises:
        ComponentUnavailable: The cluster is missing; nothing was deleted.
        RunFailed: Something is protected or could not be deleted.
    """
    with Progress() as progress:
        environment = Environment.open(stack, context=context)
        is_local = any(cluster.is_local for cluster in environment.plan.clusters.values())
        plane = ControlPlane()
        if WorkFolder(environment=stack).path.exists() or not is_local:
            with progress.phase("Pulumi engine") as report:
                engine = _engine(report)
            environment = Environment.open(stack, context=context, command=engine.command)
            if environment.exists():
                check_clusters(environment, progress)
                if is_local:
                    with progress.phase("local control plane") as report:
                        plane.ensure(report)
                with progress.phase("pulumi destroy") as report:
                    environment.destroy(on_event=_Narrator(report))
        if is_local:
            with progress.phase("local control plane") as report:
                plane.delete(report)
    console().print(f"{stack}: nothing is left.")
    return 0


def _engine_or_reason(report: Report) -> Engine | ComponentUnavailable:
    try:
        return _engine(report)
    except ComponentUnavailable as missing:
        return missing


def _engine(report: Report) -> Engine:
    engine = find_engine(report)
    for note in engine.notes:
        report(note)
    plugin = find_kubernetes_plugin()
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
    return f"Done in {result.duration_seconds:.0f} s: {changed}. State is in {STATE.name}/."


class _Narrator:
    """Turns the engine's events into one line of progress every few resources."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._done: Counter[str] = Counter()

    def __call__(self, event: Any) -> None:
        finished = event.res_outputs_event
        if finished and finished.metadata.op != "same":
            self._done[str(getattr(finished.metadata.op, "value", finished.metadata.op))] += 1
            if "helm" in finished.metadata.type or sum(self._done.values()) % 25 == 0:
                counts = ", ".join(f"{count} {operation}" for operation, count in self._done.items())
                self._report(f"{counts} ({finished.metadata.urn.rpartition('::')[2]})")
