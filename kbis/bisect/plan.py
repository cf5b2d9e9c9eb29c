"""The next test by expected information per expected cost. Pure.

Every revision may be tested: a new one costs a build and its boots, one that was built costs boots only. So the choice
between one more boot here and a new build there is the same comparison as that between two new revisions. Broken builds
and boots that die make their neighbours suspect, so the plan jumps away from them by information, not at random.
"""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from kbis.bisect.candidates import Candidates
from kbis.bisect.entropy import binary_entropy
from kbis.bisect.foresight import Foresight
from kbis.bisect.graph import Graph
from kbis.bisect.information import Answer
from kbis.bisect.posterior import Posterior
from kbis.bisect.prospects import Prospects, Site

ROUNDS = (0.3, 0.7, 1.5)
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
    plans = sorted({min(MOST_BOOTS, max(1, round(share / rate))) for share in ROUNDS})
    weigh = _Scale(lie, Prospects.of(lie.candidates, lie.sites), rate, busy)
    foresight = Foresight(lie.graph, lie.candidates, belief, busy)
    best: Choice | None = None
    tested = {each for kernel in belief.kernels for each in kernel.revisions}
    for boots in plans:
        for oid, answer in foresight.again(boots).items():
            best = weigh.better(best, oid, boots, answer)
    foreseen = [(boots, foresight.fresh(boots)) for boots in plans]
    for oid in lie.before:
        if oid not in tested:
            for boots, answers in foreseen:
                best = weigh.better(best, oid, boots, answers.before())
    # An answer cannot tell more of the culprit than whether the bug is there: the entropy of that bounds the gain.
    oids, there = lie.candidates.commits.oids, foresight.there()
    for at in sorted(range(len(oids)), key=lambda each: abs(there[each] - 0.5)):
        if best is not None and binary_entropy(there[at]) / (lie.build_cost + 1) * GRID + 1 < best.score:
            break
        if oids[at] not in tested:
            for boots, answers in foreseen:
                best = weigh.better(best, oids[at], boots, answers.at(at))
    return best


@dataclass(frozen=True)
class _Scale:
    lie: Lie
    prospects: Prospects
    rate: float
    busy: AbstractSet[bytes]

    def better(self, best: Choice | None, oid: bytes, boots: int, answer: Answer) -> Choice | None:
        """Return the better of the best so far and these boots."""
        if oid in self.busy or oid in self.lie.untestable or self._has_spoken(oid):
            return best
        cost = self.prospects.cost(oid, _number(boots, answer.missing), self.lie.build_cost)
        score = int(max(0.0, answer.gain) * self.prospects.success(oid) / cost * GRID)
        if best is None or (score, -self._order(oid)) > (best.score, -self._order(best.revision)):
            return Choice(oid, boots, score)
        return best

    def _order(self, oid: bytes) -> int:
        return self.lie.candidates.position.get(oid, len(self.lie.candidates))

    def _has_spoken(self, oid: bytes) -> bool:
        site = self.lie.sites.get(oid)
        return site is not None and site.telling * self.rate >= SPOKEN


def _number(boots: int, missing: float) -> float:
    """Return how many of the planned boots are made: each but the first needs all before it to miss."""
    return 1 + (boots - 1) * (1 + missing) / 2
