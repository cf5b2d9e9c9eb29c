"""`kbis test`: a ready predicate for `git bisect run`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperCommand

from kbis.cli.context import AcceptOption, CleanOption, ParallelOption, context_of
from kbis.cli.output import note, say, write
from kbis.errors import InfraError, KbisError

if TYPE_CHECKING:
    from kbis.bisect.account import Word
    from kbis.log.kinds import Boot, Build

BAD, UNTESTABLE, ABORT = 1, 125, 200
"""git-bisect(1), "Bisect run": anything from 128 on stops the bisection, so that no failure of the lab is a verdict. A
failure's own code is added to 200, beyond those that a shell gives for signals."""

DEFECT = 55

_MARKS: dict[Word, str] = {
    "hit": "X",
    "miss": ".",
    "related": "o",
    "other": "o",
    "unbooted": "-",
    "lost": "?",
}


class Predicate(TyperCommand):
    """A command whose every failure exits with 200 or more: to git, 1 to 127 would say that the revision is bad."""

    def make_context(self, *args: Any, **kwargs: Any) -> Any:
        """Read the arguments."""
        try:
            return super().make_context(*args, **kwargs)
        except typer.Exit:
            raise
        except Exception as why:
            # An error of usage; which of click's classes it is depends on the version of typer.
            code = getattr(why, "exit_code", 2)
            why.exit_code = ABORT + code  # type: ignore[attr-defined]
            raise

    def invoke(self, ctx: Any) -> Any:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except (typer.Exit, typer.Abort):
            raise
        except (KbisError, OSError) as why:
            error = why if isinstance(why, KbisError) else InfraError(f"The system refused it: {why}.")
            error.exit_code += ABORT
            raise error from why
        except Exception as bug:
            failed = KbisError(f"A defect of kbis: {type(bug).__name__}: {bug}", "Please report it.")
            failed.exit_code = ABORT + DEFECT
            raise failed from bug


def predicate(
    ctx: typer.Context,
    revision: Annotated[str, typer.Argument(metavar="REV", help="What to test.")] = "HEAD",
    recipe: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The recipe. [default: kbis.toml]")
    ] = None,
    reproducer: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The reproducer, in place of the recipe's.")
    ] = None,
    bisection: Annotated[
        str | None,
        typer.Option(
            "--bisection",
            "-b",
            metavar="ID",
            help="Take recipe and reproducer as this bisection recorded them.",
        ),
    ] = None,
    boots: Annotated[
        int, typer.Option(metavar="N", min=1, max=1000, help="Boots that must pass before it is good.")
    ] = 10,
    target: Annotated[
        str | None,
        typer.Option(metavar="TITLE", help="The crash that makes it bad. [default: any crash or hang]"),
    ] = None,
    parallel_boots: ParallelOption = None,
    clean_builds: CleanOption = False,
    accept: AcceptOption = False,
) -> None:
    """Build and boot one revision, for git bisect run.

    Nothing is recorded. Exits with 0 when it is good, 1 when it is bad, 125 when it cannot be tested, and with 200 or
    more when the lab failed, so that git stops.
    """
    from kbis.run.testing import Request, answer
    from kbis.views.event_text import not_built
    from kbis.views.plain import printable, seconds, short

    def built(build: Build) -> None:
        if build.inputs_of is not None:
            said = f", {not_built(build)}"
        elif build.outcome == "ok":
            said = f" in {seconds(build.duration_ns)}"
        else:
            said = f": {printable(build.error or '')}"
        say(f"  build {build.outcome}{said}")

    def booted(boot: Boot, word: Word) -> None:
        title = boot.title or boot.error
        write(f"  boot {_MARKS.get(word, '?')} {boot.outcome}{f': {printable(title)}' if title else ''}\n")

    request = Request(revision, recipe, reproducer, bisection, boots, target, accept)
    session = context_of(ctx).session().with_parallel_boots(parallel_boots)
    session = session.with_clean_builds(clean=clean_builds)
    found = answer(session, request, built, booted, note)
    say(f"{short(found.revision)} is {found.word}: {printable(found.reason)}.")
    match found.word:
        case "good":
            return
        case "bad":
            raise typer.Exit(BAD)
        case "untestable":
            raise typer.Exit(UNTESTABLE)


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("test", cls=Predicate)(predicate)
