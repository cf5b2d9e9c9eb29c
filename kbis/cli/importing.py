"""`kbis import`: another tool's log becomes signed events."""

from pathlib import Path
from typing import Annotated

import typer

from kbis.cli.context import context_of
from kbis.cli.output import note, say


def import_(
    ctx: typer.Context,
    log: Annotated[Path, typer.Argument(metavar="LOG", help="A bisection log of syzbot.")],
) -> None:
    """Record the facts of a bisection log of syzbot.

    Its commits need not be in this repository.
    """
    from kbis.log.kinds import Boot
    from kbis.run.importing import import_syzbot
    from kbis.views.plain import plural, short

    context = context_of(ctx)
    session = context.session(write=True)
    bisection = import_syzbot(session, context.directory / log)
    boots = sum(isinstance(each.data, Boot) for each in bisection.events)
    revisions = plural(len(bisection.evidence), "revision")
    count = plural(len(bisection.events), "event")
    say(f"Bisection {short(bisection.id)}: {revisions}, {plural(boots, 'boot')}, {count}.")
    if not any(each.data.result == "first bad commit" for each in bisection.conclusions):  # type: ignore[union-attr]
        note("The log names no first bad commit: was it cut short?")
    note("Next: kbis status, kbis log --format=syzbot, kbis replay.")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("import")(import_)
