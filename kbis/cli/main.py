"""The program: one app of all commands, and the one place where errors become words and exit codes.

Exit codes: 0 done; 1 the answer is no (nothing found, checks differ); 2 the request cannot be met; 3 the lab or
another tool failed; 4 recorded facts do not hold together; 70 a defect of kbis; 130 interrupted.
"""

import os
import signal
import sys
from pathlib import Path
from typing import Annotated

import typer

from kbis import __version__
from kbis.cli import (
    asking,
    demo,
    doctor,
    importing,
    judging,
    keys,
    oops,
    predicate,
    reading,
    start,
    team,
    trusting,
    turning,
    verifying,
    words,
)
from kbis.cli.context import Context
from kbis.cli.output import complain, finish, note, prepare
from kbis.config import working_directory
from kbis.errors import InfraError, KbisError

INTERRUPTED = 130

DEFECT = 70
"""EX_SOFTWARE of sysexits(3)."""

app = typer.Typer(
    name="kbis",
    help="Find the commit that broke the kernel, as a set of signed facts in git notes.",
    epilog="A bisection begins with kbis start, and kbis run carries it to its end. See kbis COMMAND --help.",
    rich_markup_mode=None,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for group in (
    start,
    turning,
    predicate,
    reading,
    words,
    judging,
    asking,
    team,
    verifying,
    importing,
    oops,
    keys,
    trusting,
    doctor,
    demo,
):
    group.register(app)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"kbis {__version__}")
        raise typer.Exit


@app.callback()
def options(
    ctx: typer.Context,
    directory: Annotated[
        Path | None, typer.Option("-C", metavar="DIRECTORY", help="Run as if started in DIRECTORY.")
    ] = None,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Find the commit that broke the kernel, as a set of signed facts in git notes."""
    del version
    ctx.obj = Context(working_directory(directory))


def _run() -> None:
    try:
        app()
    finally:
        finish()


def main() -> None:
    """Run a command and exit with its code."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)
    prepare()
    try:
        _run()
    except KbisError as error:
        complain(error)
        sys.exit(error.exit_code)
    except OSError as why:
        if os.environ.get("KBIS_DEBUG"):
            raise
        complain(InfraError(f"The system refused it: {why}.", "Check your rights, the disk and the paths."))
        sys.exit(InfraError.exit_code)
    except Exception as bug:  # the last resort, so that no user meets a traceback
        if os.environ.get("KBIS_DEBUG"):
            raise
        complain(
            KbisError(
                f"A defect of kbis: {type(bug).__name__}: {bug}",
                "What was seen is recorded. Please report it, with what KBIS_DEBUG=1 shows.",
            )
        )
        sys.exit(DEFECT)
    except SystemExit as end:
        if end.code == INTERRUPTED:
            note("\nkbis: stopped. What was seen is recorded; the same command goes on from here.")
        raise


if __name__ == "__main__":
    main()
