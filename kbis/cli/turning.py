"""`kbis step` and `kbis run`: turn the wheel."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from kbis.cli.context import BisectionOption, context_of
from kbis.cli.output import note, say, write

if TYPE_CHECKING:
    from kbis.bisect.decision import Conclusion
    from kbis.views.status import Subject

AcceptOption = Annotated[
    bool,
    typer.Option(
        "--accept-recipe", help="Agree to run the build command of a recipe that somebody else wrote."
    ),
]


def step(ctx: typer.Context, bisection: BisectionOption = None, accept: AcceptOption = False) -> None:
    """Test one revision and record all that was seen.

    It is built, and booted until the policy has a verdict.
    """
    _turn(ctx, bisection, accept, whole=False)


def run(ctx: typer.Context, bisection: BisectionOption = None, accept: AcceptOption = False) -> None:
    """Test revision after revision, to the end.

    Stop it anywhere and run it again: it goes on with the boot that was in flight. Exits with 0 when the first bad
    commit was found, with 1 when the bisection ended otherwise.
    """
    _turn(ctx, bisection, accept, whole=True)


def _turn(ctx: typer.Context, wanted: str | None, accept: bool, whole: bool) -> None:
    from kbis.bisect.decision import Conclusion, Wait
    from kbis.cli.progress import Progress
    from kbis.run.judge import judge_of, subjects
    from kbis.run.loop import turn_to_the_end
    from kbis.run.opening import open_wheel
    from kbis.run.step import is_recorded

    session = context_of(ctx).session(write=True)
    state = session.bisection(wanted)
    subject = subjects(session, state)
    policy, ground = judge_of(session, state)
    ended = policy.decide(state, ground(state))
    if isinstance(ended, Conclusion) and is_recorded(state, ended):
        _tell_end(ended, subject)
    listener = Progress(write, subject)
    with open_wheel(session, state, listener, accept=accept, tell=note, judge=(policy, ground)) as wheel:
        if whole:
            _, end = turn_to_the_end(wheel, state)
            _tell_end(end, subject)
        _, decision = wheel.step(state)
        if isinstance(decision, Conclusion):
            _tell_end(decision, subject)
        if isinstance(decision, Wait):
            raise typer.Exit(1)


def _tell_end(end: Conclusion, subject: Subject) -> NoReturn:
    from kbis.views.status import conclusion_lines

    for line in conclusion_lines(end, subject):
        say(line)
    raise typer.Exit(0 if end.result == "first bad commit" else 1)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(step)
    app.command()(run)
