"""`kbis step` and `kbis run`: turn the wheel."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from kbis.cli.context import AcceptOption, BisectionOption, CleanOption, ParallelOption, context_of
from kbis.cli.output import note, say, write

if TYPE_CHECKING:
    from kbis.bisect.decision import Conclusion
    from kbis.run.session import Session
    from kbis.run.sync import SteadyExchange
    from kbis.views.decision_text import Subject


def step(
    ctx: typer.Context,
    bisection: BisectionOption = None,
    accept: AcceptOption = False,
    parallel_boots: ParallelOption = None,
    clean_builds: CleanOption = False,
) -> None:
    """Test one revision and record all that was seen.

    It is built and booted as often as the policy wants before it decides again.
    """
    _turn(ctx, bisection, accept, parallel_boots, clean_builds, whole=False)


def run(
    ctx: typer.Context,
    bisection: BisectionOption = None,
    accept: AcceptOption = False,
    parallel_boots: ParallelOption = None,
    clean_builds: CleanOption = False,
    sync: Annotated[
        bool, typer.Option("--sync", help="Share the work: pull before each decision, push after each step.")
    ] = False,
    remote: Annotated[
        str | None,
        typer.Option(
            metavar="REMOTE",
            help="Where the others are; with it, --sync is understood. [default: as kbis sync]",
        ),
    ] = None,
) -> None:
    """Test revision after revision, to the end.

    Stop it anywhere and run it again: it goes on with the boot that was in flight. Exits with 0 when the first bad
    commit was found, with 1 when the bisection ended otherwise.
    """
    shared = sync or remote is not None
    _turn(ctx, bisection, accept, parallel_boots, clean_builds, whole=True, sync=shared, remote=remote)


def _turn(
    ctx: typer.Context,
    wanted: str | None,
    accept: bool,
    parallel_boots: int | None,
    clean_builds: bool,
    *,
    whole: bool,
    sync: bool = False,
    remote: str | None = None,
) -> None:
    from kbis.bisect.decision import Conclusion, Wait
    from kbis.cli.progress import Progress
    from kbis.run.judge import judge_of, subjects
    from kbis.run.loop import turn_once, turn_to_the_end
    from kbis.run.opening import open_wheel
    from kbis.run.step import is_recorded

    session = context_of(ctx).session(write=True).with_parallel_boots(parallel_boots)
    session = session.with_clean_builds(clean=clean_builds)
    exchange = _exchange(ctx, session, remote) if sync else None
    if exchange is not None:
        exchange()
        # However the run ends, it says what could not be sent.
        ctx.call_on_close(exchange.finish)
    state = session.bisection(wanted)
    subject = subjects(session, state)
    policy, ground = judge_of(session, state)
    ended = policy.decide(state, ground(state))
    if isinstance(ended, Conclusion) and is_recorded(state, ended):
        _tell_end(ended, subject)
    listener = Progress(write, subject, lambda: session.counted().signers)
    with open_wheel(
        session, state, listener, accept=accept, tell=note, judge=(policy, ground), exchange=exchange
    ) as wheel:
        if whole:
            _, end = turn_to_the_end(wheel, state)
            _tell_end(end, subject)
        _, decision = turn_once(wheel, state)
        if isinstance(decision, Conclusion):
            _tell_end(decision, subject)
        if isinstance(decision, Wait):
            raise typer.Exit(1)


def _exchange(ctx: typer.Context, session: Session, remote: str | None) -> SteadyExchange:
    from kbis.run.sync import SteadyExchange, Team
    from kbis.run.sync_words import rollback_sentence

    directory = context_of(ctx).directory
    team = Team(
        session,
        remote,
        directory,
        tell=lambda lost: note(rollback_sentence(lost)),
        interactive=sys.stdin.isatty(),
        remark=note,
    )
    return SteadyExchange(team, note)


def _tell_end(end: Conclusion, subject: Subject) -> NoReturn:
    from kbis.views.decision_text import conclusion_lines

    for line in conclusion_lines(end, subject):
        say(line)
    if end.result == "not confirmed":
        note("If the recipe is at fault, mend it and begin again with kbis start.")
        note(
            "kbis status names the events that verdicts stand on where two contradict; kbis retract takes one back."
        )
    raise typer.Exit(0 if end.result == "first bad commit" else 1)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(step)
    app.command()(run)
