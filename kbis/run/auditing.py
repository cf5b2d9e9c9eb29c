"""Auditing: every recorded decision of every bisection derived again and held against the evidence, and who made it."""

from collections.abc import Iterator

from kbis.bisect.doubt import doubts
from kbis.bisect.replay import replay
from kbis.errors import KbisError
from kbis.run.judge import judge_of
from kbis.run.session import Session
from kbis.views.audit import Audited


def audit(session: Session, wanted: str | None) -> Iterator[Audited]:
    """Yield what came of each bisection, or of the one whose id begins so.

    Raises:
        UserError: there is none, or more than one fits.
    """
    signers = session.counted().signers
    chosen = (session.bisection(wanted),) if wanted else session.bisections()
    for bisection in chosen:
        try:
            policy, ground = judge_of(session, bisection)
            terrain = ground(bisection)
            checks = tuple(replay(bisection, policy, terrain))
            found = tuple(doubts(bisection.with_trees(terrain.trees), terrain.graph))
        except KbisError as why:
            yield Audited(bisection, (), signers, str(why))
        else:
            yield Audited(bisection, checks, signers, doubts=found)
