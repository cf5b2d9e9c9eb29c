"""What a change of trust does to bisections: events, verdicts, the next step. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from kbis.bisect.decision import Decision
from kbis.bisect.fold import Bisection
from kbis.bisect.policy import Policy, Terrain
from kbis.views.decision_text import Subject, decision_json, decision_lines
from kbis.views.plain import plural, printable, short

UNDECIDED = "undecided"


@dataclass(frozen=True)
class Shift:
    """One bisection before and after.

    Attributes:
        bisection: Its id.
        title: Its title, if it has one.
        before: How many of its events counted.
        after: How many of its events count.
        verdicts: Each revision whose verdict is another one: what it was, what it is.
        decision: What comes next; None when that cannot be told.
        trouble: Why it cannot be told, a sentence.
    """

    bisection: bytes
    title: str | None
    before: int
    after: int
    verdicts: Mapping[bytes, tuple[str, str]]
    decision: Decision | None
    trouble: str = ""


@dataclass(frozen=True)
class Effect:
    """What changed: events that count now and did not, events that count no more, how many count in all."""

    gained: int
    lost: int
    counting: int
    shifts: tuple[Shift, ...]


def shift_of(before: Bisection | None, after: Bisection, policy: Policy, terrain: Terrain) -> Shift:
    """Return how a bisection changed that counts now."""
    changed = changed_verdicts(before, after, policy)
    return Shift(
        after.id,
        after.terms.title,
        len(before.events) if before else 0,
        len(after.events),
        changed,
        policy.decide(after, terrain),
    )


def changed_verdicts(
    before: Bisection | None, after: Bisection, policy: Policy
) -> Mapping[bytes, tuple[str, str]]:
    """Return each revision whose verdict is another one: what it was, what it is."""
    then = _verdicts(before, policy)
    now = _verdicts(after, policy)
    return {
        revision: (then.get(revision, UNDECIDED), now.get(revision, UNDECIDED))
        for revision in sorted(then.keys() | now.keys())
        if then.get(revision, UNDECIDED) != now.get(revision, UNDECIDED)
    }


def effect_lines(effect: Effect, subject: Subject) -> Iterator[str]:
    """Yield the change in words."""
    moved = [
        f"{plural(number, 'event')} {words}"
        for number, words in ((effect.gained, "more"), (effect.lost, "less"))
        if number
    ]
    yield f"What counts now: {plural(effect.counting, 'event')}, {' and '.join(moved) or 'as before'}."
    for shift in effect.shifts:
        title = f" ({printable(shift.title)})" if shift.title else ""
        yield f"Bisection {short(shift.bisection)}{title}: {shift.after} of its events count; before: {shift.before}."
        for revision, (was, now) in shift.verdicts.items():
            yield f"  {short(revision)}  {was} -> {now}  {printable(subject(revision))}".rstrip()
        if shift.decision is None:
            yield f"  {printable(shift.trouble)}"
        else:
            yield from (f"  {line}" for line in decision_lines(shift.decision, subject))


def effect_json(effect: Effect) -> dict[str, Any]:
    """Return the change as data."""
    return {
        "gained": effect.gained,
        "lost": effect.lost,
        "counting": effect.counting,
        "bisections": [
            {
                "bisection": each.bisection.hex(),
                "title": each.title,
                "events": {"before": each.before, "after": each.after},
                "verdicts": [
                    {"revision": revision.hex(), "before": was, "after": now}
                    for revision, (was, now) in each.verdicts.items()
                ],
                "next": decision_json(each.decision) if each.decision else None,
                "trouble": each.trouble or None,
            }
            for each in effect.shifts
        ],
    }


def _verdicts(bisection: Bisection | None, policy: Policy) -> dict[bytes, str]:
    if bisection is None:
        return {}
    judged = {each: policy.judge(bisection, each) for each in bisection.evidence}
    return {revision: judgement.verdict for revision, judgement in judged.items() if judgement}
