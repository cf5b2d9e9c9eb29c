"""The next test by expected information per expected cost. Pure.

Every revision may be tested: a new one costs a build and its boots, one that was built costs boots only. So the choice
between one more boot here and a new build there is the same comparison as that between two new revisions. Broken builds
and boots that die make their neighbours suspect, so the plan jumps away from them by information, not at random.
"""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace

from kbis.bisect.candidates import Candidates, tested_above
from kbis.bisect.graph import Graph
from kbis.bisect.information import Answers, answers, present
from kbis.bisect.posterior import Posterior
from kbis.bisect.rates import RATES, mean_misses

ROUNDS = (0.0, 0.7, 1.5)
"""How many boots to plan at once, in units of 1 / rate; at least one."""

MOST_BOOTS = 100
"""Most boots planned at once: what is learned on the way should be used."""

NEAR = 12
"""Commits over which a broken build or a dead kernel makes its neighbours half as suspect."""

FAR = 5 * NEAR
"""Commits beyond which it says nothing."""

SPOKEN = 30.0
"""A revision has said all it can once the bug, were it there, would have shown so often by now: e^-30 is 1 in 10^13.

More boots of a kernel whose boots fit no hypothesis would look telling for ever.
"""

MOST_BUSY = 5
"""Most revisions in other hands whose answers are foreseen together: each doubles the cases."""

GRID = 1 << 30
"""Scores are rounded to 1 / GRID before they are compared."""


@dataclass(frozen=True, slots=True)
class Site:
    """What is known of testing one revision.

    Attributes:
        built: Whether a kernel is there; None where nobody tried.
        telling: Boots that said something about the target.
        cut_short: Boots that died before they could.
    """

    built: bool | None
    telling: int = 0
    cut_short: int = 0


@dataclass(frozen=True, slots=True)
class Choice:
    """A test: up to `boots` boots of a revision, stopping at the first hit; `score` is bits per cost of one boot."""

    revision: bytes
    boots: int
    score: int


@dataclass(frozen=True)
class Lie:
    """The lie of the land for one plan.

    Attributes:
        graph: The commits.
        candidates: The candidates.
        sites: What is known of testing each revision that was touched.
        untestable: Revisions that cannot be tested.
        before: The good ends, which lie before all candidates.
        build_cost: What a build costs, in boots.
    """

    graph: Graph
    candidates: Candidates
    sites: Mapping[bytes, Site]
    untestable: AbstractSet[bytes]
    before: tuple[bytes, ...]
    build_cost: float


def best_test(lie: Lie, belief: Posterior, busy: AbstractSet[bytes] = frozenset()) -> Choice | None:
    """Return the test that tells most for its cost, or None where no test is left; ties go to git's list order.

    Args:
        lie: What can be tested and what it costs.
        belief: What is believed.
        busy: Revisions in other hands: they are not chosen, and what they will say is not counted twice.
    """
    rate = mean_rate(belief)
    works, survives = _chances(lie)
    oids = lie.candidates.commits.oids
    best: Choice | None = None
    for boots in sorted({min(MOST_BOOTS, max(1, round(share / rate))) for share in ROUNDS}):
        seen = _foreseen(lie, belief, boots, busy)
        half = _foreseen_missing(lie, belief, boots)
        for at, oid in enumerate(oids):
            if oid in busy or oid in lie.untestable or _has_spoken(lie, oid, rate):
                continue
            score = _score(lie, oid, seen.gains[at], seen.missing[at], half[at], boots, works[at], survives)
            if best is None or score > best.score:
                best = Choice(oid, boots, score)
        for oid in lie.before:
            if oid in busy or oid in lie.untestable or _has_spoken(lie, oid, rate):
                continue
            score = _score(lie, oid, seen.gain_before, seen.missing_before, 1.0, boots, 1.0, survives)
            if best is None or score > best.score:
                best = Choice(oid, boots, score)
    return best


def _has_spoken(lie: Lie, oid: bytes, rate: float) -> bool:
    site = lie.sites.get(oid)
    return site is not None and site.telling * rate >= SPOKEN


def mean_rate(belief: Posterior) -> float:
    """Return the expected rate at which the target shows where it is."""
    total = 0.0
    for rate, weight in zip(RATES, belief.rates(), strict=True):
        total += rate * weight
    return total


def _score(
    lie: Lie,
    oid: bytes,
    gain: float,
    missing: float,
    half: float,
    boots: int,
    works: float,
    survives: float,
) -> int:
    """Return bits per boot's cost on the grid.

    Boots stop at the first hit; their expected number is the sum of the chances that all boots before missed, taken
    here from three points of it by Simpson's rule.
    """
    site = lie.sites.get(oid)
    number = 1.0 if boots == 1 else 1 + (boots - 1) * (1 + 4 * half + missing) / 6
    if site is None or site.built is None:
        cost = lie.build_cost + works * number / survives
        return int(gain * works / cost * GRID)
    own = (site.telling + 2 * survives) / (site.telling + site.cut_short + 2)
    return int(gain * own / number * GRID)


def _foreseen(lie: Lie, belief: Posterior, boots: int, busy: AbstractSet[bytes]) -> Answers:
    """Return the answers, on average over what the tests in other hands will say."""
    sums = lie.candidates.sums
    others = [each for each in sorted(busy) if each in lie.candidates.position][:MOST_BUSY]
    if not others:
        return answers(sums, belief, present(sums, belief), boots)
    cases = _cases(lie, belief, others)
    parts = [(weight, answers(sums, case, present(sums, case), boots)) for weight, case in cases]
    plain = answers(sums, belief, present(sums, belief), boots)
    gains = [0.0] * len(plain.gains)
    before = 0.0
    for weight, part in parts:
        before += weight * part.gain_before
        for at, gain in enumerate(part.gains):
            gains[at] += weight * gain
    return replace(plain, gains=tuple(gains), gain_before=before)


def _cases(lie: Lie, belief: Posterior, others: Sequence[bytes]) -> list[tuple[float, Posterior]]:
    """Return every way in which the tests in other hands may end, with its chance and what would be believed then."""
    rate = mean_rate(belief)
    boots = max(1, round(1 / rate))
    misses = [mean_misses(group.rates, boots) for group in belief.groups]
    above = tested_above(lie.graph, lie.candidates, tuple(others))
    cases = [(1.0, belief)]
    for bit in range(len(others)):
        split = []
        for weight, case in cases:
            for hit in (True, False):
                chances = []
                for chance, group, mark in zip(case.chances, case.group_of, above, strict=True):
                    miss = misses[group] if mark >> bit & 1 else 1.0
                    chances.append(chance * ((1 - miss) if hit else miss))
                older = case.older * ((1 - misses[-1]) if hit else misses[-1])
                total = older
                for chance in chances:
                    total += chance
                if total > 1e-6:
                    after = replace(
                        case, chances=tuple(each / total for each in chances), older=older / total
                    )
                    split.append((weight * total, after))
        cases = split
    return cases


def _foreseen_missing(lie: Lie, belief: Posterior, boots: int) -> Sequence[float]:
    """Return for each candidate's revision the chance that the first half of the boots misses."""
    if boots == 1:
        return (1.0,) * len(lie.candidates)
    sums = lie.candidates.sums
    return answers(sums, belief, present(sums, belief), max(1, boots // 2)).missing


def _chances(lie: Lie) -> tuple[list[float], float]:
    """Return for each candidate the chance that it builds and runs, and the chance that a boot says something."""
    tried = [(oid, site) for oid, site in lie.sites.items() if site.built is not None]
    fine = sum(site.telling > 0 for _, site in tried)
    dead = [oid for oid, site in tried if site.built is False or (not site.telling and site.cut_short > 1)]
    base = (fine + 8.0) / (fine + len(dead) + 8.5)
    telling = sum(site.telling for _, site in tried if site.telling)
    cut_short = sum(site.cut_short for _, site in tried if site.telling)
    survives = (telling + 4.0) / (telling + cut_short + 4.2)
    works = [base] * len(lie.candidates)
    if dead:
        position = lie.candidates.position
        good: dict[int, float] = {}
        bad: dict[int, float] = {}
        for oid, site in tried:
            at = position.get(oid)
            if at is None:
                continue
            into = bad if oid in dead else good if site.telling else None
            if into is not None:
                for near in range(max(0, at - FAR), min(len(works), at + FAR + 1)):
                    distance = (near - at) / NEAR
                    into[near] = into.get(near, 0.0) + 1 / (1 + distance * distance)
        for near, weight in bad.items():
            works[near] = (good.get(near, 0.0) + base) / (good.get(near, 0.0) + weight + 1)
    return works, survives
