"""Peer: robust-git-bisect, an own restatement of its algorithm: multiplicative weights on the commit graph.

Source: github.com/adamcrume/robust-binary-search at 15be5306 (robust-git-bisect/src/main.rs; robust-binary-search/src/
lib.rs, compressed_dag_flakiness_tracker.rs, flakiness_tracker.rs). Every commit has a weight; the next test is where
the weights of a commit and its ancestors come nearest to a half; an answer multiplies the weights on its side by one
plus a stiffness that falls with the flakiness seen in the answers so far; the search ends when the best commit has
0.99.

It has no notion of a revision that cannot be tested. To be fair to it, it is spared those it has found not to build,
which the original would call bad, and a kernel that does not boot is booted again; and where it would go on for ever
it is stopped after `PATIENCE` boots and its best commit taken.
"""

from collections import Counter
from math import exp, log, sqrt

from tests.bench.accuracy.ground import Ground
from tests.bench.accuracy.peer_git import MOST_TRIES
from tests.bench.accuracy.players import Accuse, Leaning, TryRevision
from tests.bench.accuracy.segments import Segments, segments_of
from tests.bench.accuracy.world import Shown

LIKELY = 0.99
"""Likelihood at which the original stops (its default `--min-likelihood`)."""

PATIENCE = 400
"""Boots after which a person stops it."""

TOLERANCE = 1e-12
"""Sums are compared up to this: they are made in another order here than there."""


def stiffness(flakiness: float) -> float:
    """How strongly an answer is believed; constants fitted by the original's tuner."""
    fitted = ((2.6, 0.37), (0.58, 0.97), (0.19, 2.4))
    return min(scale * exp(-power * log(flakiness)) for scale, power in fitted)


class Flakiness:
    """How flaky the answers are: pairs of a good answer above a bad one, against as many in random answers."""

    def __init__(self, segments: Segments) -> None:
        self._segments = segments
        self._bad: dict[int, Counter[int]] = {}
        self._all: dict[int, Counter[int]] = {}

    def report(self, commit: int, bad: bool) -> None:
        """Take an answer in."""
        segment, index = self._segments.place[commit]
        self._bad.setdefault(segment, Counter())[index] += bad
        self._all.setdefault(segment, Counter())[index] += 1

    def inversions(self) -> tuple[int, int]:
        """Return the inversions, and four times those that random answers would have.

        As in the original, what lies behind a first parent segment without answers of its own is not seen.
        """
        bads_above: dict[int, int] = {}
        all_above: dict[int, int] = {}
        inverted = chance = 0
        for segment in sorted(self._all):
            bads = total = 0
            inputs = self._segments.inputs[segment]
            if inputs:
                first = inputs[0]
                bads, total = bads_above.get(first, 0), all_above.get(first, 0)
                for each in (first, *self._segments.remainders[segment]):
                    bads += self._bad[each].total() if each in self._bad else 0
                    total += self._all[each].total() if each in self._all else 0
                bads_above[segment], all_above[segment] = bads, total
            for index in sorted(self._all[segment]):
                bad, votes = self._bad[segment][index], self._all[segment][index]
                inverted += (votes - bad) * (bads + bad)
                chance += votes * (total + votes)
                bads, total = bads + bad, total + votes
        return inverted, chance

    def estimate(self) -> float:
        """Return the estimate: 0 is deterministic, 1 is random."""
        inverted, chance = self.inversions()
        rest = 1 - (inverted + 1) / (chance / 4 + 4 / 3)
        return 1 - sqrt(max(0.0, rest))


class RobustGitBisect:
    """The search of robust-git-bisect."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self._segments = segments_of(ground.candidates.parents)
        self.weights = [1 / len(ground)] * len(ground)
        self._flakiness = Flakiness(self._segments)
        self._unbuildable: set[int] = set()
        self._again: int | None = None
        self._tries = self._boots = 0

    def move(self) -> TryRevision | Accuse:
        """Boot where the weights are halved, or stop."""
        oids = self._ground.candidates.oids
        if self._again is not None:
            return TryRevision(oids[self._again])
        sums = self._ground.ancestry.ancestor_sums(self.weights)
        best = self.best(sums)
        likelihood = self.weights[best]
        tested = self._boots > 0
        if tested and (likelihood > LIKELY or self._boots >= PATIENCE):
            return Accuse((oids[best],), likelihood)
        following = self.following(sums)
        return Accuse((oids[best],), likelihood) if following is None else TryRevision(oids[following])

    def built(self, revision: bytes, ok: bool) -> None:
        """Never choose it again, if it does not build."""
        if not ok:
            self._unbuildable.add(self._ground.position[revision])

    def booted(self, revision: bytes, shown: Shown) -> None:
        """Report the boot: any crash is bad."""
        commit = self._ground.position[revision]
        self._boots += 1
        self._tries += 1
        if shown == "boot-failed" and self._tries < MOST_TRIES:
            self._again = commit
            return
        self._again, self._tries = None, 0
        self.report(commit, shown != "ok")

    def leaning(self) -> Leaning | None:
        """Its best commit and that one's weight."""
        best = self.best(self._ground.ancestry.ancestor_sums(self.weights))
        return Leaning(self._ground.candidates.oids[best], self.weights[best])

    def report(self, commit: int, bad: bool) -> None:
        """Weigh an answer."""
        self._flakiness.report(commit, bad)
        self.weigh(commit, bad, self._flakiness.estimate())

    def weigh(self, commit: int, bad: bool, flakiness: float) -> None:
        """Multiply the weights on the answer's side."""
        factor = 1 + stiffness(flakiness)
        inside = self._ancestors(commit)
        weights = [
            weight * factor if bool(inside[at]) == bad else weight for at, weight in enumerate(self.weights)
        ]
        total = sum(weights)
        self.weights = [weight / total for weight in weights]

    def following(self, sums: list[float]) -> int | None:
        """The commit whose sum is nearest to a half, the first of equals in the order of segments."""
        found, distance = None, float("inf")
        for at in self._segments.order:
            off = abs(sums[at] - 0.5)
            if off < distance - TOLERANCE and at not in self._unbuildable:
                found, distance = at, off
        return found

    def best(self, sums: list[float]) -> int:
        """The commit whose sum is the least of those that reach a half."""
        reaching = [at for at in self._segments.order if sums[at] >= 0.5 - TOLERANCE]
        found = reaching[0]
        for at in reaching:
            if sums[at] < sums[found] - TOLERANCE:
                found = at
        return found

    def _ancestors(self, commit: int) -> bytearray:
        """Mark with 1 the commit and its ancestors."""
        marked = bytearray(len(self.weights))
        marked[commit] = 1
        pending = [commit]
        parents = self._ground.candidates.parents
        while pending:
            for parent in parents[pending.pop()]:
                if not marked[parent]:
                    marked[parent] = 1
                    pending.append(parent)
        return marked
