"""The command line. Every command is a few calls of `stacks.embedding`; `plan` needs no engine and no cluster.

Exit status: 0 done, 1 wrong input or a failed run, 3 planned only, because a real component is missing.
"""

import sys
from pathlib import Path
from typing import Annotated

import typer

from console.access import By, show_access, show_access_changes
from console.administration import SUBJECT_FORM, parse_subject, show_provided_objects, show_rights
from console.planning import show_plan
from stacks.problems import SettingsError
from stacks.run_errors import RunFailed
from tools.errors import ComponentUnavailable

FAILED = 1

# Commands import what they need when they run: Pulumi takes a second to load, and a typo should not wait for it.

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=__doc__)

Stack = Annotated[str, typer.Option("--stack", help="Environment: stacks/Pulumi.<stack>.yaml.")]
Context = Annotated[
    str | None, typer.Option("--context", help="A kubeconfig context to use as the environment's cluster.")
]


@app.command()
def up(stack: Stack = "local", context: Context = None) -> None:
    """Bring an environment up, and show what stands."""
    from console.bringing_up import bring_up

    raise typer.Exit(bring_up(stack, context or None))


@app.command()
def down(stack: Stack = "local", context: Context = None) -> None:
    """Remove an environment with everything in it, and the local control plane where it ran on that."""
    from console.bringing_up import take_down

    raise typer.Exit(take_down(stack, context or None))


@app.command()
def plan(
    stack: Stack = "local",
    context: Context = None,
    manifests: Annotated[Path | None, typer.Option(help="Write Kubernetes manifests and Helm values here.")] = None,
    quota: Annotated[bool, typer.Option("--quota", help="Show how each quota adds up.")] = False,
) -> None:
    """Show what an environment would consist of. Nothing is applied, and no engine is needed."""
    show_plan(stack, context or None, manifests=manifests, with_quota=quota)


@app.command()
def access(
    stack: Stack = "local",
    context: Context = None,
    by: Annotated[By, typer.Option(help="What the report is sorted by.")] = By.PERSON,
    who: Annotated[str | None, typer.Option(help="Only this person, group, workspace or <workspace>.<name>.")] = None,
    changes: Annotated[bool, typer.Option("--changes", help="What the file changes against what stands.")] = False,
) -> None:
    """Show who may do what, by which way. Nothing is applied; only --changes needs an engine."""
    if changes:
        show_access_changes(stack, context or None)
    else:
        show_access(stack, context or None, by, who or None)


@app.command()
def rights(
    stack: Stack = "local",
    context: Context = None,
    subject: Annotated[str, typer.Option(help=f"Who runs it: {SUBJECT_FORM}.")] = "User:airspace-deployer",
) -> None:
    """Print the smallest roles that whoever brings an environment up needs, for an administrator to apply."""
    try:
        who = parse_subject(subject)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--subject") from None
    typer.echo(show_rights(stack, context or None, who), nl=False)


@app.command()
def cluster_objects(stack: Stack = "local", context: Context = None) -> None:
    """Print what an administrator makes where the stack file says `provided`: nothing where it says `managed`."""
    typer.echo(show_provided_objects(stack, context or None), nl=False)


@app.command()
def unlock(stack: Stack = "local", context: Context = None) -> None:
    """Release the lock that a killed run has left on an environment."""
    from stacks.embedding import Environment
    from tools.engine import find_engine

    Environment.open(stack, context=context or None, command=find_engine().command).cancel()
    print(f"{stack}: no run holds a lock any more.")


def main() -> int:
    """Run the command line; errors that a user can mend come without a traceback."""
    try:
        app()
    except (SettingsError, ComponentUnavailable, RunFailed) as error:
        print(error, file=sys.stderr)
        return FAILED
    return 0
