"""Is a stated probability honest? Of the things said to be 90 % likely, nine in ten should be so."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from tests.bench.accuracy.summary import Series
from tests.bench.accuracy.wilson import wilson

EDGES = (0.0, 0.05, 0.2, 0.4, 0.6, 0.8, 0.9, 0.95, 0.99, 0.999, 1.0)
"""Edges of the bins of stated probability; each bin holds its lower edge, the last one both."""

Kind = Literal["conclusions", "leanings"]
"""What was said at the end of a trial, and what was said at a checkpoint on the way."""


@dataclass(frozen=True, slots=True)
class Statement:
    """A probability that was stated, from 0 to 1, and whether the thing was so."""

    stated: float
    right: bool


@dataclass(frozen=True, slots=True)
class Bin:
    """Statements of about the same probability.

    Attributes:
        low: Lower edge.
        high: Upper edge.
        count: Statements.
        stated: Mean probability that they stated.
        right: How many were right.
    """

    low: float
    high: float
    count: int
    stated: float
    right: int

    @property
    def share(self) -> float:
        """The share that was right."""
        return self.right / self.count

    @property
    def interval(self) -> tuple[float, float]:
        """Its Wilson interval."""
        return wilson(self.right, self.count)


def statements(tested: Iterable[Series], kind: Kind) -> list[Statement]:
    """Collect what was stated: conclusions are right when the culprit is among the accused."""
    trials = [played for each in tested for played in each.trials]
    if kind == "conclusions":
        return [Statement(each.stated, each.contains) for each in trials if each.stated is not None]
    return [Statement(each.leaning, each.leaning_right) for each in trials if each.leaning is not None]


def reliability(said: Sequence[Statement]) -> list[Bin]:
    """Sort statements into bins; empty bins are left out."""
    bins = []
    for low, high in pairwise(EDGES):
        inside = [each for each in said if low <= each.stated < high or each.stated == high == EDGES[-1]]
        if inside:
            mean = sum(each.stated for each in inside) / len(inside)
            bins.append(Bin(low, high, len(inside), mean, sum(each.right for each in inside)))
    return bins


def chance_of_so_many_wrong(said: Sequence[Statement]) -> float:
    """Return the chance that honest statements are wrong as often as these or more often; small means too sure.

    The number of wrong ones is a sum of independent draws with the stated chances; its distribution is built up
    draw by draw (Poisson binomial), exactly.
    """
    wrong = sum(not each.right for each in said)
    if wrong == 0:
        return 1.0
    return max(0.0, 1.0 - sum(_counts([1 - each.stated for each in said], wrong - 1)))


def chance_of_so_few_wrong(said: Sequence[Statement]) -> float:
    """Return the chance that honest statements are wrong as seldom as these or more seldom; small means too modest."""
    wrong = sum(not each.right for each in said)
    return min(1.0, sum(_counts([1 - each.stated for each in said], wrong)))


def _counts(chances: Sequence[float], most: int) -> list[float]:
    """The chance of each number of successes from 0 to `most`."""
    counts = [1.0] + [0.0] * most
    for chance in chances:
        for at in range(most, 0, -1):
            counts[at] += (counts[at - 1] - counts[at]) * chance
        counts[0] *= 1 - chance
    return counts
