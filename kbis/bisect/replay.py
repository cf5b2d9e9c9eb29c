"""Replaying: does a policy, given the same facts, say what was said then? Pure.

A `verdict`, a `claim` and a `conclude` event are decisions. Each is derived again from the causal past its writer saw
(its parents and theirs), so nothing that came later can excuse it. Where that past holds events that do not count in
this clone, of a revoked key for example, its writer knew more than can be judged here: such a decision is not checked.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from kbis.bisect.claims import busy, claimant, held_by
from kbis.bisect.decision import Conclusion, Judgement, Test, Unseen, Wait
from kbis.bisect.fold import Bisection, fold
from kbis.bisect.policy import Policy, Terrain
from kbis.log.event import Event
from kbis.log.kinds import Claim, Conclude, Verdict

Answer = Literal["agrees", "differs", "unseen"]

NO_COMMITS = "it fits what is known, but the commits that would prove it are not here"
"""Why a decision cannot be checked in a clone that lacks the history between the ends."""

RENEWED = "it goes on with the test it had begun"
"""What speaks for a claim that only renews the one before."""

BEYOND_SHOWN = 3
"""So many events that do not count are named beside a decision that follows them."""


@dataclass(frozen=True, slots=True)
class Check:
    """One recorded decision beside what the policy derives.

    Attributes:
        event: The decision.
        said: What it says.
        derived: What the policy derives; empty where its past is not known.
        answer: Whether both are the same; `unseen` where that cannot be told here.
        unseen: Why it cannot be told, a clause; empty where it can.
    """

    event: Event
    said: str
    derived: str
    answer: Answer
    unseen: str = ""


def replay(bisection: Bisection, policy: Policy, terrain: Terrain) -> Iterator[Check]:
    """Yield a check of every recorded decision, in the total order."""
    known = {each.id: each for each in bisection.events}
    for event in bisection.events:
        if isinstance(event.data, Verdict | Claim | Conclude):
            counted, others = causal_past(event, known)
            past = fold(counted)
            if others or past is None:
                yield Check(event, _said(event), "", "unseen", _beyond(others))
            else:
                yield _check(event, past, policy, terrain)


def causal_past(event: Event, known: Mapping[bytes, Event]) -> tuple[list[Event], list[bytes]]:
    """Return every event that an event follows, directly or not, and the ids of the first that are not known.

    Args:
        event: The event.
        known: The events that count, by id. A counted event's past is all here, so one that is not among them is
            here too and does not count.
    """
    past: dict[bytes, Event] = {}
    others: dict[bytes, None] = {}
    todo = list(event.parents)
    while todo:
        event_id = todo.pop()
        if event_id not in known:
            others[event_id] = None
        elif event_id not in past:
            past[event_id] = known[event_id]
            todo += known[event_id].parents
    return list(past.values()), list(others)


def _beyond(others: list[bytes]) -> str:
    if not others:
        return "no start event that counts is in its past"
    listed = ", ".join(each.hex()[:12] for each in sorted(others)[:BEYOND_SHOWN])
    return f"its writer knew what does not count here ({listed}{', ...' if others[BEYOND_SHOWN:] else ''})"


def _said(event: Event) -> str:
    match event.data:
        case Verdict(verdict=said):
            return said
        case Claim() as claim:
            return f"{claim.phase}: test {event.object.hex()[:12]}"
        case Conclude() as end:
            return f"{end.result}: " + ", ".join(each.hex()[:12] for each in end.candidates)
        case _:
            raise TypeError(event.kind)


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
    found = _choice(event, claim, past, policy, terrain)
    before = held_by(past, event.time, claimant(event))
    renewed = before is not None and (before.object, _phase(before)) == (event.object, claim.phase)
    # A claim is renewed in the middle of a test: that is no new choice, so nothing needs to speak for it.
    return (
        replace(found, derived=RENEWED, answer="agrees") if found.answer == "differs" and renewed else found
    )


def _phase(event: Event) -> str | None:
    return event.data.phase if isinstance(event.data, Claim) else None


def _choice(event: Event, claim: Claim, past: Bisection, policy: Policy, terrain: Terrain) -> Check:
    said = _said(event)
    # The writer heeded the claims that held when it wrote, by its own clock.
    match policy.decide(past, terrain, busy(past, event.time, claimant(event))):
        case Test(revision, phase):
            derived = f"{phase}: test {revision.hex()[:12]}"
            return Check(event, said, derived, "agrees" if said == derived else "differs")
        case Wait():
            return Check(event, said, "wait for others", "differs")
        case Unseen(phase):
            same = claim.phase.split(" ")[0] == phase
            return _without_commits(event, f"{phase}: test some revision", fits=same)
        case Conclusion(result=result):
            return Check(event, said, result, "differs")


def _conclusion(event: Event, end: Conclude, past: Bisection, policy: Policy, terrain: Terrain) -> Check:
    said = _said(event)
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
            derived = f"{phase}: the last revision called bad"
            if not bad:
                derived = "; ".join(map(_refuted, end.candidates, judged))
            return _without_commits(event, derived, fits=bad)


def _refuted(revision: bytes, judgement: Judgement | None) -> str:
    if judgement is None:
        return f"{revision.hex()[:12]} is undecided"
    return f"refuted, {revision.hex()[:12]} is {judgement.verdict} ({judgement.reason})"


def _without_commits(event: Event, derived: str, *, fits: bool) -> Check:
    if not fits:
        return Check(event, _said(event), derived, "differs")
    return Check(event, _said(event), derived, "unseen", NO_COMMITS)
