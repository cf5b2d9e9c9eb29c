"""What tests would say, on average over what the tests in other hands will have said by then.

With m machines at work the next test must tell something that theirs do not. Every way in which theirs may end is a
case with its own chance and its own belief; the gain of a test is the mean of its gains in all cases. So m machines get
the greedy joint information gain of a batch, and not m copies of the best test.
"""

from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from functools import cached_property

from kbis.bisect.candidates import Candidates, tested_above
from kbis.bisect.graph import Graph
from kbis.bisect.information import Answer, answer_again, answers
from kbis.bisect.posterior import Posterior
from kbis.bisect.rates import missing

MOST_BUSY = 5
"""Most revisions in other hands whose answers are foreseen: each doubles the cases."""

RARE = 1e-4
"""Cases less likely than this are left out."""


@dataclass(frozen=True)
class Foresight:
    """Foresees answers.

    Attributes:
        graph: The commits.
        candidates: The candidates.
        belief: What is believed now.
        busy: Revisions in other hands.
    """

    graph: Graph
    candidates: Candidates
    belief: Posterior
    busy: AbstractSet[bytes]

    def fresh(self, boots: int) -> tuple[list[Answer], Answer]:
        """Return what boots would say of each candidate's revision, and of one before all, where none were made."""
        first = answers(self.candidates.sums, self.belief, boots)
        if len(self.cases) == 1:
            return first
        gains, before = [0.0] * len(self.candidates), 0.0
        for weight, case in self.cases:
            each, older = answers(self.candidates.sums, case, boots)
            before += weight * older.gain
            for at, answer in enumerate(each):
                gains[at] += weight * answer.gain
        plain, older = first
        mixed = [Answer(gain, answer.missing) for gain, answer in zip(gains, plain, strict=True)]
        return mixed, Answer(before, older.missing)

    def again(self, boots: int) -> dict[bytes, Answer]:
        """Return what more boots would say of each revision that was booted."""
        found: dict[bytes, Answer] = {}
        for at, kernel in enumerate(self.belief.kernels):
            if kernel.said is None:
                gain, miss = 0.0, 0.0
                for weight, masses, case in self._weighed:
                    answer = answer_again(case, masses, at, boots)
                    gain += weight * answer.gain
                    miss += weight * answer.missing
                found |= dict.fromkeys(kernel.revisions, Answer(gain, miss))
        return found

    @cached_property
    def cases(self) -> list[tuple[float, Posterior]]:
        """Every way in which the tests in other hands may end: its chance, and what would be believed then."""
        others = [each for each in sorted(self.busy) if each in self.candidates.position][:MOST_BUSY]
        cases = [(1.0, self.belief)]
        if not others:
            return cases
        boots = max(1, round(1 / self.belief.mean_rate()))
        misses = [missing(group.rates, boots) for group in self.belief.groups]
        above = tested_above(self.graph, self.candidates, tuple(others))
        for bit in range(len(others)):
            inside = [mark >> bit & 1 for mark in above]
            cases = [after for before in cases for after in _split(*before, inside, misses)]
        return cases

    @cached_property
    def _weighed(self) -> list[tuple[float, list[float], Posterior]]:
        return [(weight, case.masses(), case) for weight, case in self.cases]


def _split(
    weight: float, case: Posterior, inside: list[int], misses: list[float]
) -> Iterator[tuple[float, Posterior]]:
    """Yield a case after a hit, and after none, of a revision that contains the candidates `inside`."""
    for hit in (True, False):
        chances = []
        for chance, group, explains in zip(case.chances, case.group_of, inside, strict=True):
            miss = misses[group] if explains else 1.0
            chances.append(chance * ((1 - miss) if hit else miss))
        older = case.older * ((1 - misses[-1]) if hit else misses[-1])
        total = older
        for chance in chances:
            total += chance
        if weight * total > RARE:
            after = replace(case, chances=tuple(each / total for each in chances), older=older / total)
            yield weight * total, after
