"""`kbis good`, `bad`, `skip`, `alias`, `retract`: a person's word, recorded with its reason."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import typer

from kbis.cli.context import BisectionOption, ReasonOption, context_of
from kbis.cli.output import note, say

if TYPE_CHECKING:
    from kbis.bisect.fold import Bisection
    from kbis.run.session import Session

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


def alias(
    ctx: typer.Context,
    title: Annotated[
        str, typer.Argument(metavar="TITLE", help="The title of a crash, as kbis log shows it.")
    ],
    why: ReasonOption = "",
    denied: Annotated[
        bool, typer.Option("--not", help="Say that it is another bug, however alike the two look.")
    ] = False,
    bisection: Annotated[
        str | None,
        typer.Option(
            "--of",
            "--bisection",
            "-b",
            metavar="ID",
            help="First digits of the bisection's id. [default: current]",
        ),
    ] = None,
) -> None:
    """Say that crashes of a title are the target too, or that they are not.

    It holds for every boot, recorded or to come. Your word stands above the comparison; kbis retract takes it back.
    """
    from kbis.run import words
    from kbis.views.plain import printable, short

    session = context_of(ctx).session(write=True)
    before = session.bisection(bisection)
    event = words.alias(session, before, title, why, is_target=not denied)
    what = "another bug" if denied else "the target too"
    if event is None:
        say(f"Nothing to do: it stands already that {printable(title)} is {what}.")
        return
    say(f"{short(event.id)}: {printable(title)} is {what}, by your word.")
    if not words.is_seen(before, title):
        note("No boot has shown this title so far; kbis log has the titles that were seen.")
    _tell_effect(session, before)


def retract(
    ctx: typer.Context,
    events: Annotated[list[str], typer.Argument(metavar="EVENT", help="First digits of the events' ids.")],
    why: ReasonOption = "",
    bisection: BisectionOption = None,
) -> None:
    """Say that events do not count any more.

    They stay in the log, and a retraction can be retracted too. What was retracted before is left alone.
    """
    from kbis.log.kinds import Verdict
    from kbis.run import words
    from kbis.views.plain import plural, short

    session = context_of(ctx).session(write=True)
    before = session.bisection(bisection)
    done = words.retract(session, before, events, why)
    for event, by in done.before:
        note(f"{short(event.id)} was retracted before, by {short(by.id)}.")
    if done.event is None:
        say("Nothing to do: none of them counts.")
        return
    does = "does" if len(done.taken) == 1 else "do"
    undo = f"kbis retract {short(done.event.id)} undoes it"
    say(f"{short(done.event.id)}: {plural(len(done.taken), 'event')} {does} not count any more. {undo}.")
    if any(isinstance(each.data, Verdict) for each in done.taken):
        note(
            "A verdict follows from boots: while they stand, so does it. Retract the boots it stands on, or overrule "
            "it with kbis good, bad or skip."
        )
    _tell_effect(session, before)


def _speak(
    ctx: typer.Context, revision: str, verdict: Literal["good", "bad", "skip"], why: str, wanted: str | None
) -> None:
    from kbis.run import words
    from kbis.views.plain import short

    session = context_of(ctx).session(write=True)
    before = session.bisection(wanted)
    event = words.override(session, before, revision, verdict, why)
    said = "cannot be tested" if verdict == "skip" else f"is {verdict}"
    say(f"{short(event.id)}: {short(event.object)} {said}, by your word.")
    _tell_effect(session, before)


def _tell_effect(session: Session, before: Bisection) -> None:
    """Say which verdicts are other ones now."""
    from kbis.bisect.policy import UnknownPolicyError, policy_named
    from kbis.views.effect import changed_verdicts
    from kbis.views.plain import short

    try:
        policy = policy_named(before.terms.policy)
    except UnknownPolicyError:
        return
    changed = changed_verdicts(before, session.again(before), policy)
    for revision, (was, now) in changed.items():
        say(f"  {short(revision)}  {was} -> {now}")
    note("kbis status shows what follows." if changed else f"No verdict of {policy.name} changes.")


def register(app: typer.Typer) -> None:
    """Add the commands."""
    for command in (good, bad, skip, alias, retract):
        app.command()(command)
