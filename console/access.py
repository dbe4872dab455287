"""Shows who may do what, by person or by deployment, and what a change does to it before it is applied."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from enum import StrEnum
from itertools import groupby
from typing import Any

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from components.access_args import Role, SubjectKind
from components.args import PlatformPlan
from components.rbac import role_rules
from components.roles import actions
from console.report import console
from stacks.access_report import AccessLine, access_lines, all_changes
from stacks.loader import open_stack
from stacks.notices import access_notices
from stacks.plan import plan_stack


class By(StrEnum):
    """What a report is sorted by."""

    PERSON = "person"
    DEPLOYMENT = "deployment"
    ROLE = "role"


def show_access(stack: str, context: str | None, by: By, who: str | None) -> None:
    """Print who may do what in an environment, from its plan alone.

    Raises:
        SettingsError: Anything is wrong with the input.
    """
    plan = plan_stack(open_stack(stack, context))
    out = console()
    if by is By.ROLE:
        out.print(roles_report(plan))
        return
    lines = [line for line in access_lines(plan) if who in (None, line.subject, line.workspace, line.place)]
    out.print(access_report(lines, by))
    shown = {(line.place, line.subject) for line in lines}
    for note in access_notices(plan):
        if (note.place, note.subject) in shown:
            out.print(f"note: {note}", soft_wrap=True)
    if not lines:
        out.print(f"{who} is nowhere in {stack}.")


def show_access_changes(stack: str, context: str | None) -> None:
    """Print what the file changes for whom, against what the last run has left; applies nothing.

    Raises:
        SettingsError: Anything is wrong with the input.
        ComponentUnavailable: There is no engine to ask.
        RunFailed: The backend cannot be reached.
    """
    from stacks.embedding import Environment
    from tools.engine import find_engine

    environment = Environment.open(stack, context=context)
    plan = environment.plan
    environment = replace(environment, command=find_engine().command)
    for line in change_lines(environment.last_outputs(), plan):
        console().print(line, soft_wrap=True)


def change_lines(outputs: Mapping[str, Any], plan: PlatformPlan) -> list[str]:
    """Write what a plan changes of access, one a line, those of the roles first; or that there is nothing."""
    return [f"access: {change}" for change in all_changes(outputs, plan)] or ["access: nobody's changes"]


def access_report(lines: Iterable[AccessLine], by: By) -> RenderableType:
    """Show one table for each person or for each workspace and deployment."""

    def heading(line: AccessLine) -> tuple[str, str]:
        return (str(line.kind), line.subject) if by is By.PERSON else ("", line.place)

    tables: list[RenderableType] = []
    for (kind, name), group in groupby(sorted(lines, key=lambda one: (heading(one), *_rest(one, by))), key=heading):
        title = f"{name} ({kind})" if kind not in ("", SubjectKind.PERSON) else name
        table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD)
        first = ("workspace", "deployment") if by is By.PERSON else ("who", "kind")
        for column in (*first, "role", "in Airflow", "way"):
            table.add_column(column, no_wrap=True)
        for line in group:
            table.add_row(*_rest(line, by), line.role, str(line.airflow_role or ""), line.way)
        tables.append(table)
    return Group(*tables)


def _rest(line: AccessLine, by: By) -> tuple[str, str]:
    return (line.workspace, line.deployment or "") if by is By.PERSON else (line.subject, str(line.kind))


def roles_report(plan: PlatformPlan) -> RenderableType:
    """Show what each role may do, with what it has from the roles below it."""
    parts: list[RenderableType] = []
    for role in Role:
        parts.append(Text(f"{role}: {plan.roles[role].airflow_role} in Airflow", style="bold"))
        parts.append(Text(f"  front door: {', '.join(sorted(actions(plan.roles, role)))}"))
        for rule in role_rules(plan.roles, role):
            names = (f"{name}.{group}".rstrip(".") for group in rule.groups for name in rule.resources)
            parts.append(Text(f"  {', '.join(rule.verbs)}: {', '.join(names)}"))
    return Group(*parts)
