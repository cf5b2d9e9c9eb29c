"""The search of `bayes/1` between a bad end and good ends: the next test, or what can be concluded. Pure."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import cached_property
from math import ceil

from kbis.bisect.candidates import Candidates, candidates_of, tested_above
from kbis.bisect.decision import Conclusion, Decision, Test, Wait
from kbis.bisect.entropy import log2
from kbis.bisect.fold import Bisection
from kbis.bisect.graph import Graph
from kbis.bisect.inseparable import classes
from kbis.bisect.own_evidence import chance_hidden
from kbis.bisect.plan import Lie, best_test
from kbis.bisect.posterior import OLDER_PRIOR, Posterior, posterior
from kbis.bisect.rates import RATE_PRIOR, SCEPTICAL_PRIOR
from kbis.bisect.weighing import Seen, build_cost, unchanged

NEGLIGIBLE = 1 << 10
"""Least score of a test that is worth its cost: 2^-20 bits a boot (`kbis.bisect.plan.GRID` is 2^30)."""

CONVINCED = 0.95
"""Posterior of the culprit at which a sceptic is convinced, who does not believe in bugs that always show."""

CAME_AND_WENT = 1e-4
"""Chance that good boots above a bad revision are mere luck, below which the bug is said to have come and gone."""

PPM = 1_000_000


@dataclass(frozen=True)
class Search:
    """What is known between the ends.

    Attributes:
        bisection: The state.
        graph: The commits.
        goods: The good ends.
        facts: The facts, sorted.
        check: Whether the good ends may be wrong.
        sure: Posterior at which the search stops.
    """

    bisection: Bisection
    graph: Graph
    goods: tuple[bytes, ...]
    facts: Seen
    check: bool
    sure: float

    def decide(self, busy: AbstractSet[bytes]) -> Decision:
        """Return the next test or the conclusion."""
        if not len(self.candidates):
            return Conclusion(
                "not confirmed", (self.bisection.bad,), "the bad end is contained in a good one"
            )
        belief = self.belief
        if belief.older >= self.sure:
            return Conclusion(
                "already bad at the oldest",
                self.goods,
                f"the good end {self.goods[0].hex()[:12]} is bad: {self._seen_at(self.goods[0])}",
                _ppm(belief.older),
            )
        members, mass = self._heaviest()
        if mass >= self.sure:
            missing = self._unproved(members, busy) or self._unconvincing(members, busy)
            return missing if missing is not None else self._concluded(members, mass)
        choice = best_test(self._lie, belief, busy)
        if choice is None or choice.score < NEGLIGIBLE:
            waiting = [each for each in sorted(busy) if each not in self.facts.untestable]
            return Wait(tuple(waiting)) if waiting else self._given_up()
        return self._test(choice.revision, choice.boots)

    @cached_property
    def candidates(self) -> Candidates:
        """The commits that may be the first bad one."""
        return candidates_of(self.graph, self.bisection.bad, self.goods)

    @cached_property
    def belief(self) -> Posterior:
        """What is believed of them."""
        return self._believed(RATE_PRIOR)

    def _believed(self, rate_prior: Sequence[float]) -> Posterior:
        return posterior(
            self.graph,
            self.candidates,
            self.facts.kernels,
            OLDER_PRIOR if self.check else 0.0,
            unchanged(self.bisection, self.graph, self.candidates),
            rate_prior=rate_prior,
        )

    @cached_property
    def _lie(self) -> Lie:
        return Lie(
            self.graph,
            self.candidates,
            self.facts.sites,
            self.facts.untestable,
            self.goods if self.check else (),
            build_cost(self.bisection),
        )

    def _heaviest(self) -> tuple[tuple[bytes, ...], float]:
        """Return the candidates that no test can tell from each other and hold most together, likeliest first."""
        oids = self.candidates.commits.oids
        number = classes(self.candidates, self.facts.untestable)
        masses: dict[int, float] = {}
        for each, chance in zip(number, self.belief.chances, strict=True):
            masses[each] = masses.get(each, 0.0) + chance
        best = max(masses, key=lambda each: masses[each])
        members = [
            (oid, chance)
            for oid, each, chance in zip(oids, number, self.belief.chances, strict=True)
            if each == best and chance > 0.0
        ]
        return tuple(oid for oid, _ in sorted(members, key=lambda each: -each[1])), masses[best]

    def _unproved(self, members: tuple[bytes, ...], busy: AbstractSet[bytes]) -> Decision | None:
        """Return the test that is missing before the culprit may be named: of itself, or of one of its parents."""
        if len(members) > 1:
            return None
        culprit = members[0]
        rates = self.belief.rates()
        wanted = []
        if not self._hits_at(culprit):
            wanted.append(culprit)
        parents = [each for each in self.graph.parents_of(culprit) if each in self.candidates.position]
        wanted += [
            each
            for each in parents
            if chance_hidden(self._misses_without(culprit, each), rates) > 1 - self.sure
        ]
        testable = [each for each in wanted if each not in self.facts.untestable]
        free = [each for each in testable if each not in busy]
        if free:
            return self._test(free[0], 1)
        return Wait(tuple(testable)) if testable else None

    def _unconvincing(self, members: tuple[bytes, ...], busy: AbstractSet[bytes]) -> Decision | None:
        """Return the test that a sceptic would ask for before the culprit is named; None when he is convinced.

        A few boots of a flaky bug can look, by luck, like those of one that always shows; then every single miss looks
        like proof. So somebody who does not believe in such bugs must be convinced too, if less than we are.
        """
        sceptic = self._believed(SCEPTICAL_PRIOR)
        mass = 0.0
        for each in members:
            mass += sceptic.chances[self.candidates.position[each]]
        if mass >= CONVINCED:
            return None
        choice = best_test(self._lie, sceptic, busy)
        if choice is None or choice.score < NEGLIGIBLE:
            return Wait(tuple(sorted(busy))) if busy else None
        return self._test(choice.revision, choice.boots)

    def _hits_at(self, revision: bytes) -> bool:
        for kernel in self.facts.kernels:
            if revision in kernel.revisions and (kernel.counts.hits or kernel.said == "bad"):
                return True
        return False

    def _misses_without(self, culprit: bytes, parent: bytes) -> int:
        """Count the misses that speak for the parent: at revisions that contain it and not the culprit."""
        tested = tuple(each for kernel in self.facts.kernels for each in kernel.revisions)
        marks = tested_above(self.graph, self.candidates, tested)
        position = self.candidates.position
        speaking = marks[position[parent]] & ~marks[position[culprit]]
        total, at = 0, 0
        for kernel in self.facts.kernels:
            mask = ((1 << len(kernel.revisions)) - 1) << at
            at += len(kernel.revisions)
            if speaking & mask:
                total += 1000 if kernel.said == "good" else kernel.counts.misses
        return total

    def _test(self, revision: bytes, boots: int) -> Test:
        chances = sorted(self.belief.chances, reverse=True)
        left, mass = 0, 0.0
        while left < len(chances) and mass < self.sure:
            mass += chances[left]
            left += 1
        bits = sum(-each * log2(each) for each in chances if each > 0.0)
        return Test(revision, "bisect", left - 1, max(0, ceil(bits)), boots)

    def _concluded(self, members: tuple[bytes, ...], mass: float) -> Conclusion:
        torn = self._came_and_went()
        if torn is not None:
            bad, good = torn
            return Conclusion(
                "not confirmed",
                (bad, good),
                f"the bug was there at {bad.hex()[:12]}, gone at {good.hex()[:12]}, which contains it, and "
                f"came back, last about {members[0].hex()[:12]}; or one of these verdicts is wrong",
            )
        if len(members) > 1:
            return Conclusion(
                "untestable between",
                members,
                f"what lies between these {len(members)} commits cannot be tested",
                _ppm(mass),
            )
        return Conclusion(
            "first bad commit", members, f"it holds {100 * mass:.2f} % of the posterior", _ppm(mass)
        )

    def _came_and_went(self) -> tuple[bytes, bytes] | None:
        """Return a bad revision and a good one that contains it, if luck cannot explain that."""
        rates = self.belief.rates()
        goods = [
            revision
            for kernel in self.facts.kernels
            if not kernel.counts.hits
            and (kernel.said == "good" or chance_hidden(kernel.counts.misses, rates) < CAME_AND_WENT)
            for revision in kernel.revisions
            if self.graph.contains(revision)
        ]
        bads = [
            revision for kernel in self.facts.kernels if kernel.counts.hits for revision in kernel.revisions
        ]
        for good in goods:
            for bad in bads:
                if bad != good and self.graph.contains(bad) and self.graph.is_ancestor(bad, good):
                    return bad, good
        return None

    def _given_up(self) -> Conclusion:
        """Return the smallest set that holds enough, where no test is worth its cost."""
        ranked = sorted(
            zip(self.belief.chances, range(len(self.candidates)), strict=True),
            key=lambda each: (-each[0], each[1]),
        )
        members, mass = [], 0.0
        for chance, at in ranked:
            if mass >= self.sure:
                break
            members.append(self.candidates.commits.oids[at])
            mass += chance
        return Conclusion(
            "range",
            tuple(members),
            "no test that is left would tell much about the rest",
            _ppm(mass),
        )

    def _seen_at(self, revision: bytes) -> str:
        own = self.facts.tallies.get(revision)
        return own.sentence() if own else "no boots"


def _ppm(chance: float) -> int:
    return min(PPM - 1, int(chance * PPM))
