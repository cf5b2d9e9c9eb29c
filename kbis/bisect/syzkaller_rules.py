"""Rules that today's syzkaller judges by, each a pure function; `kbis.bisect.policies.syzkaller1` applies them.

Source: google/syzkaller pkg/bisect/bisect.go at 1e72964b0111 (2026-08-17), restated.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Literal

RUNS = 10
"""Runs a revision; twice as many at the start commit, and everywhere once the bug is known to be flaky."""

FLAKY_BELOW = 0.5
"""A bad revision that crashed in a smaller share of its telling runs makes the bug flaky from then on."""

MIN_BAD = 2
"""Crashes that a bad revision needs at least."""

TRANSIENT = ("SYZ_FAILURE", "LOST_CONNECTION")
"""Types that say nothing, unless the start commit crashed with them."""

HANG, LOST_CONNECTION = "HANG", "LOST_CONNECTION"

MAX_TYPES = 3

_RELEASE = re.compile(r"v\d+\.\d+")
"""A release, and not one of its stable updates."""

Call = Literal["good", "bad", "skip", "abort"]
"""A verdict, or that the lab failed too often to go on."""


def call(total: int, good: int, bad: int, infra: int, flaky: bool) -> Call:
    """Judge a revision by its runs (`bisectionDecision`).

    Args:
        total: All runs.
        good: Those that ended without a crash.
        bad: Those that crashed, with whatever title.
        infra: Those that the lab lost. The rest did not boot, or crashed in a way that says nothing.
        flaky: Whether the bug is known to be flaky.
    """
    wanted_good = total * 3 // 4 if flaky else total // 2
    if bad == 0 and good >= wanted_good:
        return "good"
    if bad >= max(MIN_BAD, (total - infra) // 6) and good + bad >= total // 2:
        return "bad"
    return "abort" if infra > total - good - bad - infra else "skip"


def representative_types(types: Iterable[str]) -> tuple[str, ...]:
    """Return the types that stand for the crashes of one revision (`mostFrequentReports`).

    The most frequent ones first, until two thirds of the crashes are covered, at most three. A hang must be half of
    all, because a hang may befall any kernel; a lost connection stands only for itself.

    Args:
        types: The type of each crash, in the order of the runs.
    """
    counts = Counter(types)
    crashes = counts.total()
    taken: list[str] = []
    covered = 0
    for each, count in counts.most_common():
        alone = len(counts) == 1
        if not alone and (each == LOST_CONNECTION or (each == HANG and 2 * count < crashes)):
            continue
        if covered < (crashes + 2) * 2 // 3 and len(taken) < MAX_TYPES:
            taken.append(each)
            covered += count
    return tuple(taken)


def picked_releases(tags: Sequence[str]) -> tuple[str, ...]:
    """Return the release tags that are worth testing, in the same order (`pickReleaseTags`).

    Of the stable updates before the newest release the two newest, and the middle one where there are more than five;
    of the releases all at first, then every second, then every third, and always the oldest.

    Args:
        tags: Tags like `v5.15.3` and `v5.15`, newest first.
    """
    releases = [tag for tag in tags if _RELEASE.fullmatch(tag)]
    updates = tags[: tags.index(releases[0])] if releases else tags
    picked = list(updates[:2])
    if len(updates) > 5:
        picked.append(updates[len(updates) // 2])
    for at, tag in enumerate(releases):
        step = 1 if at < 3 else 2 if at < 11 else 3
        if at % step == 0 or at == len(releases) - 1:
            picked.append(tag)
    return tuple(picked)


def false_negative_chance(reproduced: float, good: int) -> float:
    """Return the chance that a bug of this rate stays unseen in so many good runs."""
    return float((1.0 - reproduced) ** good)
