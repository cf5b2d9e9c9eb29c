"""Verdicts that contradict each other, and the events they stand on. Pure."""

from collections.abc import Iterator
from typing import Any

from kbis.bisect.decision import Verdict
from kbis.bisect.fold import Bisection
from kbis.bisect.support import standing_of
from kbis.log.event import Event
from kbis.views.plain import plural, short

SHOWN_PAIRS, SHOWN_EVENTS = 3, 3

Torn = tuple[tuple[bytes, bytes], ...]
"""Pairs of a bad revision and a good one that contains it."""


def contradiction_lines(bisection: Bisection, torn: Torn) -> Iterator[str]:
    """Yield each contradiction with the events it stands on, and what settles it."""
    for bad, good in torn[:SHOWN_PAIRS]:
        yield f"Contradiction: {short(bad)} is bad, and {short(good)}, which contains it, is good."
        yield f"  {short(bad)} is bad by {_by(bisection, bad, 'bad')}."
        yield f"  {short(good)} is good by {_by(bisection, good, 'good')}."
    if torn:
        more = f" There are {len(torn) - SHOWN_PAIRS} more." if len(torn) > SHOWN_PAIRS else ""
        yield (
            "  Either the bug came, went and came back, or one of them is wrong: kbis retract EVENT --why ... takes "
            f"back what is wrong, kbis good or bad REVISION --why ... settles it.{more}"
        )


def contradictions_json(bisection: Bisection, torn: Torn) -> list[dict[str, Any]]:
    """Return the contradictions as data."""
    return [
        {
            "bad": {
                "revision": bad.hex(),
                "events": [each.id.hex() for each in _events(bisection, bad, "bad")],
            },
            "good": {
                "revision": good.hex(),
                "events": [each.id.hex() for each in _events(bisection, good, "good")],
            },
        }
        for bad, good in torn
    ]


def _by(bisection: Bisection, revision: bytes, verdict: Verdict) -> str:
    events = _events(bisection, revision, verdict)
    listed = ", ".join(short(each.id) for each in events[:SHOWN_EVENTS])
    more = f" and {len(events) - SHOWN_EVENTS} more" if len(events) > SHOWN_EVENTS else ""
    if bisection.of(revision).override is not None:
        return f"a person's word, event {listed}"
    return f"{plural(len(events), 'boot')}: {listed}{more}" if events else "its policy alone"


def _events(bisection: Bisection, revision: bytes, verdict: Verdict) -> tuple[Event, ...]:
    """Return what a verdict stands on: a person's word, else the boots that speak for it."""
    word = bisection.of(revision).override
    if word is not None:
        return (word,)
    wanted = "hit" if verdict == "bad" else "miss"
    return tuple(
        event for event, account in standing_of(bisection, revision).accounts if account.word == wanted
    )
