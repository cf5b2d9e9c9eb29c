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
from kbis.bisect.information import Answer, Fresh, answer_again, fresh
from kbis.bisect.posterior import Posterior
from kbis.bisect.rates import missing

MOST_BUSY = 5
"""Most revisions in other hands whose answers are foreseen: each doubles the cases."""

RARE = 1e-4
"""Cases less likely than this are left out."""


@dataclass(frozen=True)
class Foreseen:
    """Answers in every case, each with its chance."""

    cases: tuple[tuple[float, Fresh], ...]

    def at(self, position: int) -> Answer:
        """Return the answer of one candidate's revision."""
        return _mean([(weight, case.at(position)) for weight, case in self.cases])

    def before(self) -> Answer:
        """Return the answer of a revision older than all candidates."""
        return _mean([(weight, case.before()) for weight, case in self.cases])


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

    def fresh(self, boots: int) -> Foreseen:
        """Return what boots would say of revisions where none were made."""
        sums = self.candidates.sums
        return Foreseen(tuple((weight, fresh(sums, case, boots)) for weight, case in self.cases))

    def there(self) -> list[float]:
        """Return for each candidate's revision the chance that the bug is in it."""
        return [self.belief.older + each for each in self.candidates.sums.ancestor_sums(self.belief.chances)]

    def again(self, boots: int) -> dict[bytes, Answer]:
        """Return what more boots would say of each revision that was booted."""
        found: dict[bytes, Answer] = {}
        for at, kernel in enumerate(self.belief.kernels):
            if kernel.said is None:
                answer = _mean(
                    [(w, answer_again(case, masses, at, boots)) for w, masses, case in self._weighed]
                )
                found |= dict.fromkeys(kernel.revisions, answer)
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


def _mean(answers: list[tuple[float, Answer]]) -> Answer:
    gain, missing_all, total = 0.0, 0.0, 0.0
    for weight, answer in answers:
        gain += weight * answer.gain
        missing_all += weight * answer.missing
        total += weight
    return Answer(gain / total, missing_all / total)


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
