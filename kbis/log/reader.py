"""Reading the notes tree into verified lines, only what changed since the last look."""

from collections.abc import Iterator
from dataclasses import dataclass

import pygit2

from kbis.log import sshsig
from kbis.log.blobs import MAX_NOTE_BYTES, note_lines, read_blob
from kbis.log.canon import NotCanonicalError
from kbis.log.count import Ignored, Placed, Reason
from kbis.log.event import BadEventError, Event, NewerEventError
from kbis.log.line import ForeignLineError, SignedEvent, parse_line
from kbis.log.notes import changed, lookup
from kbis.log.trust import Trust, Untrusted


@dataclass(frozen=True, slots=True)
class _Read:
    result: Placed | Ignored
    line: bytes


class Reader:
    """The lines of a notes tree, verified once each."""

    def __init__(self, repo: pygit2.Repository, trust: Trust) -> None:
        self._repo = repo
        self._trust = trust
        self._tree: pygit2.Oid | None = None
        self._notes: dict[str, dict[bytes, _Read]] = {}

    def refresh(self, tree: pygit2.Oid | None) -> None:
        """Take over the state of a tree."""
        if tree is None or tree == self._tree:
            return
        for note in sorted(changed(self._repo, self._tree, tree)):
            known = self._notes.get(note, {})
            fresh: dict[bytes, _Read] = {}
            for oid in lookup(self._repo, tree, note):
                if str(oid) == note:
                    continue
                data = read_blob(self._repo, oid, MAX_NOTE_BYTES)
                if data is None:
                    fresh[oid.raw] = _Read(
                        Ignored(note, "malformed", f"blob {oid} is missing or too large"), b""
                    )
                    continue
                for line in note_lines(data):
                    fresh[line] = known.get(line) or _Read(self._read(note, line), line)
            self._notes[note] = fresh
        self._tree = tree

    def placed(self) -> Iterator[Placed]:
        """Yield every well-formed event with its place."""
        for result in self._results():
            if isinstance(result, Placed):
                yield result

    def refused(self) -> Iterator[Ignored]:
        """Yield every line that is no event."""
        for result in self._results():
            if isinstance(result, Ignored):
                yield result

    def line(self, event_id: bytes) -> bytes | None:
        """Return the line of an event that was read."""
        for note in self._notes.values():
            for read in note.values():
                if isinstance(read.result, Placed) and read.result.event.id == event_id:
                    return read.line
        return None

    def _results(self) -> Iterator[Placed | Ignored]:
        for note in self._notes.values():
            for read in note.values():
                yield read.result

    def _read(self, note: str, line: bytes) -> Placed | Ignored:
        try:
            signed = parse_line(line)
        except ForeignLineError:
            return Ignored(note, "foreign line", "not an event line")
        except NewerEventError as why:
            return Ignored(note, "newer version", str(why))
        except (BadEventError, NotCanonicalError) as why:
            return Ignored(note, "malformed", str(why))
        signer, trouble = self._check(signed)
        return Placed(note, signed.event, signer, trouble)

    def _check(self, signed: SignedEvent) -> tuple[str, tuple[Reason, str] | None]:
        event: Event = signed.event
        name = event.key.hex()[:16]
        key = self._trust.key(event.key)
        if key is None:
            return name, ("untrusted key", f"no allowed signer has the key {name}")
        answer = self._trust.principal(event.key, event.time, sshsig.NAMESPACE)
        if isinstance(answer, Untrusted):
            return name, ("untrusted key", answer.reason)
        if not key.verify(sshsig.preimage(event.body), signed.signature):
            return answer.principal, ("bad signature", f"the key {name} did not sign it")
        return answer.principal, None
