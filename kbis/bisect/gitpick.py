"""The commit `git bisect` would test next, and the words it would say.

A restatement of git's bisect.c for bisections without paths and without `--first-parent`. One stage
is left out: where a good end is not an ancestor of the bad end, git may ask for their merge bases
first. That depends on the order in which answers came, not only on what they were.
"""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from math import isqrt
from typing import TypeAlias

from kbis.bisect.ancestry import ancestry
from kbis.bisect.graph import Range

PRN_MODULO = 32768
"""Git's pseudo-random numbers are below this (bisect.c)."""


@dataclass(frozen=True, slots=True)
class Pick:
    """Test this commit next.

    Attributes:
        revision: The commit.
        left: The candidates left to test after this, as git counts them.
        steps: The tests left to run after this, as git estimates them.
    """

    revision: bytes
    left: int
    steps: int


@dataclass(frozen=True, slots=True)
class FirstBad:
    """All other candidates are excluded: this is the first bad commit."""

    revision: bytes


@dataclass(frozen=True, slots=True)
class OnlySkipped:
    """No candidate is left that could be tested.

    Attributes:
        revisions: Any of these may be the first bad commit; in the order git lists them.
    """

    revisions: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class BothGoodAndBad:
    """A good commit contains the bad end, so there is nothing to look for."""

    revision: bytes


Answer: TypeAlias = Pick | FirstBad | OnlySkipped | BothGoodAndBad


def pick(candidates: Range, skipped: AbstractSet[bytes]) -> Answer:
    """Choose as `git bisect` chooses (bisect.c, `bisect_next_all`).

    Args:
        candidates: The range between the bad end and all good ends.
        skipped: Every revision skipped so far, in the range or not: once anything was skipped git
            ranks the candidates in another way.
    """
    if not candidates.oids:
        return BothGoodAndBad(candidates.bad)
    weights = ancestry(candidates).counts()
    if skipped:
        return _pick_beside_skipped(candidates, weights, skipped)
    best = _best(candidates.parents, weights)
    return _pick_or_first_bad(candidates, candidates.oids[best], weights[best])


def bisecting_line(left: int, steps: int) -> str:
    """What git prints before it checks out the picked commit."""
    revisions = "revision" if left == 1 else "revisions"
    unit = "step" if steps == 1 else "steps"
    return f"Bisecting: {left} {revisions} left to test after this (roughly {steps} {unit})"


def _pick_or_first_bad(candidates: Range, revision: bytes, weight: int) -> Pick | FirstBad:
    if revision == candidates.bad:
        return FirstBad(revision)
    total = len(candidates)
    return Pick(revision, total - weight - 1, _steps(total))


def _steps(total: int) -> int:
    """Estimate the tests left after the next one (bisect.c, `estimate_bisect_steps`)."""
    if total < 3:
        return 0
    doublings = total.bit_length() - 1
    power = 1 << doublings
    return doublings if power < 3 * (total - power) else doublings - 1


def _best(parents: Sequence[Sequence[int]], weights: Sequence[int]) -> int:
    """Find the commit that splits best when nothing is skipped (bisect.c, `do_find_bisection`).

    Git counts merges first, then fills in the others from their parent in passes over the list,
    and stops at the first commit that is near enough to halfway. A commit without parents in the
    range is known from the start and never asked.
    """
    total = len(weights)
    for c, own in enumerate(parents):
        if len(own) > 1 and _is_halfway(weights[c], total):
            return c
    known = bytearray(len(own) != 1 for own in parents)
    waiting = [c for c in range(total) if not known[c]]
    while waiting:
        still_waiting = []
        for c in waiting:
            if not known[parents[c][0]]:
                still_waiting.append(c)
                continue
            known[c] = 1
            if _is_halfway(weights[c], total):
                return c
        waiting = still_waiting
    return max(range(total), key=lambda c: min(weights[c], total - weights[c]))


def _is_halfway(weight: int, total: int) -> bool:
    """Whether a commit splits the range near enough to the middle (bisect.c, `approx_halfway`)."""
    difference = abs(2 * weight - total)
    return difference <= 1 or difference < total // 1024


def _pick_beside_skipped(
    candidates: Range, weights: Sequence[int], skipped: AbstractSet[bytes]
) -> Pick | FirstBad | OnlySkipped:
    """Choose when something was skipped (bisect.c, `best_bisection_sorted`, `managed_skipped`).

    The numbers git prints are those of the best split even where that commit was skipped and
    another one is picked.
    """
    total, oids = len(candidates), candidates.oids
    ranked = sorted(range(total), key=lambda c: (-min(weights[c], total - weights[c]), oids[c]))
    best = ranked[0]
    if oids[best] not in skipped:
        return _pick_or_first_bad(candidates, oids[best], weights[best])
    testable = [oids[c] for c in ranked if oids[c] not in skipped]
    tried = tuple(oids[c] for c in ranked if oids[c] in skipped)
    if not testable:
        return OnlySkipped(tried)
    revision = _skip_away(testable, candidates.bad)
    if revision == candidates.bad:
        return OnlySkipped((*tried, revision))
    return _pick_or_first_bad(candidates, revision, weights[best])


def _skip_away(testable: Sequence[bytes], bad: bytes) -> bytes:
    """Draw a commit away from the best split, which cannot be tested (bisect.c, `skip_away`).

    Git seeds its generator with the number of testable commits, so the draw is a function of that
    number. The product is a C int and wraps around; an index outside the list means its head. Git
    takes the square root by Newton's method in single precision, which gives the integer root for
    every number drawn.
    """
    count = len(testable)
    drawn = (count * 1103515245 + 12345 & 0xFFFFFFFF) // 65536 % PRN_MODULO
    scaled = _int32(_quotient(_int32(count * drawn), PRN_MODULO) * isqrt(drawn))
    index = _quotient(scaled, isqrt(PRN_MODULO))
    if not 0 <= index < count:
        index = 0
    if testable[index] == bad and index > 0:
        index -= 1
    return testable[index]


def _int32(number: int) -> int:
    """Wrap around as a 32-bit signed integer does."""
    return (number + 0x80000000 & 0xFFFFFFFF) - 0x80000000


def _quotient(dividend: int, divisor: int) -> int:
    """Divide by a positive number as C does, towards zero."""
    return dividend // divisor if dividend >= 0 else -(-dividend // divisor)
