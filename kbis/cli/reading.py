"""`kbis status`, `log`, `show`, `list`, `switch`: what is recorded, and what follows from it."""

import time
from enum import StrEnum
from functools import partial
from typing import Annotated

import typer

from kbis.cli.context import BisectionOption, JsonOption, context_of
from kbis.cli.output import data, note, say


class LogFormat(StrEnum):
    """How `kbis log` prints."""

    TEXT = "text"
    JSON = "json"
    SYZBOT = "syzbot"
    LINES = "lines"


def status(ctx: typer.Context, bisection: BisectionOption = None, json: JsonOption = False) -> None:
    """Show where a bisection stands and what comes next."""
    from kbis.run.judge import judge_of, subjects
    from kbis.views.being_tested import claim_lines, claims_json
    from kbis.views.status import status_json, status_of, status_text

    session = context_of(ctx).session()
    state = session.bisection(bisection)
    policy, ground = judge_of(session, state)
    found = status_of(state, policy, ground(state))
    subject, signers, now_ms = (
        subjects(session, state),
        session.counted().signers,
        time.time_ns() // 1_000_000,
    )
    if json:
        data(status_json(found, subject) | {"claims": claims_json(state, signers, now_ms)})
    else:
        say(status_text(found, subject, signers))
        for line in claim_lines(state, signers, now_ms):
            say(line)
    _warn_of_ignored(ctx, session)


def log(
    ctx: typer.Context,
    bisection: BisectionOption = None,
    form: Annotated[
        LogFormat, typer.Option("--format", help="text, json, syzbot (syzbot's log), lines (as stored).")
    ] = LogFormat.TEXT,
    every: Annotated[
        bool, typer.Option("--all", help="Then show what does not count, each line with its reason.")
    ] = False,
    json: JsonOption = False,
) -> None:
    """Show the events of a bisection, oldest first.

    With --json each event is a line of its own.
    """
    from kbis.log.key_name import listed_name
    from kbis.run.telling import log_lines
    from kbis.views.ignored import ignored_lines

    session = context_of(ctx).session()
    nothing_counts = every and not session.bisections()
    state = None if nothing_counts else session.bisection(bisection)
    chosen = LogFormat.JSON if json else form
    if state is not None:
        for line in log_lines(session, state, chosen.value):
            say(line)
    if every:
        ignored = session.counted().ignored
        names = partial(listed_name, session.log.trust)
        search = state.id if state else None
        for line in ignored_lines(ignored, search, names, as_json=chosen is LogFormat.JSON):
            say(line)


def show(
    ctx: typer.Context,
    names: Annotated[
        list[str], typer.Argument(metavar="NAME", help="First digits of an event, bisection or revision.")
    ],
    bisection: BisectionOption = None,
    json: JsonOption = False,
) -> None:
    """Show events whole, with what is attached to them.

    A name is the first digits of an event's id, of a bisection's (its start event), or of a revision (all its events).
    Of each boot it is said whether it counts as evidence about the target, and why.
    """
    from kbis.run.showing import show_json, show_text

    session = context_of(ctx).session()
    if json:
        data([each for name in names for each in show_json(session, name, bisection)])
        return
    for name in names:
        for line in show_text(session, name, bisection):
            say(line)


def listing(ctx: typer.Context, json: JsonOption = False) -> None:
    """List the bisections of this repository.

    The current one is marked with a star.
    """
    from kbis.run.telling import list_json, list_lines

    session = context_of(ctx).session()
    if json:
        data(list_json(session))
    else:
        for line in list_lines(session):
            say(line)
    _warn_of_ignored(ctx, session)


def switch(
    ctx: typer.Context,
    bisection: Annotated[str, typer.Argument(metavar="ID", help="First digits of the bisection's id.")],
) -> None:
    """Choose the bisection that commands work on."""
    from kbis.views.plain import short

    session = context_of(ctx).session()
    chosen = session.bisection(bisection)
    session.make_current(chosen.id)
    say(f"The current bisection is {short(chosen.id)}.")


def _warn_of_ignored(ctx: typer.Context, session: object) -> None:
    from kbis.run.session import Session
    from kbis.run.telling import ignored_sentence

    assert isinstance(session, Session)  # noqa: S101 - the type is only imported when needed
    del ctx
    sentence = ignored_sentence(session)
    if sentence:
        note(sentence)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(status)
    app.command()(log)
    app.command()(show)
    app.command("list")(listing)
    app.command()(switch)
