"""Equivocation: one writer whose events do not follow one another. Pure.

A worker records each event after the newest ones it knows, its own last one among them. So what one worker wrote with
one key is a chain. Where it is not, two histories were told under one name: a clone with its name was copied or
restored from a backup, or somebody else has the key. Parents show that much and no more, so it is a matter for a
person to judge. A person's words belong to no worker and are left out: they may come at any time.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from kbis.log.event import Event
from kbis.log.kinds import Boot, Build, Claim, Conclude, Verdict

Writer = tuple[bytes, str]
"""A key (32 bytes) and the machine that its claims name; empty where they name none."""


@dataclass(frozen=True)
class Fork:
    """A writer whose events in one bisection are no chain.

    Attributes:
        writer: The key and the machine.
        times: How many of its events, in the total order, do not follow the one before.
        first: The first such pair.
    """

    writer: Writer
    times: int
    first: tuple[Event, Event]


def forks(events: Sequence[Event], counted: Collection[bytes]) -> tuple[Fork, ...]:
    """Return the forks of one bisection, by writer.

    Args:
        events: All its well-formed events, in the total order; one that does not count may still join two that do.
        counted: Ids of those that count.
    """
    writers = _writers([each for each in events if each.id in counted])
    past: dict[bytes, dict[Writer, int]] = {}
    readers = Counter(parent for event in events for parent in event.parents)
    newest: dict[Writer, tuple[int, Event]] = {}
    found: dict[Writer, list[tuple[Event, Event]]] = defaultdict(list)
    for number, event in enumerate(events):
        known = _united(past.get(parent) for parent in event.parents)
        writer = writers.get(event.id)
        if writer is not None:
            before = newest.get(writer)
            # Everything in an event's past has a smaller number, so the greatest known one decides.
            if before is not None and known.get(writer, -1) != before[0]:
                found[writer].append((before[1], event))
            known[writer] = number
            newest[writer] = (number, event)
        past[event.id] = known
        for parent in event.parents:
            readers[parent] -= 1
            if not readers[parent]:
                past.pop(parent, None)
    return tuple(Fork(writer, len(pairs), pairs[0]) for writer, pairs in sorted(found.items()))


def _united(pasts: Iterable[Mapping[Writer, int] | None]) -> dict[Writer, int]:
    united: dict[Writer, int] = {}
    for past in pasts:
        for writer, number in (past or {}).items():
            united[writer] = max(number, united.get(writer, -1))
    return united


def _writers(events: Sequence[Event]) -> dict[bytes, Writer]:
    """Tell which worker wrote each event, as far as it is said.

    Claims name their worker. Builds, boots and verdicts name none: they are known where the key has one worker only.
    """
    workers: dict[bytes, set[str]] = defaultdict(set)
    for event in events:
        if isinstance(event.data, Claim):
            workers[event.key].add(event.data.machine)
    found: dict[bytes, Writer] = {}
    for event in events:
        if isinstance(event.data, Claim):
            found[event.id] = (event.key, event.data.machine)
        elif isinstance(event.data, Build | Boot | Verdict | Conclude) and len(workers[event.key]) < 2:
            found[event.id] = (event.key, next(iter(workers[event.key]), ""))
    return found
