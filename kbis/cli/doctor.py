"""`kbis doctor`: what this machine can do, and what it lacks."""

import typer

from kbis.cli.context import JsonOption, context_of
from kbis.cli.output import data, note, say


def doctor(ctx: typer.Context, json: JsonOption = False) -> None:
    """Check what this machine can do and what it lacks.

    The tools, acceleration (by booting), disk, key and repository are looked at. Exits with 3 when something
    is missing that a bisection needs.
    """
    from kbis.run.examination import examine, next_command
    from kbis.views.plain import printable

    findings = examine(context_of(ctx).directory)
    following = next_command(context_of(ctx).directory, findings)
    if json:
        found = [
            {
                "subject": f.subject,
                "ok": f.ok,
                "required": f.required,
                "sentence": f.sentence,
                "hint": f.hint,
            }
            for f in findings
        ]
        data({"findings": found, "next": following})
    else:
        for each in findings:
            mark = "ok  " if each.ok else "MISS" if each.required else "note"
            say(f"{mark}  {each.subject:<10}  {printable(each.sentence)}")
            if each.hint:
                say(f"                  {printable(each.hint)}")
        note(following)
    if not all(each.ok or not each.required for each in findings):
        raise typer.Exit(3)


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(doctor)
