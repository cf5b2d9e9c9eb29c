"""Counting: which events of the log take part in the judgement, and why the others do not. Pure.

An event counts when its key is trusted, its signature holds, its note lies on the commit it speaks of, it belongs
to this repository, and its causal past is complete: every parent is here, of the same bisection, and its lamport
number is exactly one more than the greatest of theirs.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from itertools import chain
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


class Counting:
    """Counts events as they come in; what it says depends on the set of them alone, not on when each came.

    An event whose past is complete keeps it, so only new ones and those that lack something are looked at again.

    Args:
        is_here: Tells whether a root commit (20 bytes) names this repository.
    """

    def __init__(self, is_here: Callable[[bytes], bool]) -> None:
        self._is_here = is_here
        self._known: dict[bytes, Event] = {}
        self._fine: dict[bytes, Placed] = {}
        self._troubled: dict[Ignored, None] = {}
        self._elsewhere: list[Placed] = []
        self._past: dict[bytes, tuple[Reason, str] | None] = {}
        self._incomplete: set[bytes] = set()
        self._waiting: dict[bytes, list[Event]] = defaultdict(list)
        self._signers: dict[bytes, str] = {}
        self._bisections: dict[bytes, tuple[Event, ...]] = {}

    def add(self, placed: Iterable[Placed]) -> None:
        """Take in well-formed events with their places, in any order, copies included."""
        known, fine = self._sorted_in(placed)
        for event_id in dict.fromkeys([*self._completed(known), *fine]):
            if event_id in self._fine and self._past[event_id] is None:
                event = self._known[event_id]
                self._waiting[event.search].append(event)
        for search in self._waiting.keys() & self._fine.keys():
            events = sorted(self._waiting.pop(search), key=_order)
            self._signers |= {each.id: self._fine[each.id].signer for each in events}
            before = self._bisections.get(search, ())
            follow = not before or before[-1].order < events[0].order
            self._bisections[search] = (
                (*before, *events) if follow else tuple(sorted([*before, *events], key=_order))
            )

    def counted(self, refused: Iterable[Ignored] = ()) -> Counted:
        """Return what counts by now and what does not; `refused` are lines that were no events at all."""
        ignored = list(self._troubled)
        ignored += [Ignored(each.note, *_elsewhere(each.event), event=each.event) for each in self._elsewhere]
        for event_id in self._incomplete & self._fine.keys():
            trouble = self._past[event_id]
            assert trouble is not None  # noqa: S101 - it is incomplete
            ignored.append(Ignored(self._fine[event_id].note, *trouble, event=self._known[event_id]))
        for search, events in self._waiting.items():
            why = f"no start event {search.hex()[:12]} that counts"
            ignored += [
                Ignored(self._fine[each.id].note, "unknown bisection", why, event=each) for each in events
            ]
        return Counted(
            dict(self._bisections),
            dict(self._signers),
            tuple(sorted([*refused, *dict.fromkeys(ignored)], key=_place)),
        )

    def _sorted_in(self, placed: Iterable[Placed]) -> tuple[list[Event], list[bytes]]:
        """Sort places into the right and the wrong ones; return new events, and ids of those newly in their place."""
        # Of another repository's events some may be ours by now: its root commit was fetched.
        again, self._elsewhere = self._elsewhere, []
        is_here = cache(self._is_here)
        known: list[Event] = []
        fine: list[bytes] = []
        for each in chain(again, placed):
            event = each.event
            if event.id not in self._known:
                self._known[event.id] = event
                known.append(event)
            trouble = each.trouble
            if trouble is None and each.note != event.object.hex():
                trouble = ("misplaced", f"it speaks of {event.object.hex()[:12]}")
            if trouble is not None:
                self._troubled[Ignored(each.note, *trouble, event=event)] = None
            elif not is_here(event.repository):
                self._elsewhere.append(each)
            elif event.id not in self._fine:
                self._fine[event.id] = each
                fine.append(event.id)
        return known, fine

    def _completed(self, known: Iterable[Event]) -> list[bytes]:
        """Return the ids of events that are new, or lacked something, and have their whole past now.

        Parents have lower lamport numbers, so one pass is enough.
        """
        again = [*known, *(self._known[each] for each in self._incomplete)]
        for event in again:
            self._past.pop(event.id, None)
        for event in sorted(again, key=_order):
            self._past[event.id] = _past(event, self._known, self._past)
        self._incomplete = {event.id for event in again if self._past[event.id] is not None}
        return [event.id for event in again if event.id not in self._incomplete]


def count(
    placed: Iterable[Placed], is_here: Callable[[bytes], bool], refused: Iterable[Ignored] = ()
) -> Counted:
    """Sort events into those that count and those that do not.

    Args:
        placed: Every well-formed event with its place, in any order, copies included.
        is_here: Tells whether a root commit (20 bytes) names this repository.
        refused: Lines that were no events at all; passed through.
    """
    counting = Counting(is_here)
    counting.add(placed)
    return counting.counted(refused)


def _order(event: Event) -> tuple[int, bytes]:
    return event.lamport, event.id


def _place(ignored: Ignored) -> tuple[str, bytes, str, str]:
    return ignored.note, ignored.event.id if ignored.event else b"", ignored.reason, ignored.detail


def _elsewhere(event: Event) -> tuple[Reason, str]:
    return "other repository", f"its root commit is {event.repository.hex()[:12]}"


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
