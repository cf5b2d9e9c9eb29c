"""`kbis oops`: what a console shows."""

import mmap
import sys
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer

from kbis.cli.context import JsonOption, context_of
from kbis.cli.output import data, note, say
from kbis.errors import UserError


def oops(
    ctx: typer.Context,
    file: Annotated[
        Path | None, typer.Argument(metavar="FILE", help="A console log; - is standard input. [default: -]")
    ] = None,
    json: JsonOption = False,
    jsonl: Annotated[
        bool,
        typer.Option("--jsonl", help='Read lines {"id", "log"}, and write a line with the answer for each.'),
    ] = False,
) -> None:
    """Say what a kernel's console shows: the crash, its type and its stack.

    Exits with 1 when it shows no crash.
    """
    from kbis import oops as reading
    from kbis.views.plain import printable

    console = _content(None if file is None or str(file) == "-" else context_of(ctx).directory / file)
    if console[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise UserError(
            "The console is in UTF-16, as Windows programs write it; kernels write bytes.",
            "Convert it: iconv -f UTF-16 -t UTF-8 FILE | kbis oops",
        )
    if jsonl:
        _answer_lines(bytes(console))
        return
    crash = reading.read(console)
    if json:
        data(
            {
                "title": crash.title if crash else "",
                "alt": list(crash.alternatives) if crash else [],
                "type": crash.type if crash else "",
                "frame": crash.frame if crash else "",
                "frames": list(crash.frames) if crash else [],
                "corrupted": crash.corrupted if crash else False,
                "suppressed": crash.suppressed if crash else False,
            }
        )
    elif crash is None:
        say("No crash.")
    else:
        say(printable(crash.title))
        say(f"Type: {printable(crash.type)}")
        for name in crash.frames:
            say(f"  {printable(name)}")
        if crash.corrupted:
            say("The report is incomplete or mixed with other output.")
    if crash is None:
        raise typer.Exit(1)


def _answer_lines(lines: bytes) -> None:
    """Answer line by line; one that is no case costs no other its answer."""
    from kbis.oops.jsonl import answer

    bad: list[int] = []
    for number, line in enumerate(lines.split(b"\n"), 1):
        if line.strip():
            try:
                say(answer(line.decode(errors="surrogateescape")))
            except UserError as why:
                bad.append(number)
                note(f"Line {number}: {why}")
    if bad:
        raise UserError(
            f"{len(bad)} of the lines could not be read, the first is line {bad[0]}.",
            'Write {"id": …, "log": …} on each; the others were answered.',
        )


def _content(path: Path | None) -> "bytes | mmap.mmap":
    if path is None:
        return sys.stdin.buffer.read()
    try:
        with path.open("rb") as file:
            with suppress(ValueError, OSError):
                # Mapped, so that a console of any size takes no memory of ours; pipes and empty files cannot be.
                return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
            return file.read()
    except OSError as why:
        raise UserError(f"The console {path} cannot be read: {why.strerror}.", "Check the name.") from why


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(oops)
