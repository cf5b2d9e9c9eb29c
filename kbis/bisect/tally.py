"""Counting boots: what each said about the target.

A boot in which the reproducer ran to its end tells something: *hit* or *miss*. One that died before, of another crash,
of the lab or of nothing, was cut short: it is kept, and says nothing about the target.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from kbis.bisect.compare import is_target
from kbis.log.event import Event
from kbis.log.kinds import Boot, Target


@dataclass(frozen=True, slots=True)
class Tally:
    """Boots by what they say about the target; `lost` ones hung or ended early, `infra` ones are the lab's failures."""

    hits: int = 0
    misses: int = 0
    others: int = 0
    lost: int = 0
    unbooted: int = 0
    infra: int = 0

    @property
    def telling(self) -> int:
        """Boots that say something."""
        return self.hits + self.misses

    @property
    def cut_short(self) -> int:
        """Boots of the kernel that say nothing about the target."""
        return self.others + self.lost + self.unbooted

    def sentence(self) -> str:
        """The counts in words, those that are zero left out."""
        parts = [
            f"{self.hits} of {self.telling} boots showed the target"
            if self.hits
            else f"{self.misses} of {self.telling} boots passed"
            if self.telling
            else "",
            f"{self.others} died of another crash" if self.others else "",
            f"{self.lost} ended without a report" if self.lost else "",
            f"{self.unbooted} did not boot" if self.unbooted else "",
            f"{self.infra} failed in the lab" if self.infra else "",
        ]
        return ", ".join(filter(None, parts)) or "no boots"


def tally(boots: Iterable[Event], target: Target | None) -> Tally:
    """Count boots; without a target every crash is somebody else's."""
    hits = misses = others = lost = unbooted = infra = 0
    for event in boots:
        boot = event.data
        if not isinstance(boot, Boot):
            continue
        match boot.outcome:
            case "ok":
                misses += 1
            case "infra":
                infra += 1
            case "boot-failed":
                unbooted += 1
            case "crash" | "hang" | "lost":
                hit = target is not None and is_target(boot, target)
                crashed = boot.outcome == "crash"
                hits, others = hits + hit, others + (not hit and crashed)
                lost += not hit and not crashed
    return Tally(hits, misses, others, lost, unbooted, infra)
