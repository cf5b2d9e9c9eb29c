"""`kbis good`, `bad`, `skip`, `retract`: a person's word, recorded with its reason."""

from typing import Annotated, Literal

import typer

from kbis.cli.context import BisectionOption, ReasonOption, context_of
from kbis.cli.output import say

RevisionArgument = Annotated[str, typer.Argument(metavar="REVISION", help="The revision you speak of.")]


def good(
    ctx: typer.Context, revision: RevisionArgument, why: ReasonOption = "", bisection: BisectionOption = None
) -> None:
    """Say that a revision does not have the bug.

    Your word stands above any policy's verdict; kbis retract takes it back.
    """
    _speak(ctx, revision, "good", why, bisection)


def bad(
    ctx: typer.Context, revision: RevisionArgument, why: ReasonOption = "", bisection: BisectionOption = None
) -> None:
    """Say that a revision has the bug.

    Your word stands above any policy's verdict; kbis retract takes it back.
    """
    _speak(ctx, revision, "bad", why, bisection)


def skip(
    ctx: typer.Context, revision: RevisionArgument, why: ReasonOption = "", bisection: BisectionOption = None
) -> None:
    """Say that a revision cannot be tested.

    Your word stands above any policy's verdict; kbis retract takes it back.
    """
    _speak(ctx, revision, "skip", why, bisection)


def retract(
    ctx: typer.Context,
    events: Annotated[list[str], typer.Argument(metavar="EVENT", help="First digits of the events' ids.")],
    why: ReasonOption = "",
    bisection: BisectionOption = None,
) -> None:
    """Say that events do not count any more.

    They stay in the log, and a retraction can be retracted too.
    """
    from kbis.run import words
    from kbis.views.plain import plural, short

    session = context_of(ctx).session(write=True)
    event = words.retract(session, session.bisection(bisection), events, why)
    say(f"{short(event.id)}: {plural(len(events), 'event')} retracted. kbis status shows what follows.")


def _speak(
    ctx: typer.Context, revision: str, verdict: Literal["good", "bad", "skip"], why: str, wanted: str | None
) -> None:
    from kbis.run import words
    from kbis.views.plain import short

    session = context_of(ctx).session(write=True)
    event = words.override(session, session.bisection(wanted), revision, verdict, why)
    said = "cannot be tested" if verdict == "skip" else f"is {verdict}"
    say(f"{short(event.id)}: {short(event.object)} {said}, by your word. kbis status shows what follows.")


def register(app: typer.Typer) -> None:
    """Add the commands."""
    for command in (good, bad, skip, retract):
        app.command()(command)
