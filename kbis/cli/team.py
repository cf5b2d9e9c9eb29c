"""`kbis push`, `pull`, `sync`, `init`: sharing the log with others through a git remote."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from kbis.cli.context import JsonOption, context_of
from kbis.cli.output import data, note, say

if TYPE_CHECKING:
    from kbis.run.sync import Team

RemoteArgument = Annotated[
    str | None,
    typer.Argument(
        metavar="REMOTE",
        help="A remote's name, a URL or a path. [default: the current branch's, else origin, else the only one]",
        show_default=False,
    ),
]


def push(ctx: typer.Context, remote: RemoteArgument = None, json: JsonOption = False) -> None:
    """Send the log to a git remote.

    Never forced: what others sent meanwhile is fetched and united first.
    """
    team = _team(ctx, remote)
    team.push()
    _tell(team, json)


def pull(ctx: typer.Context, remote: RemoteArgument = None, json: JsonOption = False) -> None:
    """Take in what others have recorded, from a git remote.

    Nothing that is here can be lost by it, whatever the remote has.
    """
    team = _team(ctx, remote)
    team.pull()
    _tell(team, json)


def sync(ctx: typer.Context, remote: RemoteArgument = None, json: JsonOption = False) -> None:
    """Pull, then push.

    When there is nothing new on either side, nothing is written anywhere.
    """
    from kbis.errors import KbisError

    team = _team(ctx, remote)
    team.pull()
    try:
        team.push()
    except KbisError:
        # What came is here all the same.
        _tell(team, json)
        raise
    _tell(team, json)


def init(
    ctx: typer.Context,
    remote: RemoteArgument = None,
    undo: Annotated[
        bool,
        typer.Option(
            "--undo",
            help="Remove what kbis init has set, and nothing else; with REMOTE, only what is for it.",
        ),
    ] = False,
    json: JsonOption = False,
) -> None:
    """Prepare this clone for a team, so that plain git works with the log too.

    Plain git fetch then brings the notes along, and git notes merge keeps both sides' lines. It can be undone.
    """
    from kbis.run.team_setup import set_up, undo_setup

    context = context_of(ctx)
    session = context.session()
    done = undo_setup(session, remote) if undo else set_up(session, remote, context.directory)
    for each in done.warnings:
        note(each)
    if json:
        data(
            {
                "removed" if undo else "set": [
                    {"name": name, "value": value} for name, value in done.settings
                ],
                "warnings": list(done.warnings),
            }
        )
        return
    for name, value in done.settings:
        say(f"{'Removed' if undo else 'Set'} {name} = {value}")
    if not done.settings:
        nothing = "There is nothing more to set." if done.warnings else "Everything is set already."
        say("There is nothing to remove." if undo else nothing)


def _team(ctx: typer.Context, remote: str | None) -> Team:
    from kbis.run.sync import Team
    from kbis.run.sync_words import rollback_sentence

    context = context_of(ctx)
    return Team(
        context.session(),
        remote,
        context.directory,
        tell=lambda lost: note(rollback_sentence(lost)),
        interactive=sys.stdin.isatty(),
        remark=note,
    )


def _tell(team: Team, json: bool) -> None:
    from kbis.run.sync_words import traded_hints, traded_json, traded_line

    traded = team.traded()
    if json:
        data(traded_json(traded))
    else:
        say(traded_line(traded))
    for each in traded_hints(traded):
        note(each)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(push)
    app.command()(pull)
    app.command()(sync)
    app.command()(init)
