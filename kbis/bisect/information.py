"""What a test would tell: expected information about the first bad commit.

For a revision t and up to r boots that stop at the first hit, the gain is the entropy of the answer less what of it
remains when the culprit is known. For revisions that were never booted three sums over the ancestors of every t give it
for all at once: of the chances, of the chances that all r boots miss, and of the entropies of that. A kernel that was
booted before may be known to mask the bug, or to have another of its title; it is weighed by itself, group by group.
"""

from dataclasses import dataclass

from kbis.bisect.ancestry import Ancestry
from kbis.bisect.entropy import binary_entropy
from kbis.bisect.posterior import Posterior
from kbis.bisect.rates import FALSE_RATES, clean_again, missing, missing_again


@dataclass(frozen=True, slots=True)
class Answer:
    """What some boots would say.

    Attributes:
        gain: Bits about the culprit.
        missing: The chance that all boots miss.
    """

    gain: float
    missing: float


@dataclass(frozen=True)
class Fresh:
    """What up to some boots would say of each candidate's revision, where none were made.

    Attributes:
        there: The chance that the bug is in each, the older bug aside.
        all_miss: The chance that it is there and all boots miss.
        known: The bits that would be left in the answer if the culprit were known and the bug there.
        clean: The chance that all boots miss where the bug is not.
        older: The chance of an older bug, that of its boots all missing too, and the bits left then.
    """

    there: list[float]
    all_miss: list[float]
    known: list[float]
    clean: float
    older: tuple[float, float, float]

    def at(self, position: int) -> Answer:
        """Return the answer of one candidate's revision."""
        return self._answer(self.there[position], self.all_miss[position], self.known[position])

    def before(self) -> Answer:
        """Return the answer of a revision older than all candidates: a good end."""
        return self._answer(0.0, 0.0, 0.0)

    def _answer(self, there: float, all_miss: float, known: float) -> Answer:
        older, older_miss, older_known = self.older
        without = max(0.0, 1 - there - older)
        missing = all_miss + older_miss + without * self.clean
        left = known + older_known + without * binary_entropy(self.clean)
        return Answer(binary_entropy(missing) - left, missing)


def fresh(sums: Ancestry, belief: Posterior, boots: int) -> Fresh:
    """Return what up to `boots` boots would say where none were made."""
    misses = [missing(group.rates, boots) for group in belief.groups]
    entropies = [binary_entropy(each) for each in misses]
    pairs = list(zip(belief.chances, belief.group_of, strict=True))
    return Fresh(
        sums.ancestor_sums(belief.chances),
        sums.ancestor_sums([chance * misses[group] for chance, group in pairs]),
        sums.ancestor_sums([chance * entropies[group] for chance, group in pairs]),
        _clean(belief, boots),
        (belief.older, belief.older * misses[-1], belief.older * entropies[-1]),
    )


def answer_again(belief: Posterior, masses: list[float], kernel: int, boots: int) -> Answer:
    """Return what up to `boots` more boots of a kernel would say.

    Args:
        belief: The posterior.
        masses: What its `masses` gave.
        kernel: The kernel's place among its kernels.
        boots: Boots, at least one.
    """
    seen, counts = belief.likelihoods[kernel], belief.kernels[kernel].counts
    total, known = 0.0, 0.0
    for mass, group in zip(masses, belief.groups, strict=True):
        if mass > 0.0:
            if group.explains >> kernel & 1:
                miss = missing_again(group.rates, seen, boots)
            else:
                miss = clean_again(group.false_rates, seen, counts, boots)
            total += mass * miss
            known += mass * binary_entropy(miss)
    return Answer(binary_entropy(total) - known, total)


def _clean(belief: Posterior, boots: int) -> float:
    """Return the chance that that many boots of a revision without the bug miss, as the heaviest group has it."""
    best = max(belief.groups, key=lambda group: group.weight)
    rate = 0.0
    for weight, q in zip(best.false_rates, FALSE_RATES, strict=True):
        rate += weight * q
    result = 1.0
    for _ in range(boots):
        result *= 1 - rate
    return result
