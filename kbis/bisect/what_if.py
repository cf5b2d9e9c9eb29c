"""What if another policy had judged: two policies on the same events. Pure."""

from dataclasses import dataclass

from kbis.bisect.decision import Decision, Judgement
from kbis.bisect.fold import Bisection
from kbis.bisect.policy import Policy, Terrain
from kbis.bisect.tally import Tally, tally
from kbis.bisect.target import target_of


@dataclass(frozen=True)
class Parting:
    """A revision on which the two disagree; a judgement is None where the policy is undecided."""

    revision: bytes
    tally: Tally
    judgements: tuple[Judgement | None, Judgement | None]


@dataclass(frozen=True)
class WhatIf:
    """Two policies on the same events.

    Attributes:
        policies: Their names.
        judged: How many revisions were compared.
        partings: Where their verdicts differ, in the order in which the revisions were first touched.
        decisions: What each would do next, or conclude.
    """

    policies: tuple[str, str]
    judged: int
    partings: tuple[Parting, ...]
    decisions: tuple[Decision, Decision]


def what_if(bisection: Bisection, terrain: Terrain, one: Policy, other: Policy) -> WhatIf:
    """Judge the same events by two policies."""
    known = bisection.with_trees(terrain.trees)
    target = target_of(known)
    touched = dict.fromkeys(each.object for each in known.events if each.object in known.evidence)
    partings = []
    for revision in touched:
        pair = one.judge(known, revision), other.judge(known, revision)
        if _verdict(pair[0]) != _verdict(pair[1]):
            partings.append(Parting(revision, tally(known.shared(revision).boots, target), pair))
    return WhatIf(
        (one.name, other.name),
        len(touched),
        tuple(partings),
        (one.decide(bisection, terrain), other.decide(bisection, terrain)),
    )


def _verdict(judgement: Judgement | None) -> str:
    return judgement.verdict if judgement else "undecided"
