"""`kbis verify` and `kbis audit`: does what is recorded hold together?"""

from typing import Annotated

import typer

from kbis.cli.context import JsonOption, context_of
from kbis.cli.output import data, note, say
from kbis.errors import IntegrityError


def verify(
    ctx: typer.Context,
    ssh_keygen: Annotated[
        bool, typer.Option("--ssh-keygen", help="Ask the stock ssh-keygen about every signature as well.")
    ] = False,
    acknowledge: Annotated[
        bool,
        typer.Option(
            "--acknowledge", help="Take note of rollbacks found before: they are no failures from now on."
        ),
    ] = False,
    json: JsonOption = False,
) -> None:
    """Check every line of the log: form, signature, place, past, attachments; and who lacks what.

    Nothing is taken from a cache. Exits with 4 when something is found that honest use of kbis and git cannot bring
    about, with 0 when there are only warnings.
    """
    from kbis.run.setbacks import acknowledge as take_note
    from kbis.run.verification import verify_clone
    from kbis.views.plain import printable
    from kbis.views.verification import verification_json, verification_lines

    session = context_of(ctx).session()
    for each in take_note(session) if acknowledge else ():
        note(printable(each))
    found = verify_clone(session, second_opinion=ssh_keygen, tell=note)
    if json:
        data(verification_json(found))
    else:
        for line in verification_lines(found):
            say(line)
    if found.verified.troubles.failures:
        raise typer.Exit(IntegrityError.exit_code)


def audit(
    ctx: typer.Context,
    bisection: Annotated[
        str | None,
        typer.Option(
            "--bisection", "-b", metavar="ID", help="First digits of a bisection's id. [default: all of them]"
        ),
    ] = None,
    json: JsonOption = False,
) -> None:
    """Derive every recorded decision of all bisections again, from what its writer could know.

    kbis replay shows one bisection step by step; an audit names who made a decision that does not follow. Exits with
    4 when there is one. It warns of decisions that follow from their policy, and that the evidence about the target
    does not bear out, and of a person's word that boots speak against.
    """
    from kbis.run.auditing import audit as derive
    from kbis.views.audit import audit_json, audit_lines

    found = tuple(derive(context_of(ctx).session(), bisection))
    if json:
        data(audit_json(found))
    else:
        for line in audit_lines(found):
            say(line)
    if any(check.answer == "differs" for each in found for check in each.checks):
        raise typer.Exit(IntegrityError.exit_code)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(verify)
    app.command()(audit)
