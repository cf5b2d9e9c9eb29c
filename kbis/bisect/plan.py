"""The next test by expected information per expected cost. Pure.

Every revision may be tested: a new one costs a build and its boots, one that was built costs boots only. So the choice
between one more boot here and a new build there is the same comparison as that between two new revisions. Broken builds
and boots that die make their neighbours suspect, so the plan jumps away from them by information, not at random.
"""

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from kbis.bisect.candidates import Candidates
from kbis.bisect.foresight import Foresight
from kbis.bisect.graph import Graph
from kbis.bisect.information import Answer
from kbis.bisect.posterior import Posterior
from kbis.bisect.prospects import Prospects, Site

ROUNDS = (0.0, 0.7, 1.5)
"""How many boots to plan at once, in units of 1 / rate; at least one."""

MOST_BOOTS = 100
"""Most boots planned at once: what is learned on the way should be used."""

SPOKEN = 30.0
"""A revision has said all it can once the bug, were it there, would have shown so often by now: e^-30 is 1 in 10^13.

More boots of a kernel whose boots fit no hypothesis would look telling for ever.
"""

GRID = 1 << 30
"""Scores are rounded to 1 / GRID before they are compared."""


@dataclass(frozen=True, slots=True)
class Choice:
    """Up to `boots` boots of a revision, stopping at the first hit; `score` is bits per cost of a boot, times GRID."""

    revision: bytes
    boots: int
    score: int


@dataclass(frozen=True)
class Lie:
    """The lie of the land for one plan.

    Attributes:
        graph: The commits.
        candidates: The candidates.
        sites: What is known of testing each revision that was touched.
        untestable: Revisions that cannot be tested.
        before: The good ends, which lie before all candidates, where they are in doubt.
        build_cost: What a build costs, in boots.
    """

    graph: Graph
    candidates: Candidates
    sites: Mapping[bytes, Site]
    untestable: AbstractSet[bytes]
    before: tuple[bytes, ...]
    build_cost: float


def best_test(lie: Lie, belief: Posterior, busy: AbstractSet[bytes] = frozenset()) -> Choice | None:
    """Return the test that tells most for its cost, or None where no test is left; ties go to git's list order.

    Args:
        lie: What can be tested and what it costs.
        belief: What is believed.
        busy: Revisions in other hands: they are not chosen, and what they will say is not counted twice.
    """
    rate = belief.mean_rate()
    prospects = Prospects.of(lie.candidates, lie.sites)
    foresight = Foresight(lie.graph, lie.candidates, belief, busy)
    best: Choice | None = None
    for boots in sorted({min(MOST_BOOTS, max(1, round(share / rate))) for share in ROUNDS}):
        for oid, answer in _answers(lie, foresight, boots):
            if oid in busy or oid in lie.untestable or _has_spoken(lie, oid, rate):
                continue
            cost = prospects.cost(oid, _number(boots, answer.missing), lie.build_cost)
            score = int(max(0.0, answer.gain) * prospects.success(oid) / cost * GRID)
            if best is None or score > best.score:
                best = Choice(oid, boots, score)
    return best


def _answers(lie: Lie, foresight: Foresight, boots: int) -> Iterator[tuple[bytes, Answer]]:
    fresh, before = foresight.fresh(boots)
    again = foresight.again(boots)
    for oid, answer in zip(lie.candidates.commits.oids, fresh, strict=True):
        yield oid, again.get(oid, answer)
    for oid in lie.before:
        yield oid, again.get(oid, before)
    for oid, answer in again.items():
        if oid not in lie.candidates.position and oid not in lie.before:
            yield oid, answer


def _has_spoken(lie: Lie, oid: bytes, rate: float) -> bool:
    site = lie.sites.get(oid)
    return site is not None and site.telling * rate >= SPOKEN


def _number(boots: int, missing: float) -> float:
    """Return how many of the planned boots are made: each but the first needs all before it to miss."""
    return 1 + (boots - 1) * (1 + missing) / 2
