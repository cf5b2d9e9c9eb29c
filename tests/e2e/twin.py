"""A small history in which "any crash is bad" goes wrong, as it did in the bisection that kbis was begun for.

A line of commits on the toy kernel. The bug shows in 57 of 60 boots from its culprit on. An unrelated crash lives at
one good revision only: one commit brings it, the next takes it back; it ends 6 of 60 boots there. That revision is the
one in the middle, which a search by halves tests first.
"""

from dataclasses import dataclass
from pathlib import Path
from random import Random

from kbis.demo.change import AddObject, Change, Series, read_series
from kbis.demo.commit import Commit, Committer
from kbis.demo.fastimport import import_history
from kbis.demo.grow import ROOT, History
from kbis.demo.history import KERNEL
from kbis.demo.people import AUTHORS, MAINTAINER
from kbis.demo.plan import draw_plan
from kbis.demo.pool import everyday_work
from kbis.demo.tree import Tree

CANDIDATES = 16
UNRELATED_AT, CULPRIT_AT = 8, 13
"""Places on the line; the good end is 0 and the bad end 16, so `git bisect` tests 8 first."""

BUG, UNRELATED = "kernel BUG in kvcache_slot", "WARNING in rtc_read_time"

# The clock is read after each of 6 seconds and starts at any of 60; 58 records go into 60 slots, from any slot on.
SECONDS, RECORDS, RECORD_BYTES = 6, 58, 64
PROGRAM = f"""\
open /dev/rtc       # 3
{SECONDS * "ioctl 3 1 1;"}open /dev/kvcache   # 4
write 4 {RECORDS * RECORD_BYTES}
""".replace(";", "\n")
"""The reproducer: it comes to the unrelated crash first."""


@dataclass(frozen=True)
class Twin:
    """The history. Commits are 40 hex digits, oldest first: the good end, then the candidates."""

    directory: Path
    commits: tuple[str, ...]
    reproducer: Path

    @property
    def good(self) -> str:
        return self.commits[0]

    @property
    def bad(self) -> str:
        return self.commits[-1]

    @property
    def unrelated(self) -> str:
        """The good revision with the unrelated crash."""
        return self.commits[UNRELATED_AT]

    @property
    def culprit(self) -> str:
        return self.commits[CULPRIT_AT]


def make_twin(directory: Path) -> Twin:
    """Make the repository."""
    rng = Random(0)
    committer = Committer(rng)
    made = [committer.commit(ROOT, Tree.read(KERNEL), (), MAINTAINER, MAINTAINER)]
    for change in _changes(rng):
        made.append(_next(committer, change, made[-1]))
    import_history(History(tuple(made), {}, draw_plan(rng)), directory)
    reproducer = directory / ".git" / "twin-repro.txt"
    reproducer.write_text(PROGRAM)
    return Twin(directory, tuple(each.id for each in made), reproducer)


def _changes(rng: Random) -> list[Change]:
    [culprit] = _titled("culprits.changes", BUG)
    unrelated, fix = _titled("unrelated.changes", UNRELATED)
    drivers = (
        series[0]
        for series in everyday_work(rng)
        if any(isinstance(step, AddObject) for step in series[0].steps)
    )
    planted = {CULPRIT_AT: culprit, UNRELATED_AT: unrelated, UNRELATED_AT + 1: fix}
    return [planted.get(place) or next(drivers) for place in range(1, CANDIDATES + 1)]


def _titled(file: str, title: str) -> Series:
    return next(series for series in read_series(file) if series[0].note("title") == title)


def _next(committer: Committer, change: Change, before: Commit) -> Commit:
    return committer.commit(change, change.apply(before.tree), (before,), AUTHORS[0], MAINTAINER)
