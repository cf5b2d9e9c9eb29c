"""Intervals: how far a share or a mean may be off by chance alone."""

from collections.abc import Sequence
from math import sqrt

Z = 1.959964
"""Two-sided 95 % of a normal distribution."""


def wilson(hits: int, trials: int, z: float = Z) -> tuple[float, float]:
    """Return the Wilson score interval of a share (E. B. Wilson 1927).

    It stays inside [0, 1] and says something sensible of 0 and of all hits, as the normal interval does not.
    """
    if not trials:
        return 0.0, 1.0
    share, weight = hits / trials, z * z / trials
    middle = (share + weight / 2) / (1 + weight)
    half = z / (1 + weight) * sqrt(share * (1 - share) / trials + weight / (4 * trials))
    return max(0.0, middle - half), min(1.0, middle + half)


def mean_interval(values: Sequence[float], z: float = Z) -> tuple[float, float, float]:
    """Return the mean of some values and its normal interval."""
    count = len(values)
    if not count:
        return 0.0, 0.0, 0.0
    mean = sum(values) / count
    variance = sum((each - mean) ** 2 for each in values) / max(1, count - 1)
    half = z * sqrt(variance / count)
    return mean, mean - half, mean + half
