"""The posterior: how likely each candidate is to be the first bad commit, given every boot.

A candidate explains a tested kernel when it is an ancestor of it, or the kernel's own commit: then the bug is there.
All candidates that explain the same kernels have the same likelihood, so the work is done on these groups, which are
about as many as the tested kernels. One more hypothesis stands beside the candidates: the bug is *older* than the good
ends, so it is everywhere.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from kbis.bisect.candidates import Candidates, tested_above
from kbis.bisect.graph import Graph
from kbis.bisect.rates import FALSE_PRIOR, FALSE_RATES, RATE_PRIOR, RATES, Counts, Likelihood, likelihood

OLDER_PRIOR = 0.01
"""Prior that a good end is bad after all."""

CONTRADICTS = 1e-9
"""Chance of a candidate that explains one of two revisions with the same kernel and not the other.

It must be small beside 1 / candidates: each of thousands of changes without effect would have it.
"""


MISJUDGED = 1e-9
"""Chance that a person's verdict is wrong: above any count of boots, and not 0, since two may contradict each other."""


_PLAIN = ((0.0,) * len(RATES), (0.0,) * len(FALSE_RATES))
"""No outliers: a person's word stands for all boots."""


@dataclass(frozen=True, slots=True)
class Kernel:
    """A tested kernel: the revisions it was made from, and what its boots said, or a person in their place."""

    revisions: tuple[bytes, ...]
    counts: Counts
    said: Literal["good", "bad"] | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """Candidates that explain the same kernels.

    Attributes:
        explains: Bit i is set where kernel i has the bug if one of these candidates is the culprit.
        weight: The likelihood of all boots, up to a factor that all groups share.
        rates: The posterior of the rate of a present bug, over `RATES`.
        false_rates: The posterior of the rate of boots that show its title without it, over `FALSE_RATES`.
    """

    explains: int
    weight: float
    rates: tuple[float, ...]
    false_rates: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Posterior:
    """What is believed.

    Attributes:
        chances: For each candidate the chance that it is the first bad commit.
        older: The chance that the bug is older than the good ends.
        kernels: What was tested.
        likelihoods: The chance of what each kernel showed.
        groups: The groups; the last one is that of the older bug.
        group_of: For each candidate its group.
    """

    chances: tuple[float, ...]
    older: float
    kernels: tuple[Kernel, ...]
    likelihoods: tuple[Likelihood, ...]
    groups: tuple[Group, ...]
    group_of: tuple[int, ...]

    def masses(self) -> list[float]:
        """The chance of each group."""
        masses = [0.0] * len(self.groups)
        for chance, group in zip(self.chances, self.group_of, strict=True):
            masses[group] += chance
        masses[-1] += self.older
        return masses

    def rates(self) -> tuple[float, ...]:
        """The rate of a present bug, over `RATES`, whoever the culprit is."""
        masses = self.masses()
        totals = [0.0] * len(RATES)
        for mass, each in zip(masses, self.groups, strict=True):
            for at, weight in enumerate(each.rates):
                totals[at] += mass * weight
        return tuple(totals)

    def mean_rate(self) -> float:
        """The expected rate at which the target shows where it is."""
        total = 0.0
        for rate, weight in zip(RATES, self.rates(), strict=True):
            total += rate * weight
        return total


def posterior(
    graph: Graph,
    candidates: Candidates,
    kernels: Sequence[Kernel],
    older_prior: float = OLDER_PRIOR,
    impossible: frozenset[bytes] = frozenset(),
    prior: Mapping[bytes, float] | None = None,
    rate_prior: Sequence[float] = RATE_PRIOR,
) -> Posterior:
    """Weigh the candidates.

    Args:
        graph: The commits, tested ones included as far as they are not ancestors of the good ends.
        candidates: The candidates, at least one.
        kernels: What was tested.
        older_prior: Prior that the bug is older than the good ends; 0 where a person vouches for them.
        impossible: Candidates that changed nothing in the kernel.
        prior: Relative prior of candidates that are not as likely as any other.
        rate_prior: Prior of the rate of a present bug, over `RATES`.
    """
    tested = tuple(each for kernel in kernels for each in kernel.revisions)
    marks = tested_above(graph, candidates, tested)
    likelihoods = [_likelihood(kernel) for kernel in kernels]
    masks = _masks(kernels)
    groups: list[Group] = []
    index: dict[int, int] = {}
    group_of = []
    for mark in marks:
        if mark not in index:
            index[mark] = len(groups)
            groups.append(_group(mark, masks, likelihoods, rate_prior))
        group_of.append(index[mark])
    groups.append(_group((1 << len(tested)) - 1, masks, likelihoods, rate_prior))
    weights = [
        0.0 if oid in impossible else groups[group].weight
        for oid, group in zip(candidates.commits.oids, group_of, strict=True)
    ]
    if prior:
        weights = [
            weight * prior.get(oid, 1.0) for oid, weight in zip(candidates.commits.oids, weights, strict=True)
        ]
    older = older_prior / (1 - older_prior) * len(weights) * groups[-1].weight
    total = older
    known = (tuple(kernels), tuple(likelihoods), tuple(groups), tuple(group_of))
    for weight in weights:
        total += weight
    if total <= 0.0:
        # Every candidate is impossible: then the claims about equal kernels are wrong, and nothing is known.
        return Posterior((1 / len(weights),) * len(weights), 0.0, *known)
    return Posterior(tuple(weight / total for weight in weights), older / total, *known)


def _likelihood(kernel: Kernel) -> Likelihood:
    match kernel.said:
        case "bad":
            return Likelihood((1.0,) * len(RATES), (MISJUDGED,) * len(FALSE_RATES), *_PLAIN)
        case "good":
            return Likelihood((MISJUDGED,) * len(RATES), (1.0,) * len(FALSE_RATES), *_PLAIN)
        case None:
            return likelihood(kernel.counts)


def _masks(kernels: Sequence[Kernel]) -> list[int]:
    """For each kernel the bits of its revisions, in the numbering of `tested_above`."""
    masks, at = [], 0
    for kernel in kernels:
        masks.append(((1 << len(kernel.revisions)) - 1) << at)
        at += len(kernel.revisions)
    return masks


def _group(
    mark: int, masks: Sequence[int], likelihoods: Sequence[Likelihood], rate_prior: Sequence[float]
) -> Group:
    present = list(rate_prior)
    absent = list(FALSE_PRIOR)
    outlier, explains = 1.0, 0
    for at, (mask, each) in enumerate(zip(masks, likelihoods, strict=True)):
        explained = mark & mask
        if explained:
            explains |= 1 << at
            present = [weight * chance for weight, chance in zip(present, each.present, strict=True)]
        else:
            absent = [weight * chance for weight, chance in zip(absent, each.absent, strict=True)]
        if explained and explained != mask:
            outlier *= CONTRADICTS
    total, false_total = 0.0, 0.0
    for weight in present:
        total += weight
    for weight in absent:
        false_total += weight
    return Group(
        explains,
        total * false_total * outlier,
        tuple(weight / (total or 1.0) for weight in present),
        tuple(weight / (false_total or 1.0) for weight in absent),
    )
