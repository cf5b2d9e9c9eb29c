"""Counting: which events of the log take part in the judgement, and why the others do not. Pure.

An event counts when its key is trusted, its signature holds, its note lies on the commit it speaks of, it belongs
to this repository, and its causal past is complete: every parent is here, of the same bisection, and its lamport
number is exactly one more than the greatest of theirs.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Literal

from kbis.log.event import Event

Reason = Literal[
    "foreign line",
    "newer version",
    "malformed",
    "untrusted key",
    "bad signature",
    "misplaced",
    "other repository",
    "missing parent",
    "wrong order",
    "unknown bisection",
]


@dataclass(frozen=True, slots=True)
class Ignored:
    """A line that does not count: where it lies (object, hex), why, and the event it would have been."""

    note: str
    reason: Reason
    detail: str
    event: Event | None = None


@dataclass(frozen=True, slots=True)
class Placed:
    """A well-formed event as found on the note of an object; `trouble` is None when key and signature are fine."""

    note: str
    event: Event
    signer: str
    trouble: tuple[Reason, str] | None = None


@dataclass(frozen=True)
class Counted:
    """What counts, by bisection id in the total order; who signed each event; and what does not count."""

    bisections: Mapping[bytes, tuple[Event, ...]]
    signers: Mapping[bytes, str]
    ignored: tuple[Ignored, ...] = field(default=())


def count(
    placed: Iterable[Placed], is_here: Callable[[bytes], bool], refused: Iterable[Ignored] = ()
) -> Counted:
    """Sort events into those that count and those that do not.

    Args:
        placed: Every well-formed event with its place, in any order, copies included.
        is_here: Tells whether a root commit (20 bytes) names this repository.
        refused: Lines that were no events at all; passed through.
    """
    is_here = cache(is_here)
    ignored: list[Ignored] = []
    known: dict[bytes, Event] = {}
    fine: dict[bytes, Placed] = {}
    for each in placed:
        known[each.event.id] = each.event
        trouble = each.trouble or _placement(each, is_here)
        if trouble is None:
            fine[each.event.id] = each
        else:
            ignored.append(Ignored(each.note, *trouble, event=each.event))
    complete = _complete(known)
    bisections: dict[bytes, list[Event]] = defaultdict(list)
    for event_id in sorted(fine, key=lambda each: fine[each].event.order):
        event, note = fine[event_id].event, fine[event_id].note
        trouble = complete[event_id]
        if trouble is None and event.search not in fine:
            trouble = ("unknown bisection", f"no start event {event.search.hex()[:12]} that counts")
        if trouble is None:
            bisections[event.search].append(event)
        else:
            ignored.append(Ignored(note, *trouble, event=event))
    counted = {each.id for events in bisections.values() for each in events}
    return Counted(
        {search: tuple(events) for search, events in bisections.items()},
        {event_id: fine[event_id].signer for event_id in counted},
        tuple(sorted([*refused, *dict.fromkeys(ignored)], key=_place)),
    )


def _place(ignored: Ignored) -> tuple[str, bytes, str, str]:
    return ignored.note, ignored.event.id if ignored.event else b"", ignored.reason, ignored.detail


def _placement(placed: Placed, is_here: Callable[[bytes], bool]) -> tuple[Reason, str] | None:
    event = placed.event
    if placed.note != event.object.hex():
        return ("misplaced", f"it speaks of {event.object.hex()[:12]}")
    if not is_here(event.repository):
        return ("other repository", f"its root commit is {event.repository.hex()[:12]}")
    return None


def _complete(known: Mapping[bytes, Event]) -> dict[bytes, tuple[Reason, str] | None]:
    """Return for each event what its causal past lacks; parents have lower lamport numbers, so one pass is enough."""
    state: dict[bytes, tuple[Reason, str] | None] = {}
    for event in sorted(known.values(), key=lambda each: each.order):
        state[event.id] = _past(event, known, state)
    return state


def _past(
    event: Event, known: Mapping[bytes, Event], state: Mapping[bytes, tuple[Reason, str] | None]
) -> tuple[Reason, str] | None:
    missing = [each for each in event.parents if each not in known]
    if missing:
        return ("missing parent", f"it follows {missing[0].hex()[:12]}, which is not here")
    parents = [known[each] for each in event.parents]
    if event.bisection and not parents:
        return ("wrong order", "it follows nothing, and only a start event may")
    if event.lamport != 1 + max((each.lamport for each in parents), default=0):
        return ("wrong order", "its lamport number is not one more than its parents'")
    if any(each.search != event.search for each in parents):
        return ("wrong order", "it follows an event of another bisection")
    if event.bisection and event.bisection in known and known[event.bisection].bisection:
        return ("unknown bisection", "what it names as its bisection is not a start event")
    if any(state.get(each.id) is not None for each in parents):
        return ("missing parent", "something it follows does not have its whole past here")
    return None
