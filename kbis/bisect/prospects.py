"""The prospects of a test: will the revision build, will its boots say something, and what will that cost?"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from kbis.bisect.candidates import Candidates

NEAR = 12
"""Commits over which a broken build or a dead kernel makes its neighbours half as suspect (findings: about 12)."""

FAR = 5 * NEAR
"""Commits beyond which it says nothing."""

EXPECTED_DEAD = 0.5
"""Dead kernels, in so many living ones as `EXPECTED_ALIVE`, that are expected before any was seen."""

EXPECTED_ALIVE = 8.0


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

    @property
    def dead(self) -> bool:
        """Whether it does not build, or nothing but dying was seen of it."""
        return self.built is False or (self.cut_short > 1 and not self.telling)


@dataclass(frozen=True)
class Prospects:
    """What may come of testing a revision.

    Attributes:
        sites: What is known of the revisions that were touched.
        survives: The chance that a boot of a living kernel says something.
        works: The chance that a new revision builds and lives.
        near_dead: The same for those near a dead one.
    """

    sites: Mapping[bytes, Site]
    survives: float
    works: float
    near_dead: Mapping[bytes, float]

    @classmethod
    def of(cls, candidates: Candidates, sites: Mapping[bytes, Site]) -> Self:
        """Estimate them from what was seen."""
        tried = [(oid, site) for oid, site in sites.items() if site.built is not None]
        alive = [site for _, site in tried if site.telling]
        dead = [oid for oid, site in tried if site.dead]
        telling, cut_short = sum(each.telling for each in alive), sum(each.cut_short for each in alive)
        works = (len(alive) + EXPECTED_ALIVE) / (len(alive) + len(dead) + EXPECTED_ALIVE + EXPECTED_DEAD)
        return cls(
            sites,
            (telling + 4.0) / (telling + cut_short + 4.2),
            works,
            _near_dead(candidates, dict(tried), works) if dead else {},
        )

    def success(self, oid: bytes) -> float:
        """Return the chance that testing a revision says anything."""
        site = self.sites.get(oid)
        if site is None or site.built is None:
            return self.near_dead.get(oid, self.works)
        return 1.0

    def cost(self, oid: bytes, number: float, build_cost: float) -> float:
        """Return what that many telling boots of a revision cost, in boots."""
        site = self.sites.get(oid)
        if site is None or site.built is None:
            return build_cost + self.success(oid) * number / self.survives
        own = (site.telling + 2 * self.survives) / (site.telling + site.cut_short + 2)
        return number / own


def _near_dead(candidates: Candidates, tried: Mapping[bytes, Site], works: float) -> dict[bytes, float]:
    """Weigh dead and living revisions near each commit, by their distance in git's list order."""
    oids, position = candidates.commits.oids, candidates.position
    for_it: dict[int, float] = {}
    against: dict[int, float] = {}
    for oid, site in tried.items():
        at = position.get(oid)
        if at is not None and (site.dead or site.telling):
            into = against if site.dead else for_it
            for near in range(max(0, at - FAR), min(len(oids), at + FAR + 1)):
                distance = (near - at) / NEAR
                into[near] = into.get(near, 0.0) + 1 / (1 + distance * distance)
    return {
        oids[near]: (for_it.get(near, 0.0) + works) / (for_it.get(near, 0.0) + weight + 1)
        for near, weight in against.items()
    }
