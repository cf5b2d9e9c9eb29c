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


def answers(sums: Ancestry, belief: Posterior, boots: int) -> tuple[list[Answer], Answer]:
    """Return what up to `boots` boots would say where none were made.

    Returns:
        For each candidate's revision, and for a revision older than all of them: a good end.
    """
    misses = [missing(group.rates, boots) for group in belief.groups]
    entropies = [binary_entropy(each) for each in misses]
    clean = _clean(belief, boots)
    doubt = binary_entropy(clean)
    pairs = list(zip(belief.chances, belief.group_of, strict=True))
    there = sums.ancestor_sums(belief.chances)
    all_miss = sums.ancestor_sums([chance * misses[group] for chance, group in pairs])
    known = sums.ancestor_sums([chance * entropies[group] for chance, group in pairs])
    older = belief.older
    older_miss, older_known = older * misses[-1], older * entropies[-1]
    found = []
    for a, m, k in zip(there, all_miss, known, strict=True):
        without = max(0.0, 1 - a - older)
        chance = m + older_miss + without * clean
        found.append(Answer(binary_entropy(chance) - k - older_known - without * doubt, chance))
    before = older_miss + (1 - older) * clean
    return found, Answer(binary_entropy(before) - older_known - (1 - older) * doubt, before)


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
