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
    """

    events: frozenset[bytes] = frozenset()
    attachments: frozenset[str] = frozenset()
    no_events: int = 0

    def __or__(self, other: "News") -> "News":
        return News(
            self.events | other.events, self.attachments | other.attachments, self.no_events + other.no_events
        )


def news(repo: pygit2.Repository, had: pygit2.Oid | None, has: pygit2.Oid | None) -> News:
    """Return what the tree `has` holds and the tree `had` does not; a foreign tree is to be weighed first.

    Raises:
        MissingObjectError: a part of either is not here.
    """
    if has is None:
        return News()
    events: set[bytes] = set()
    attachments: set[str] = set()
    no_events = 0
    for note in compare(repo, had, has).notes:
        before, after = lookup(repo, had, note), lookup(repo, has, note)
        if any(str(oid) == note for oid in after) and not any(str(oid) == note for oid in before):
            attachments.add(note)
        for line in _lines(repo, note, after) - _lines(repo, note, before):
            try:
                events.add(parse_line(line).event.id)
            except (ForeignLineError, BadEventError, NotCanonicalError):
                no_events += 1
    return News(frozenset(events), frozenset(attachments), no_events)


def _lines(repo: pygit2.Repository, note: str, blobs: Iterable[pygit2.Oid]) -> set[bytes]:
    found = (read_note(repo, oid) or set() for oid in blobs if str(oid) != note)
    return set().union(*found)
