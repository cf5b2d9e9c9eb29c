"""How sure a first bad commit is when every verdict is a count of boots.

The one error weighed here is the flaky bug that did not show: a revision that has the bug was called good because
all its boots missed. The bug's rate is not known; the boots at revisions called bad tell it up to a Beta(1/2, 1/2)
prior (Jeffreys). For n misses in a row at the unknown rate p, after h hits and m misses elsewhere,
E[(1 - p)^n] = B(h + 1/2, m + n + 1/2) / B(h + 1/2, m + 1/2). The sum over the good verdicts bounds the chance that
any of them is wrong. It assumes that the bug fires at one rate everywhere and that no other bug has its title.
"""

from collections.abc import Iterable
from math import exp, lgamma

JEFFREYS = 0.5
PPM = 1_000_000


def chance_all_missed(hits: int, misses: int, boots: int) -> float:
    """Return the chance that a bug seen in `hits` of `hits + misses` boots stays unseen in `boots` more."""
    alpha, beta = hits + JEFFREYS, misses + JEFFREYS
    return exp(_log_beta(alpha, beta + boots) - _log_beta(alpha, beta))


def confidence_ppm(hits: int, misses: int, goods: Iterable[int]) -> int:
    """Return a lower bound, in parts per million, on the chance that no good verdict is a miss.

    Args:
        hits: Boots that showed the target, at revisions called bad.
        misses: Boots there that did not.
        goods: For each revision called good, how many boots it passed.
    """
    wrong = sum(chance_all_missed(hits, misses, boots) for boots in goods)
    return max(0, int(PPM * (1 - wrong)))


def _log_beta(alpha: float, beta: float) -> float:
    return lgamma(alpha) + lgamma(beta) - lgamma(alpha + beta)
