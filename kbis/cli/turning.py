"""`kbis step` and `kbis run`: turn the wheel."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from kbis.cli.context import BisectionOption, context_of
from kbis.cli.output import note, say, write

if TYPE_CHECKING:
    from kbis.bisect.decision import Conclusion
    from kbis.views.status import Subject

WAIT_S = (1.0, 3.0)
"""How long to wait before looking again whether others are done; drawn anew each time, so that two do not collide."""

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
    _turn(ctx, bisection, accept, steps=1)


def run(ctx: typer.Context, bisection: BisectionOption = None, accept: AcceptOption = False) -> None:
    """Test revision after revision, to the end.

    Stop it anywhere and run it again: it goes on with the boot that was in flight. Exits with 0 when the first bad
    commit was found, with 1 when the bisection ended otherwise.
    """
    _turn(ctx, bisection, accept, steps=None)


def _turn(ctx: typer.Context, wanted: str | None, accept: bool, steps: int | None) -> None:
    import random
    import time

    from kbis.bisect.decision import Conclusion, Wait
    from kbis.cli.progress import Progress
    from kbis.run.judge import judge_of, subjects
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
        while steps is None or steps > 0:
            state, decision = wheel.step(state)
            if isinstance(decision, Conclusion):
                _tell_end(decision, subject)
            if isinstance(decision, Wait):
                if steps is not None:
                    raise typer.Exit(1)
                time.sleep(random.uniform(*WAIT_S))
                continue
            steps = None if steps is None else steps - 1


def _tell_end(end: Conclusion, subject: Subject) -> NoReturn:
    from kbis.views.status import conclusion_lines

    for line in conclusion_lines(end, subject):
        say(line)
    raise typer.Exit(0 if end.result == "first bad commit" else 1)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(step)
    app.command()(run)
