"""What every command shares: the directory it runs in, and how it opens the repository."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kbis.cli.output import note
from kbis.config import MOST_PARALLEL_BOOTS

if TYPE_CHECKING:
    from kbis.run.session import Session


@dataclass(frozen=True)
class Context:
    """The directory that commands work in."""

    directory: Path

    def session(self, *, write: bool = False) -> Session:
        """Open the repository; slow modules are only loaded now, so that --help stays quick."""
        from kbis.run.session import open_session

        return open_session(self.directory, write=write, tell=note)


AcceptOption = Annotated[
    bool,
    typer.Option(
        "--accept-recipe", help="Agree to run the build command of a recipe that somebody else wrote."
    ),
]
BisectionOption = Annotated[
    str | None,
    typer.Option(
        "--bisection", "-b", metavar="ID", help="First digits of the bisection's id. [default: current]"
    ),
]
ParallelOption = Annotated[
    int | None,
    typer.Option(
        "--parallel-boots",
        metavar="N",
        min=1,
        max=MOST_PARALLEL_BOOTS,
        help="Boots at once, as far as memory goes. [default: kbis.parallelBoots, else as many as processors]",
    ),
]
CleanOption = Annotated[
    bool,
    typer.Option(
        "--clean-builds",
        help="Begin every build with an empty directory, and make all that was made before anew.",
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]
ReasonOption = Annotated[
    str, typer.Option("--why", "-m", metavar="REASON", help="The reason, for whoever reads the log.")
]


def context_of(ctx: typer.Context) -> Context:
    """Return the shared context of a command."""
    assert isinstance(ctx.obj, Context)  # noqa: S101 - the app's callback has set it
    return ctx.obj
