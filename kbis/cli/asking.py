"""`kbis why` and `kbis what-if`: the story of one revision, and what another policy would have said."""

from typing import Annotated

import typer

from kbis.cli.context import BisectionOption, JsonOption, context_of
from kbis.cli.output import data, note, say


def why(
    ctx: typer.Context,
    revision: Annotated[str, typer.Argument(metavar="REVISION", help="The revision you ask about.")],
    bisection: BisectionOption = None,
    json: JsonOption = False,
) -> None:
    """Tell the story of one revision.

    What its boots showed, how often the target shows elsewhere, which verdict was recorded and by whom, what the
    policy says now, and which revisions were tested because of a verdict that the evidence does not bear out.
    """
    from kbis.run.judge import judge_of, subjects
    from kbis.run.words import named_revision
    from kbis.views.plain import short
    from kbis.views.why import story_of, why_json, why_lines

    session = context_of(ctx).session()
    state = session.bisection(bisection)
    policy, ground = judge_of(session, state)
    story = story_of(state, named_revision(session, state, revision), policy, ground(state))
    subject, signers = subjects(session, state), session.counted().signers
    if json:
        data(why_json(story, subject, signers))
        return
    for line in why_lines(story, subject, signers):
        say(line)
    if any(each.support == "not borne out" for each in story.said):
        name = short(story.standing.revision)
        note(
            f"Next: kbis show {name} has every boot; kbis what-if POLICY judges by another rule; "
            f"kbis good or bad {name} --why ... settles it."
        )


def what_if(
    ctx: typer.Context,
    policies: Annotated[
        list[str],
        typer.Argument(metavar="POLICY [POLICY]", help="One to compare with the bisection's own, or two."),
    ],
    bisection: BisectionOption = None,
    json: JsonOption = False,
) -> None:
    """Compare two policies on the same events, without a boot.

    Shows where their verdicts part, and what each would test next or conclude.
    """
    from kbis.bisect.what_if import what_if as compare
    from kbis.errors import UserError
    from kbis.run.judge import judge_of, subjects
    from kbis.views.what_if import what_if_json, what_if_lines

    if len(policies) > 2:
        raise UserError("Two policies are compared at a time.", "Name one or two, such as git/1 and bayes/1.")
    session = context_of(ctx).session()
    state = session.bisection(bisection)
    names = policies if len(policies) == 2 else [state.terms.policy, *policies]
    (one, ground), (other, _) = (judge_of(session, state, each) for each in names)
    found = compare(state, ground(state), one, other)
    subject = subjects(session, state)
    if json:
        data(what_if_json(found, state, subject))
    else:
        for line in what_if_lines(found, state, subject):
            say(line)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(why)
    app.command("what-if")(what_if)
