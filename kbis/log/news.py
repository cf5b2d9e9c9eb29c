"""What one notes tree has that another one lacks, in events."""

from collections.abc import Iterable
from dataclasses import dataclass

import pygit2

from kbis.log.blobs import read_note
from kbis.log.canon import NotCanonicalError
from kbis.log.difference import compare
from kbis.log.event import BadEventError
from kbis.log.line import ForeignLineError, parse_line
from kbis.log.notes import lookup


@dataclass(frozen=True)
class News:
    """What is new.

    Attributes:
        events: Ids of the events, whoever signed them.
        attachments: Ids (hex) of blobs that events may name.
        no_events: How many lines are no events.
        foreign: How many paths are no notes.
        unreadable: How many notes are too long to be read.
    """

    events: frozenset[bytes] = frozenset()
    attachments: frozenset[str] = frozenset()
    no_events: int = 0
    foreign: int = 0
    unreadable: int = 0

    def __or__(self, other: "News") -> "News":
        return News(
            self.events | other.events,
            self.attachments | other.attachments,
            self.no_events + other.no_events,
            self.foreign + other.foreign,
            self.unreadable + other.unreadable,
        )


def news(repo: pygit2.Repository, had: pygit2.Oid | None, has: pygit2.Oid | None) -> News:
    """Return what the tree `has` holds and the tree `had` does not; a foreign tree is to be weighed first.

    Where `had` has a note too long to be read, it is not said to lack what is in the other one.

    Raises:
        MissingObjectError: a part of either is not here.
    """
    if has is None:
        return News()
    events: set[bytes] = set()
    attachments: set[str] = set()
    no_events = unreadable = 0
    difference = compare(repo, had, has)
    for note in difference.notes:
        before, after = lookup(repo, had, note), lookup(repo, has, note)
        if any(str(oid) == note for oid in after) and not any(str(oid) == note for oid in before):
            attachments.add(note)
        lines, longer = _lines(repo, note, after)
        unreadable += bool(longer - set(before))
        had_lines, had_longer = _lines(repo, note, before)
        if had_longer:
            continue
        for line in lines - had_lines:
            try:
                events.add(parse_line(line).event.id)
            except (ForeignLineError, BadEventError, NotCanonicalError):
                no_events += 1
    foreign = sum(now is not None for _, now in difference.strangers.values())
    return News(frozenset(events), frozenset(attachments), no_events, foreign, unreadable)


def _lines(
    repo: pygit2.Repository, note: str, blobs: Iterable[pygit2.Oid]
) -> tuple[set[bytes], set[pygit2.Oid]]:
    """Return the lines of some blobs, and those of the blobs that are too long to be read."""
    lines: set[bytes] = set()
    longer: set[pygit2.Oid] = set()
    for oid in blobs:
        if str(oid) == note:
            continue
        found = read_note(repo, oid)
        if found is None:
            longer.add(oid)
        else:
            lines |= found
    return lines, longer
