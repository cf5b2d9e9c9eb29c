"""How often the target shows: the chance of what was seen, for every rate that it may have.

A boot that ran to its end is a *hit* or a *miss*. Where the bug is, it hits at an unknown rate, the same at every
revision; where it is not, a boot may still show the target's title, at an unknown rate near zero. Two things break that
rule now and then, and have a small prior each: a revision that has the bug and cannot show it, and one that has another
bug of the same title. Both rates are integrated over a grid.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import frexp, ldexp, sqrt

from kbis.bisect.entropy import power, scaled_power

_GRID = (
    0.003, 0.006, 0.010, 0.015, 0.022, 0.032, 0.045, 0.060, 0.080, 0.105, 0.135, 0.170, 0.210, 0.255, 0.305, 0.360,
    0.420, 0.480, 0.540, 0.600, 0.660, 0.720, 0.780, 0.830, 0.870, 0.905, 0.930, 0.950, 0.966, 0.978, 0.987, 0.993,
)  # fmt: skip
DETERMINISTIC = 0.9995
"""The rate of a reproducer that always works; not 1, because a lost console can hide the best of them."""

DETERMINISTIC_PRIOR = 0.55
"""Prior of such a reproducer; the rest is uniform over the rate, the Beta(1, 1) density."""

MASKED = 2e-4
"""Prior that a revision which has the bug cannot show it: something else there keeps the reproducer from working."""

NAMESAKE = 2e-4
"""Prior that a revision without the bug has another one of the same title."""

STRAY = 1e-4
"""Chance that a boot of a revision whose bug is masked shows the target all the same."""


def _shares(left: Callable[[float], float]) -> tuple[float, ...]:
    """Return the share of each rate, given the share of all above one; each point has what lies nearest to it."""
    edges = [0.0, *((low + high) / 2 for low, high in pairwise(_GRID)), 1.0]
    return tuple(left(low) - left(high) for low, high in pairwise(edges))


RATES = (*_GRID, DETERMINISTIC)
"""The rates at which a present bug may hit."""

RATE_PRIOR = (
    *((1 - DETERMINISTIC_PRIOR) * share for share in _shares(lambda p: sqrt(1 - p))),
    DETERMINISTIC_PRIOR,
)

SCEPTICAL_PRIOR = (*_shares(lambda p: (1 - p) * sqrt(1 - p)), 0.0)
"""That of somebody who does not believe in bugs that always show: a density of 3/2 (1 - p)^(1/2), Beta(1, 3/2)."""

FALSE_RATES = (1e-6, 1e-4, 1e-3, 1e-2, 5e-2)
"""The rates at which boots without the bug may show its title."""

FALSE_PRIOR = (0.90, 0.06, 0.03, 0.008, 0.002)


@dataclass(frozen=True, slots=True)
class Counts:
    """Boots of one kernel that ran to their end: `hits` showed the target, `misses` did not."""

    hits: int
    misses: int


@dataclass(frozen=True, slots=True)
class Likelihood:
    """The chance of some counts, up to one common factor.

    Attributes:
        present: If the kernel has the bug, for each of `RATES`.
        absent: If it does not, for each of `FALSE_RATES`.
        masked: The chance that the bug is masked, if it is there, for each of `RATES`.
        namesake: The chance of another bug with its title, if it is not, for each of `FALSE_RATES`.
    """

    present: tuple[float, ...]
    absent: tuple[float, ...]
    masked: tuple[float, ...]
    namesake: tuple[float, ...]


def likelihood(counts: Counts) -> Likelihood:
    """Return the chance of the counts under every rate, scaled so that the largest is about 1."""
    hits, misses = counts.hits, counts.misses
    masked = _times(MASKED, scaled_power(STRAY, hits), scaled_power(1 - STRAY, misses))
    namesake = _times(NAMESAKE, _any_rate(hits, misses))
    shown = [_times(1 - MASKED, scaled_power(p, hits), scaled_power(1 - p, misses)) for p in RATES]
    stray = [_times(1 - NAMESAKE, scaled_power(q, hits), scaled_power(1 - q, misses)) for q in FALSE_RATES]
    scale = max(exponent for _, exponent in (masked, namesake, *shown, *stray))
    hidden, other = _scaled(masked, scale), _scaled(namesake, scale)
    present = [_scaled(each, scale) + hidden for each in shown]
    absent = [_scaled(each, scale) + other for each in stray]
    return Likelihood(
        tuple(present),
        tuple(absent),
        tuple(hidden / each if each else 1.0 for each in present),
        tuple(other / each if each else 1.0 for each in absent),
    )


def missing(weights: Sequence[float], boots: int) -> float:
    """Return the chance that that many boots in a row miss where the bug is, for weights over `RATES` that sum to 1."""
    total = 0.0
    for p, weight in zip(RATES, weights, strict=True):
        total += weight * power(1 - p, boots)
    return total


def missing_again(weights: Sequence[float], seen: Likelihood, boots: int) -> float:
    """Return the same for a kernel that has the bug and was booted before."""
    total = 0.0
    for p, weight, masked in zip(RATES, weights, seen.masked, strict=True):
        total += weight * ((1 - masked) * power(1 - p, boots) + masked)
    return total


def clean_again(weights: Sequence[float], seen: Likelihood, counts: Counts, boots: int) -> float:
    """Return the chance that boots miss at a kernel without the bug that was booted before.

    Args:
        weights: Over `FALSE_RATES`, with sum 1.
        seen: What it has shown.
        counts: The same as counts.
        boots: How many boots.
    """
    other = 1.0
    for more in range(1, boots + 1):
        other *= (counts.misses + more) / (counts.hits + counts.misses + more + 1)
    total = 0.0
    for q, weight, namesake in zip(FALSE_RATES, weights, seen.namesake, strict=True):
        total += weight * ((1 - namesake) * power(1 - q, boots) + namesake * other)
    return total


_Scaled = tuple[float, int]
"""A number m * 2**e."""


def _times(x: float, *factors: _Scaled) -> _Scaled:
    mantissa, exponent = frexp(x)
    for factor, more in factors:
        mantissa, carry = frexp(mantissa * factor)
        exponent += more + carry
    return mantissa, exponent


def _scaled(x: _Scaled, scale: int) -> float:
    return ldexp(x[0], x[1] - scale)


def _any_rate(hits: int, misses: int) -> _Scaled:
    """Return the chance of the counts, in their order, at a rate about which nothing is known: B(h + 1, m + 1)."""
    result: _Scaled = frexp(1.0 / (hits + misses + 1))
    few, many = min(hits, misses), max(hits, misses)
    for i in range(1, few + 1):
        result = _times(i / (many + i), result)
    return result
