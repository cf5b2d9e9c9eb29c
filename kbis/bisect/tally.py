"""Counting boots: what each said about the target.

A boot in which the reproducer ran to its end tells something: *hit* or *miss*. One that died before, of another crash,
of the lab or of nothing, was cut short: it is kept, and says nothing about the target.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from kbis.bisect.account import Word, account_of
from kbis.log.event import Event
from kbis.log.kinds import Boot, Target


@dataclass(frozen=True, slots=True)
class Tally:
    """Boots by what they say about the target.

    Attributes:
        hits: The target showed.
        misses: The reproducer ran to its end without it.
        others: It died of another crash.
        lost: It hung or ended early.
        unbooted: It died before the reproducer ran.
        infra: The lab failed.
        related: It died of a crash that is like the target and not shown to be it.
    """

    hits: int = 0
    misses: int = 0
    others: int = 0
    lost: int = 0
    unbooted: int = 0
    infra: int = 0
    related: int = 0

    @property
    def telling(self) -> int:
        """Boots that say something."""
        return self.hits + self.misses

    @property
    def cut_short(self) -> int:
        """Boots of the kernel that say nothing about the target."""
        return self.others + self.related + self.lost + self.unbooted

    def sentence(self) -> str:
        """The counts in words, those that are zero left out."""
        parts = [
            f"{self.hits} of {self.telling} boots showed the target"
            if self.hits
            else f"{self.misses} of {self.telling} boots passed"
            if self.telling
            else "",
            f"{self.related} died of a related crash" if self.related else "",
            f"{self.others} died of another crash" if self.others else "",
            f"{self.lost} ended without a report" if self.lost else "",
            f"{self.unbooted} did not boot" if self.unbooted else "",
            f"{self.infra} failed in the lab" if self.infra else "",
        ]
        return ", ".join(filter(None, parts)) or "no boots"


def tally(boots: Iterable[Event], target: Target | None) -> Tally:
    """Count boots; without a target every crash is somebody else's."""
    words: Counter[Word] = Counter(
        account_of(event.data, target).word for event in boots if isinstance(event.data, Boot)
    )
    return Tally(
        hits=words["hit"],
        misses=words["miss"],
        others=words["other"],
        lost=words["lost"],
        unbooted=words["unbooted"],
        infra=words["infra"],
        related=words["related"],
    )
