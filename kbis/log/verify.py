"""Verifying: the whole log checked again, from the bytes up, and what is wrong with it sorted by how grave it is.

Nothing is taken from a cache. What honest use of kbis and git can leave behind is a warning: other people's lines,
keys nobody here knows, lines of a newer kbis, copies that `notes.rewriteRef` made. All else is a failure.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

import pygit2

from kbis.errors import IntegrityError
from kbis.log.attachments import load
from kbis.log.blobs import MissingObjectError
from kbis.log.count import Counted, Ignored, count
from kbis.log.equivocation import forks
from kbis.log.event import Attachment, Event
from kbis.log.kinds import Start, Unknown
from kbis.log.notes import lookup
from kbis.log.scan import Scan, scan
from kbis.log.trouble import Severity, Trouble, Troubles
from kbis.log.trust import Trust


@dataclass(frozen=True)
class Verified:
    """What a verification found.

    Attributes:
        counted: What counts, derived from nothing but the tree.
        events: Every well-formed event, by id.
        signatures: The raw signature of each event that counts, 64 bytes.
        troubles: What is not as it should be.
        notes: Notes read.
        lines: Lines that say anything.
        attachments: Attachments compared with what was signed.
        digests: SHA-256 of the line of each well-formed event.
    """

    counted: Counted
    events: Mapping[bytes, Event]
    signatures: Mapping[bytes, bytes]
    troubles: Troubles
    notes: int
    lines: int
    attachments: int
    digests: Collection[bytes]


def verify(
    repo: pygit2.Repository, tree: pygit2.Oid | None, trust: Trust, is_here: Callable[[bytes], bool]
) -> Verified:
    """Check every line of a notes tree that was taken in before, and every attachment of what counts.

    Args:
        repo: The repository.
        tree: The tree; None when there is no log yet.
        trust: Whose events count.
        is_here: Tells whether a root commit (20 bytes) names this repository.

    Raises:
        MissingObjectError: a tree or a note is gone or damaged.
    """
    found = scan(repo, tree, trust)
    counted = count(found.placed, is_here)
    known = {each.event.id: each.event for each in found.placed}
    for trouble in (
        *_ignored(counted.ignored, known, found),
        *_unknown_kinds(counted),
        *_forks(counted, known),
    ):
        found.troubles.add(trouble)
    compared = _compare_attachments(repo, tree, counted, found.troubles) if tree else 0
    signatures = {each: found.signatures[each] for each in counted.signers}
    return Verified(
        counted, known, signatures, found.troubles, found.notes, found.lines, compared, found.digests
    )


def _ignored(ignored: Iterable[Ignored], known: Mapping[bytes, Event], found: Scan) -> Iterator[Trouble]:
    """Yield what keeps events from counting that the scan did not see: their places and their past."""
    at_home = {each.event.id for each in found.placed if each.note == each.event.object.hex()}
    excused = _excused(known, found.newer)
    for each in ignored:
        event = each.event
        if event is None or each.reason in ("untrusted key", "bad signature"):
            continue
        if each.reason == "misplaced" and event.id in at_home:
            yield Trouble("warning", "copy", f"{each.detail}, where it lies too", each.note, event)
            continue
        harmless = each.reason == "missing parent" and event.id in excused
        if each.reason == "unknown bisection":
            start = known.get(event.search)
            harmless = start is not None and isinstance(start.data, Start)
        severity: Severity = "warning" if harmless else "failure"
        yield Trouble(severity, each.reason, each.detail, each.note, event)


def _excused(known: Mapping[bytes, Event], newer: set[bytes]) -> set[bytes]:
    """Return the events whose past is incomplete only because a newer kbis wrote a part of it."""
    grave: set[bytes] = set()
    for event in sorted(known.values(), key=lambda each: each.order):
        if any((each not in known and each not in newer) or each in grave for each in event.parents):
            grave.add(event.id)
    return known.keys() - grave


def _unknown_kinds(counted: Counted) -> Iterator[Trouble]:
    for events in counted.bisections.values():
        for event in events:
            if isinstance(event.data, Unknown):
                said = f"this kbis does not know the kind {event.kind}"
                yield Trouble("warning", "unknown kind", said, event.object.hex(), event)


def _forks(counted: Counted, known: Mapping[bytes, Event]) -> Iterator[Trouble]:
    searches: dict[bytes, list[Event]] = {search: [] for search in counted.bisections}
    for event in sorted(known.values(), key=lambda each: each.order):
        if event.search in searches:
            searches[event.search].append(event)
    for events in searches.values():
        for fork in forks(events, counted.signers.keys()):
            one, two = fork.first
            machine = f" on {fork.writer[1]}" if fork.writer[1] else ""
            said = (
                f"{counted.signers[two.id]}{machine} wrote {two.id.hex()[:12]} as if {one.id.hex()[:12]} had not been "
                f"written before it, and so {fork.times} times"
            )
            yield Trouble("warning", "forked history", said, two.object.hex(), two)


def _compare_attachments(
    repo: pygit2.Repository, tree: pygit2.Oid, counted: Counted, troubles: Troubles
) -> int:
    """Compare each attachment of what counts with what was signed, once; return how many there are."""
    done: set[Attachment] = set()
    for events in counted.bisections.values():
        for event in events:
            for each in event.attachments:
                if each not in done and (detail := _broken(repo, tree, each)):
                    troubles.add(Trouble("failure", "broken attachment", detail, event.object.hex(), event))
                done.add(each)
    return len(done)


def _broken(repo: pygit2.Repository, tree: pygit2.Oid, attachment: Attachment) -> str:
    oid = pygit2.Oid(raw=attachment.oid)
    try:
        load(repo, attachment)
    except MissingObjectError as why:
        return str(why)
    except IntegrityError:
        return f"what is here as {oid} ({attachment.type}) is not what was signed"
    if oid not in lookup(repo, tree, str(oid)):
        return f"{oid} ({attachment.type}) is here, but not among the notes: it would not travel with them"
    return ""
