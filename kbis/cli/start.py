"""`kbis start`: begin a bisection."""

from pathlib import Path
from typing import Annotated

import typer

from kbis.bisect.policy import DEFAULT_POLICY
from kbis.cli.context import context_of
from kbis.cli.output import note, say


def start(
    ctx: typer.Context,
    bad: Annotated[str, typer.Argument(metavar="BAD", help="A revision that shows the crash.")],
    goods: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="GOOD",
            help="Revisions before it that do not. [default: release tags are tried, newest first]",
        ),
    ] = None,
    recipe: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The recipe. [default: kbis.toml]")
    ] = None,
    reproducer: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The reproducer, in place of the recipe's.")
    ] = None,
    test_script: Annotated[
        Path | None,
        typer.Option(
            metavar="SCRIPT",
            help="Test with a program on this machine, with the exit codes of git bisect run, in place of a recipe.",
        ),
    ] = None,
    policy: Annotated[
        str, typer.Option(metavar="NAME", help="The rule that judges and plans.")
    ] = DEFAULT_POLICY,
    boots: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            min=1,
            max=1000,
            help="Boots a revision; with bayes/1, which decides that itself, boots of BAD that must all pass before it "
            "ends as not reproduced. [default: the policy's; bayes/1: 100]",
        ),
    ] = None,
    target: Annotated[
        str | None,
        typer.Option(metavar="TITLE", help="The crash to hunt. [default: learned at the bad end]"),
    ] = None,
    check_ends: Annotated[bool, typer.Option(help="Test both ends before the search.")] = True,
    title: Annotated[str | None, typer.Option(metavar="WORDS", help="A few words to know it by.")] = None,
) -> None:
    """Begin a bisection between bad and good revisions.

    The recipe (how to build and boot) and the reproducer are recorded with it, so that a teammate needs nothing else.
    """
    from kbis.run.starting import Wish, begin
    from kbis.views.plain import short
    from kbis.views.policy_text import boots_words, terms_words

    session = context_of(ctx).session(write=True)
    wish = Wish(
        bad, tuple(goods or ()), recipe, reproducer, policy, boots, target, check_ends, title, test_script
    )
    bisection = begin(session, wish)
    terms = bisection.terms
    verb = "are" if len(goods or []) > 1 else "is"
    good = (
        f"{', '.join(goods)} {verb} good" if goods else "the newest release without the crash is to be found"
    )
    say(f"Bisection {short(bisection.id)} begins: {bad} is bad, {good}.")
    said = [f"Policy {terms_words(terms.policy, terms.boots)}.", boots_words(terms.policy, terms.boots)]
    say(" ".join(filter(None, said)))
    note("Next: kbis run carries it to its end, kbis step tests one revision.")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(start)
