"""Whom the evidence points to: the likeliest first bad commits, and what the next test has to do with them. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from kbis.bisect.decision import Decision, Test
from kbis.bisect.fold import Bisection
from kbis.bisect.policies.bayes1 import SURE
from kbis.bisect.policy import Believer, Policy, Terrain
from kbis.bisect.tally import Tally, tally
from kbis.bisect.target import target_of

PPM = 1_000_000

HELD_PPM = 900_000
"""What the commits that are counted as suspects hold together."""

LISTED = 5
"""Most commits that are named."""


@dataclass(frozen=True, slots=True)
class Suspect:
    """A commit and the chance that it is the first bad one, in parts per million."""

    revision: bytes
    ppm: int


@dataclass(frozen=True)
class Suspects:
    """What a policy believes. Chances are in parts per million.

    Attributes:
        likeliest: The likeliest first bad commits, at most `LISTED`, likeliest first; equals in git's order.
        holding: How many commits hold `HELD_PPM` together, at least; None where that much lies outside of them.
        candidates: How many there are at all.
        elsewhere_ppm: The chance that it is none of them: the bug is older than the good ends.
        next_ppm: The chance that the revision to be tested has the bug; None where none is to be tested.
        next_tally: What is known of it already.
        proving: Whether the test is a last proof: the answer is clear, but its own evidence is thin.
    """

    likeliest: tuple[Suspect, ...]
    holding: int | None
    candidates: int
    elsewhere_ppm: int
    next_ppm: int | None = None
    next_tally: Tally = field(default_factory=Tally)
    proving: bool = False


def suspects_of(
    bisection: Bisection, policy: Policy, terrain: Terrain, decision: Decision
) -> Suspects | None:
    """Return what a policy believes when it takes a decision; None if it weighs no chances, or cannot yet."""
    if not isinstance(policy, Believer):
        return None
    target = target_of(bisection)
    if target is None:
        return None
    chances = policy.chances(bisection, terrain)
    if not chances:
        return None
    ppm = {revision: round(chance * PPM) for revision, chance in chances.items()}
    ranked = sorted(ppm, key=lambda each: -ppm[each])
    older = max(0, PPM - round(sum(chances.values()) * PPM))
    found = Suspects(
        tuple(Suspect(each, ppm[each]) for each in ranked[:LISTED]), _holding(ppm, ranked), len(ppm), older
    )
    graph = terrain.graph
    if not isinstance(decision, Test) or graph is None:
        return found
    inside = graph.range(decision.revision, ()).oids if graph.contains(decision.revision) else ()
    return replace(
        found,
        next_ppm=min(PPM, older + sum(ppm.get(each, 0) for each in inside)),
        next_tally=tally(bisection.with_trees(terrain.trees).shared(decision.revision).boots, target),
        proving=found.likeliest[0].ppm >= SURE * PPM,
    )


def _holding(ppm: Mapping[bytes, int], ranked: list[bytes]) -> int | None:
    total = 0
    for number, each in enumerate(ranked, 1):
        total += ppm[each]
        if total >= HELD_PPM:
            return number
    return None
