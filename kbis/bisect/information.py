"""What a test would tell: expected information about the first bad commit, per expected cost.

For a revision t and up to r boots that stop at the first hit, the gain is the entropy of the answer less what of it
remains when the culprit is known. Three sums over the ancestors of every t give it for all revisions at once:
of the chances, of the chances that all r boots miss, and of the entropies of that.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from kbis.bisect.ancestry import Ancestry
from kbis.bisect.entropy import binary_entropy
from kbis.bisect.posterior import Posterior
from kbis.bisect.rates import mean_misses


@dataclass(frozen=True, slots=True)
class Answers:
    """What up to r boots of each revision would say.

    Attributes:
        gains: Bits about the culprit, for each candidate's revision.
        missing: The chance that all boots miss there.
        gain_before: The same for a revision older than all candidates: a good end.
        missing_before: The chance that all boots miss there.
    """

    gains: tuple[float, ...]
    missing: tuple[float, ...]
    gain_before: float
    missing_before: float


def present(sums: Ancestry, belief: Posterior) -> list[float]:
    """For each candidate's revision the chance that the bug is there."""
    return [belief.older + each for each in sums.ancestor_sums(belief.chances)]


def answers(sums: Ancestry, belief: Posterior, there: Sequence[float], boots: int) -> Answers:
    """Return what up to `boots` boots of each revision would say.

    Args:
        sums: The candidates' sums.
        belief: The posterior.
        there: What `present` gave.
        boots: Boots, at least one.
    """
    misses = [mean_misses(group.rates, boots) for group in belief.groups]
    entropies = [binary_entropy(each) for each in misses]
    clean = _clean(belief, boots)
    doubt = binary_entropy(clean)
    weighed = [chance * misses[group] for chance, group in zip(belief.chances, belief.group_of, strict=True)]
    blurred = [
        chance * entropies[group] for chance, group in zip(belief.chances, belief.group_of, strict=True)
    ]
    all_miss = sums.ancestor_sums(weighed)
    known = sums.ancestor_sums(blurred)
    older, older_missing, older_known = belief.older, belief.older * misses[-1], belief.older * entropies[-1]
    gains, missing = [], []
    for a, m, k in zip(there, all_miss, known, strict=True):
        chance = m + older_missing + (1 - a) * clean
        gains.append(max(0.0, binary_entropy(chance) - k - older_known - (1 - a) * doubt))
        missing.append(chance)
    before = older_missing + (1 - older) * clean
    gain_before = max(0.0, binary_entropy(before) - older_known - (1 - older) * doubt)
    return Answers(tuple(gains), tuple(missing), gain_before, before)


def _clean(belief: Posterior, boots: int) -> float:
    """Return the chance that that many boots of a revision without the bug miss, as the best group has it."""
    best = max(belief.groups, key=lambda group: group.weight)
    result = 1.0
    for _ in range(boots):
        result *= 1 - best.false_rate
    return result
