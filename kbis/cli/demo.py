"""`kbis demo`: a whole bisection of a toy kernel, really built and booted."""

from pathlib import Path
from typing import Annotated

import typer

from kbis.bisect.policy import DEFAULT_POLICY
from kbis.cli.context import context_of
from kbis.cli.output import note, say, write


def demo(
    ctx: typer.Context,
    directory: Annotated[
        Path | None,
        typer.Argument(metavar="DIRECTORY", help="Where to make the repository. [default: a temporary one]"),
    ] = None,
    seed: Annotated[
        int | None,
        typer.Option(metavar="N", min=0, help="Which history: other numbers, other culprits. [default: 1]"),
    ] = None,
    policy: Annotated[
        str, typer.Option(metavar="NAME", help="The rule that judges and plans, as for kbis start.")
    ] = DEFAULT_POLICY,
    boots: Annotated[
        int | None,
        typer.Option(metavar="N", min=1, max=1000, help="As for kbis start. [default: the policy's]"),
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Compare with the planted culprit; exit with 1 when they differ.")
    ] = False,
) -> None:
    """Bisect a toy kernel that is really built and booted.

    A history of some 250 commits is made, with a planted bug that shows in part of the boots. Run it again in
    the same directory and it goes on where it was stopped.
    """
    from kbis.cli.progress import Progress
    from kbis.demo.session import run_demo

    base = context_of(ctx).directory
    found = run_demo(
        base / directory if directory else None,
        seed,
        policy,
        boots,
        lambda subject: Progress(write, subject),
        say,
        note,
    )
    if not check:
        return
    if found.right:
        say(f"Checked: {found.planted} is the planted culprit.")
        return
    say(f"Checked: this is wrong, the planted culprit is {found.planted}.")
    raise typer.Exit(1)


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(demo)
