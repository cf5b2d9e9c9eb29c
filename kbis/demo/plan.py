"""What is planted where: drawn from the seed before the history grows."""

from dataclasses import dataclass
from random import Random

from kbis.demo.change import Change, Replace, Series, read_series
from kbis.demo.pool import move
from kbis.demo.tree import MAKEFILE

COMMITS = 250

RELEASE = "v1.0"
CANDIDATE = "v1.1-rc1"

# Shares of the history.
CULPRIT_EARLIEST, CULPRIT_LATEST = 0.25, 0.80
HANG_SHARE = 0.1
QUIET = 9
"""Commits around the culprit in which no other plant begins."""


@dataclass(frozen=True, slots=True)
class Event:
    """Changes that come in a row on one line of development, from some commit on.

    Attributes:
        at: How many commits there are before it, at least.
        changes: The changes, the first and the last of the row.
        between: How many everyday commits come before the last of them.
        in_branch: It happens in a topic branch, if one comes in time.
        tag: What to tag the last commit.
    """

    at: int
    changes: Series
    between: int = 0
    in_branch: bool = False
    tag: str | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """All that is planted in one history."""

    culprit: Change
    unrelated: Change
    unrelated_fix: Change
    events: tuple[Event, ...]
    broken_builds: tuple[Series, ...]
    broken_boots: tuple[Series, ...]
    late: Series


def draw_plan(rng: Random) -> Plan:
    """Draw which bugs there are, and when."""
    culprit = rng.choice([series[0] for series in read_series("culprits.changes")])
    unrelated, unrelated_fix = rng.choice(read_series("unrelated.changes"))
    release_at = rng.randrange(20, 32)
    culprit_at = rng.randrange(round(CULPRIT_EARLIEST * COMMITS), round(CULPRIT_LATEST * COMMITS))
    builds = rng.sample(read_series("builds.changes"), rng.choice((1, 2)))
    boots = [_unbootable(rng)]
    late = _late(culprit, rng)

    taken = [range(culprit_at - QUIET, culprit_at + QUIET)]
    events = [
        Event(release_at, (_version("1", "0", "-rc1", "1", "0", ""),), tag=RELEASE),
        Event(culprit_at, (culprit,), in_branch=rng.random() < 0.5),
        *_unrelated((unrelated, unrelated_fix), release_at, culprit_at, rng),
        *(Event(culprit_at + 12 + 14 * number, (change,)) for number, change in enumerate(late)),
    ]
    for series, most in [(series, 6) for series in builds] + [(series, 4) for series in boots]:
        at = _free(release_at + 6, COMMITS - 40, taken, rng)
        taken.append(range(at - QUIET, at + QUIET))
        events.append(Event(at, series, between=rng.randrange(1, most), in_branch=rng.random() < 0.4))
    return Plan(
        culprit,
        unrelated,
        unrelated_fix,
        tuple(sorted(events, key=lambda event: event.at)),
        tuple(builds),
        tuple(boots),
        late,
    )


def _unbootable(rng: Random) -> Series:
    kinds = read_series("boots.changes")
    hangs = [series for series in kinds if series[0].note("end") == "hang"]
    # Seldom: a boot that hangs lasts until its time limit.
    return rng.choice(
        hangs if rng.random() < HANG_SHARE else [series for series in kinds if series not in hangs]
    )


def last_commit() -> Change:
    """The change at the tip."""
    return _version("1", "0", "", "1", "1", "-rc1")


def _version(old_major: str, old_minor: str, old_extra: str, major: str, minor: str, extra: str) -> Change:
    def lines(version: str, patchlevel: str, extraversion: str) -> str:
        return f"VERSION = {version}\nPATCHLEVEL = {patchlevel}\nEXTRAVERSION ={extraversion and ' '}{extraversion}\n"

    step = Replace(MAKEFILE, lines(old_major, old_minor, old_extra), lines(major, minor, extra))
    return Change(f"Pebble {major}.{minor}{extra}", "", (step,))


def _unrelated(series: Series, release_at: int, culprit_at: int, rng: Random) -> list[Event]:
    """The rare crash: there long before the culprit, perhaps before the release, and for long after it."""
    first, fix = series
    if rng.random() < 0.5:
        begin = rng.randrange(6, release_at - 2)
    else:
        begin = rng.randrange(release_at + 2, max(release_at + 3, culprit_at - 30))
    events = [Event(begin, (first,))]
    if rng.random() < 0.5 and culprit_at + 35 < COMMITS - 20:
        events.append(Event(rng.randrange(culprit_at + 35, COMMITS - 20), (fix,)))
    return events


def _late(culprit: Change, rng: Random) -> Series:
    """Work on the culprit's file after the culprit: it is touched, and often moves."""
    place, new_place = culprit.note("near") or "", culprit.note("move") or ""
    near = [series[0] for series in read_series("near.changes") if place in series[0].names]
    touches = rng.sample(near, 1)
    return (*touches, move(place, new_place)) if rng.random() < 0.6 else tuple(touches)


def _free(first: int, end: int, taken: list[range], rng: Random) -> int:
    places = [at for at in range(first, end) if not any(at in span for span in taken)]
    return rng.choice(places)
