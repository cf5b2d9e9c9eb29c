"""Reading the notes tree into verified lines, only what changed since the last look."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain

import pygit2

from kbis.log import sshsig
from kbis.log.blobs import MissingObjectError, read_note
from kbis.log.cache import VerifiedLines
from kbis.log.canon import NotCanonicalError
from kbis.log.count import Ignored, Placed, Reason
from kbis.log.difference import compare
from kbis.log.event import BadEventError, Event, NewerEventError
from kbis.log.key_name import key_words
from kbis.log.line import ForeignLineError, SignedEvent, parse_line
from kbis.log.notes import lookup
from kbis.log.pubkey import fingerprint_text
from kbis.log.trust import Trust, Untrusted

NO_EVENTS_SHOWN = 100
"""Of the lines of one note that are no events, so many are reported one by one; the others by their number."""

ALL_NO_EVENTS_SHOWN = 1000
"""When so many of the whole log are reported one by one, the others are by their number on each note."""


@dataclass(frozen=True, slots=True)
class _Read:
    result: Placed | Ignored
    line: bytes


class Reader:
    """The lines of a notes tree, verified once each.

    Args:
        repo: The repository.
        trust: Whose events count.
        verified: Remembers whose signature held from one process to the next; None checks all of them again.
    """

    def __init__(self, repo: pygit2.Repository, trust: Trust, verified: VerifiedLines | None = None) -> None:
        self._repo = repo
        self._trust = trust
        self._verified = verified
        self._held: set[bytes] = set()
        self._just_held: list[bytes] = []
        self._shown = 0
        self._tree: pygit2.Oid | None = None
        self._notes: dict[str, dict[bytes, _Read]] = {}
        self._refused: dict[str, list[Ignored]] = {}
        self._lines: dict[bytes, bytes] = {}

    def refresh(self, tree: pygit2.Oid | None) -> Iterable[Placed] | None:
        """Take over the state of a tree; return what came with it, or None when something went as well.

        Raises:
            MissingObjectError: a part of it is not here.
        """
        if tree is None or tree == self._tree:
            return ()
        try:
            touched = compare(self._repo, self._tree, tree).notes
        except MissingObjectError:
            self._tree = None
            raise
        fresh = {note: self._note(tree, note) for note in sorted(touched)}
        came = [
            read.result
            for note, lines in fresh.items()
            for line, read in lines.items()
            if isinstance(read.result, Placed) and line not in self._notes.get(note, {})
        ]
        went = any(
            isinstance(read.result, Placed) and line not in lines
            for note, lines in fresh.items()
            for line, read in self._notes.get(note, {}).items()
        )
        self._notes |= fresh
        for note, lines in fresh.items():
            self._refused[note] = [read.result for read in lines.values() if isinstance(read.result, Ignored)]
            if not self._refused[note]:
                del self._refused[note]
        self._tree = tree
        self._lines.clear()
        if self._verified is not None:
            self._verified.add(self._just_held)
        self._just_held = []
        return None if went else came

    def placed(self) -> Iterator[Placed]:
        """Yield every well-formed event with its place."""
        for note in self._notes.values():
            for read in note.values():
                if isinstance(read.result, Placed):
                    yield read.result

    def refused(self) -> Iterable[Ignored]:
        """Return every line that is no event."""
        return chain.from_iterable(self._refused.values())

    def line(self, event_id: bytes) -> bytes | None:
        """Return the line of an event that was read."""
        if not self._lines:
            for note in self._notes.values():
                for read in note.values():
                    if isinstance(read.result, Placed):
                        self._lines[read.result.event.id] = read.line
        return self._lines.get(event_id)

    def _note(self, tree: pygit2.Oid, note: str) -> dict[bytes, _Read]:
        known = self._notes.get(note, {})
        self._shown -= sum(isinstance(read.result, Ignored) for read in known.values())
        most = NO_EVENTS_SHOWN if self._shown < ALL_NO_EVENTS_SHOWN else 0
        fresh: dict[bytes, _Read] = {}
        no_events = 0
        for oid in lookup(self._repo, tree, note):
            if str(oid) == note:
                continue
            lines = read_note(self._repo, oid)
            if lines is None:
                fresh[oid.raw] = _Read(
                    Ignored(note, "malformed", f"{oid} is no blob or over the limits"), b""
                )
                continue
            if self._verified is not None:
                self._held = self._verified.known([line for line in lines if line not in known])
            for line in sorted(lines):
                read = known.get(line) or _Read(self._read(note, line), line)
                no_events += isinstance(read.result, Ignored)
                if isinstance(read.result, Placed) or no_events <= most:
                    fresh[line] = read
        if no_events > most:
            more = f"{no_events - most} more lines are no events"
            fresh[b""] = _Read(Ignored(note, "foreign line", more), b"")
        self._shown += sum(isinstance(read.result, Ignored) for read in fresh.values())
        return fresh

    def _read(self, note: str, line: bytes) -> Placed | Ignored:
        try:
            signed = parse_line(line)
        except ForeignLineError:
            return Ignored(note, "foreign line", "not an event line")
        except NewerEventError as why:
            return Ignored(note, "newer version", str(why))
        except (BadEventError, NotCanonicalError) as why:
            return Ignored(note, "malformed", str(why))
        signer, trouble = self._check(signed, line)
        return Placed(note, signed.event, signer, trouble)

    def _check(self, signed: SignedEvent, line: bytes) -> tuple[str, tuple[Reason, str] | None]:
        event: Event = signed.event
        name = fingerprint_text(event.key)
        key = self._trust.key(event.key)
        if key is None:
            return name, ("untrusted key", f"no allowed signer has the key {name}")
        answer = self._trust.principal(event.key, event.time, sshsig.NAMESPACE)
        if isinstance(answer, Untrusted):
            return name, ("untrusted key", answer.reason)
        if line not in self._held:
            if not key.verify(sshsig.preimage(event.body), signed.signature):
                return answer.principal, (
                    "bad signature",
                    f"{key_words(self._trust, event.key)} did not sign it",
                )
            self._just_held.append(line)
        return answer.principal, None
