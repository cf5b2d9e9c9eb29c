"""What `bayes/1` is to reach in every cell, checked against what it did reach; chance is allowed for."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import comb, sqrt
from typing import Literal

from tests.bench.accuracy.calibration import (
    Kind,
    chance_of_so_few_wrong,
    chance_of_so_many_wrong,
    statements,
)
from tests.bench.accuracy.cells import Cell
from tests.bench.accuracy.summary import Series
from tests.bench.accuracy.wilson import Z, wilson

OURS = "bayes/1"
RIGHT_SHARE = 0.99
FAIR_RATE, HIGH_RATE = 0.5, 0.9
BOOTS_SHARE = 1 / 5
FAMILY_ERROR = 0.05
"""Chance that any of the checks of one goal fails by bad luck alone; it is shared out over the cells."""

Answer = Literal["pass", "within error", "FAIL"]


@dataclass(frozen=True, slots=True)
class Check:
    """One goal in one cell: whether it is reached, and the figures."""

    goal: str
    ground: str
    cell: Cell
    answer: Answer
    figures: str


def checks(tested: Sequence[Series], check_ends: bool) -> Iterator[Check]:
    """Check every goal in every cell where there is something to compare.

    Args:
        tested: All trials.
        check_ends: Whether the ends were tested by all; if not, boots at the ends are left out of syzkaller's count.
    """
    places = list(dict.fromkeys((each.ground, each.cell) for each in tested))
    for ground, cell in places:
        here = {each.player: each for each in tested if (each.ground, each.cell) == (ground, cell)}
        ours = here.pop(OURS, None)
        if ours is None:
            continue
        level = FAMILY_ERROR / len(places)
        if here:
            yield _as_accurate(ours, max(here.values(), key=lambda each: each.count("right")), level)
        if cell.hits >= FAIR_RATE:
            yield _nearly_always_right(ours)
        if cell.hits >= HIGH_RATE and "syzkaller/1" in here:
            yield _a_fifth_of_the_boots(ours, here["syzkaller/1"], check_ends)
        if "robust-git-bisect" in here:
            yield _no_more_boots(ours, here["robust-git-bisect"])
        yield _calibrated(ours, "conclusions", level)
        yield _calibrated(ours, "leanings", level)


def _as_accurate(ours: Series, best: Series, level: float) -> Check:
    pairs = list(zip(ours.trials, best.trials, strict=True))
    won = sum(one.right and not other.right for one, other in pairs)
    lost = sum(other.right and not one.right for one, other in pairs)
    chance = _sign_test(lost, won)
    answer: Answer = "pass" if won >= lost else "within error" if chance >= level else "FAIL"
    figures = (
        f"right {ours.share('right'):.3f}, best peer {best.player} {best.share('right'):.3f}; "
        f"on the same dice {won} won, {lost} lost"
    )
    return Check("as accurate as the best peer", ours.ground, ours.cell, answer, figures)


def _nearly_always_right(ours: Series) -> Check:
    low, high = ours.interval("right")
    share = ours.share("right")
    answer: Answer = "pass" if share >= RIGHT_SHARE else "within error" if high >= RIGHT_SHARE else "FAIL"
    figures = f"right {share:.3f} ({low:.3f} to {high:.3f})"
    return Check("right in 99 % where p >= 0.5", ours.ground, ours.cell, answer, figures)


def _a_fifth_of_the_boots(ours: Series, syzkaller: Series, check_ends: bool) -> Check:
    theirs = [each.boots - (0 if check_ends else each.end_boots) for each in syzkaller.trials]
    mean = sum(theirs) / len(theirs)
    boots, low, high = ours.mean("boots")
    wanted = BOOTS_SHARE * mean
    answer: Answer = "pass" if boots <= wanted else "within error" if low <= wanted else "FAIL"
    counted = "boots" if check_ends else "boots beyond the ends"
    figures = f"{boots:.1f} boots ({low:.1f} to {high:.1f}), wanted {wanted:.1f}: syzkaller/1 has {mean:.1f} {counted}"
    return Check("a fifth of syzkaller's boots where p >= 0.9", ours.ground, ours.cell, answer, figures)


def _no_more_boots(ours: Series, robust: Series) -> Check:
    more = [one.boots - other.boots for one, other in zip(ours.trials, robust.trials, strict=True)]
    mean = sum(more) / len(more)
    variance = sum((each - mean) ** 2 for each in more) / max(1, len(more) - 1)
    half = Z * sqrt(variance / len(more))
    answer: Answer = "pass" if mean <= 0 else "within error" if mean - half <= 0 else "FAIL"
    figures = (
        f"{ours.mean('boots')[0]:.1f} boots, robust-git-bisect {robust.mean('boots')[0]:.1f} "
        f"(right in {robust.share('right'):.2f}); difference {mean:+.1f} ± {half:.1f}"
    )
    return Check("no more boots than robust-git-bisect", ours.ground, ours.cell, answer, figures)


def _calibrated(ours: Series, kind: Kind, level: float) -> Check:
    said = statements([ours], kind)
    goal = f"calibrated {kind}"
    if not said:
        return Check(goal, ours.ground, ours.cell, "pass", "nothing was stated")
    too_sure, too_modest = chance_of_so_many_wrong(said), chance_of_so_few_wrong(said)
    stated = sum(each.stated for each in said) / len(said)
    right = sum(each.right for each in said)
    low, high = wilson(right, len(said))
    worst = min(too_sure, too_modest)
    word = "too sure" if too_sure < too_modest else "too modest"
    answer: Answer = "pass" if worst >= level / 2 else "FAIL"
    figures = (
        f"stated {stated:.4f} on average, right {right}/{len(said)} ({low:.3f} to {high:.3f}); "
        f"chance of that if honest {worst:.2g}" + (f", {word}" if answer == "FAIL" else "")
    )
    return Check(goal, ours.ground, ours.cell, answer, figures)


def _sign_test(lost: int, won: int) -> float:
    """The chance that a fair coin shows so many losses or more among the trials where the two differ."""
    total = lost + won
    return float(sum(comb(total, each) for each in range(lost, total + 1)) / 2**total)
