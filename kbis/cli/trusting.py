"""`kbis trust`: whose events count."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kbis.cli.context import JsonOption, ReasonOption, context_of
from kbis.cli.output import data, note, say

if TYPE_CHECKING:
    from kbis.run.session import Session
    from kbis.run.trust_changes import Changed

trust = typer.Typer(no_args_is_help=True, help="Show and decide whose events count.", rich_markup_mode=None)

KeyArgument = Annotated[
    list[str], typer.Argument(metavar="KEY", help="A .pub file, or the line in it: ssh-ed25519 AAAA...")
]


@trust.command("list")
def listing(ctx: typer.Context, json: JsonOption = False) -> None:
    """List the allowed signers, their keys and limits, and the keys of the log that nobody here knows."""
    from kbis.run.trusting import trusting
    from kbis.views.trust import trust_json, trust_lines

    found = trusting(context_of(ctx).session())
    if json:
        data(trust_json(found))
        return
    for line in trust_lines(found):
        say(line)


@trust.command()
def add(
    ctx: typer.Context,
    key: KeyArgument,
    principal: Annotated[
        str | None,
        typer.Option("--principal", "-p", metavar="NAME", help="Whose key it is, such as a mail address."),
    ] = None,
    after: Annotated[
        str | None,
        typer.Option(
            "--valid-after", metavar="TIME", help="First time it may sign: 2026-01-31, 202601312359Z."
        ),
    ] = None,
    before: Annotated[
        str | None, typer.Option("--valid-before", metavar="TIME", help="Last time it may sign.")
    ] = None,
    file: Annotated[
        Path | None,
        typer.Option(
            "--file", metavar="FILE", help="Which allowed-signers file. [default: this clone's own]"
        ),
    ] = None,
    json: JsonOption = False,
) -> None:
    """Let events of a key count, and say what that changes."""
    from kbis.run.named_key import given_key
    from kbis.run.trust_changes import Limits
    from kbis.run.trust_changes import add as let_count
    from kbis.views.plain import printable

    context = context_of(ctx)
    session = context.session()
    public = given_key(context.directory, " ".join(key))
    target = context.directory / file if file else None
    changed = let_count(session, public, principal, Limits(after, before), target)
    verb = "does not count now, though it stands in" if changed.refusal else "counts from now on, by"
    if changed.refusal:
        note(f"{printable(changed.refusal)}.".capitalize())
    _tell(session, changed, verb, json)


@trust.command()
def revoke(
    ctx: typer.Context,
    key: Annotated[
        list[str],
        typer.Argument(
            metavar="KEY", help="A name, a fingerprint or its first digits, a .pub file, or a key."
        ),
    ],
    why: ReasonOption = "",
    json: JsonOption = False,
) -> None:
    """Let events of a key count no more, and say what that changes.

    All its events are meant, those of before as well: nobody can tell when a stolen key wrote them.
    """
    from kbis.run.named_key import called
    from kbis.run.trust_changes import revoke as forbid

    context = context_of(ctx)
    session = context.session()
    public, name = called(session.log.trust, context.directory, " ".join(key))
    _tell(session, forbid(session, public, name, why), "is revoked, by", json)


def _tell(session: Session, changed: Changed, verb: str, json: bool) -> None:
    from kbis.run.judge import subjects
    from kbis.views.effect import effect_json, effect_lines
    from kbis.views.plain import printable

    if changed.remark:
        note(printable(changed.remark))
    if json:
        form: dict[str, Any] = {
            "principal": changed.principal,
            "fingerprint": changed.key.sha256_text,
            "file": str(changed.file),
            "own": changed.own,
            "counts": not changed.refusal,
            **effect_json(changed.effect),
        }
        data(form)
        return
    whose = f"{printable(changed.principal)}'s key" if not changed.own else "Your own key"
    say(f"{whose} {changed.key.sha256_text} {verb} {printable(str(changed.file))}.")
    for line in effect_lines(changed.effect, subjects(session)):
        say(line)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(trust, name="trust")
