"""What a revision's own boots say of it, at the rate that the target shows elsewhere. No history is needed for that."""

from collections.abc import Mapping

from kbis.bisect.entropy import power
from kbis.bisect.rates import FALSE_PRIOR, RATE_PRIOR, RATES, Counts, likelihood, missing
from kbis.bisect.tally import Tally


def rates_elsewhere(tallies: Mapping[bytes, Tally], revision: bytes) -> tuple[float, ...]:
    """Return the posterior of the target's rate, over `RATES`, from the boots of all other revisions that showed it.

    Where no other did, it is the prior.
    """
    hits, misses = shown_elsewhere(tallies, revision)
    weights = [
        prior * power(p, hits) * power(1 - p, misses) for p, prior in zip(RATES, RATE_PRIOR, strict=True)
    ]
    total = 0.0
    for each in weights:
        total += each
    return tuple(each / total for each in weights)


def shown_elsewhere(tallies: Mapping[bytes, Tally], revision: bytes) -> tuple[int, int]:
    """Return the hits and the misses of all other revisions that showed the target."""
    others = [each for oid, each in tallies.items() if each.hits and oid != revision]
    return sum(each.hits for each in others), sum(each.misses for each in others)


def chance_bad(own: Tally, rates: tuple[float, ...]) -> float:
    """Return the chance that a revision has the bug, by its own boots and an even prior."""
    weighed = likelihood(Counts(own.hits, own.misses))
    there, clean = 0.0, 0.0
    for weight, chance in zip(rates, weighed.present, strict=True):
        there += weight * chance
    for weight, chance in zip(FALSE_PRIOR, weighed.absent, strict=True):
        clean += weight * chance
    return there / (there + clean)


def chance_hidden(misses: int, rates: tuple[float, ...]) -> float:
    """Return the chance that that many boots of a revision with the bug all miss."""
    return missing(rates, misses)
