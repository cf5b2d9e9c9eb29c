"""Replaying: does a policy, given the same facts, say what was said then? Pure.

A `verdict`, a `claim` and a `conclude` event are decisions. Each is derived again from the causal past its writer saw
(its parents and theirs), so nothing that came later can excuse it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from kbis.bisect.claims import busy, claimant
from kbis.bisect.decision import Conclusion, Test, Unseen, Wait
from kbis.bisect.fold import Bisection, fold
from kbis.bisect.policy import Policy, Terrain
from kbis.log.event import Event
from kbis.log.kinds import Claim, Conclude, Verdict

Answer = Literal["agrees", "differs", "unseen"]


@dataclass(frozen=True, slots=True)
class Check:
    """One recorded decision beside what the policy derives; `unseen` where the commit graph is not here."""

    event: Event
    said: str
    derived: str
    answer: Answer


def replay(bisection: Bisection, policy: Policy, terrain: Terrain) -> Iterator[Check]:
    """Yield a check of every recorded decision, in the total order."""
    known = {each.id: each for each in bisection.events}
    for event in bisection.events:
        if isinstance(event.data, Verdict | Claim | Conclude):
            past = fold(causal_past(event, known))
            assert past is not None  # noqa: S101 - every counted event follows its start event
            yield _check(event, past, policy, terrain)


def causal_past(event: Event, known: Mapping[bytes, Event]) -> list[Event]:
    """Return every event that an event follows, directly or not."""
    past: dict[bytes, Event] = {}
    todo = list(event.parents)
    while todo:
        event_id = todo.pop()
        if event_id not in past and event_id in known:
            past[event_id] = known[event_id]
            todo += known[event_id].parents
    return list(past.values())


def _check(event: Event, past: Bisection, policy: Policy, terrain: Terrain) -> Check:
    match event.data:
        case Verdict(verdict=said):
            judgement = policy.judge(past.with_trees(terrain.trees), event.object)
            derived = "undecided" if judgement is None else judgement.verdict
            return Check(event, said, derived, "agrees" if said == derived else "differs")
        case Claim() as claim:
            return _claim(event, claim, past, policy, terrain)
        case Conclude() as end:
            return _conclusion(event, end, past, policy, terrain)
        case _:
            raise TypeError(event.kind)


def _claim(event: Event, claim: Claim, past: Bisection, policy: Policy, terrain: Terrain) -> Check:
    said = f"{claim.phase}: test {event.object.hex()[:12]}"
    # The writer heeded the claims that held when it wrote, by its own clock.
    match policy.decide(past, terrain, busy(past, event.time, claimant(event))):
        case Test(revision, phase):
            derived = f"{phase}: test {revision.hex()[:12]}"
            return Check(event, said, derived, "agrees" if said == derived else "differs")
        case Wait():
            return Check(event, said, "wait for others", "differs")
        case Unseen(phase):
            same = claim.phase.split(" ")[0] == phase
            return Check(event, said, f"{phase}: test some revision", "unseen" if same else "differs")
        case Conclusion(result=result):
            return Check(event, said, result, "differs")


def _conclusion(event: Event, end: Conclude, past: Bisection, policy: Policy, terrain: Terrain) -> Check:
    said = f"{end.result}: " + ", ".join(each.hex()[:12] for each in end.candidates)
    match policy.decide(past, terrain):
        case Conclusion(result=result, candidates=candidates):
            derived = f"{result}: " + ", ".join(each.hex()[:12] for each in candidates)
            return Check(event, said, derived, "agrees" if said == derived else "differs")
        case Test(revision, phase):
            return Check(event, said, f"{phase}: test {revision.hex()[:12]}", "differs")
        case Wait():
            return Check(event, said, "wait for others", "differs")
        case Unseen(phase):
            # Without the graph one thing can still be told: the first bad commit must have been called bad.
            judged = [policy.judge(past, each) for each in end.candidates]
            bad = all(each is not None and each.verdict == "bad" for each in judged)
            derived = (
                f"{phase}: the last revision called bad" if bad else f"{phase}: not a revision called bad"
            )
            return Check(event, said, derived, "unseen" if bad else "differs")
