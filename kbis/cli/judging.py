"""`kbis replay`: judge recorded facts again."""

from typing import Annotated, Any

import typer

from kbis.cli.context import BisectionOption, JsonOption, context_of
from kbis.cli.output import data, say


def replay(
    ctx: typer.Context,
    bisection: BisectionOption = None,
    policy: Annotated[
        str | None, typer.Option(metavar="NAME", help="Judge by this policy. [default: the bisection's own]")
    ] = None,
    json: JsonOption = False,
) -> None:
    """Judge the recorded facts again, without a boot.

    Every recorded decision is derived from what its writer could know. Exits with 1 when the policy would
    have decided otherwise anywhere.
    """
    from kbis.bisect.replay import replay as derive
    from kbis.run.judge import judge_of, subjects
    from kbis.views.decision_text import decision_json
    from kbis.views.replay import replay_lines

    session = context_of(ctx).session()
    state = session.bisection(bisection)
    rule, ground = judge_of(session, state, policy)
    terrain = ground(state)
    checks = tuple(derive(state, rule, terrain))
    decision = rule.decide(state, terrain)
    if json:
        form: dict[str, Any] = {
            "policy": rule.name,
            "checks": [
                {
                    "event": each.event.id.hex(),
                    "kind": each.event.kind,
                    "object": each.event.object.hex(),
                    "said": each.said,
                    "derived": each.derived,
                    "answer": each.answer,
                    "unseen": each.unseen or None,
                }
                for each in checks
            ],
            "next": decision_json(decision),
        }
        data(form)
    else:
        for line in replay_lines(rule.name, checks, decision, subjects(session, state)):
            say(line)
    if any(each.answer == "differs" for each in checks):
        raise typer.Exit(1)


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(replay)
