"""Scanning: every line of a notes tree asked everything that can be asked of it alone.

`kbis.log.reader` keeps what it read and stops at the first reason why a line does not count. A scan keeps nothing
from one time to the next, and checks the signature of a key that is known but not trusted, too.
"""

from base64 import urlsafe_b64decode
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha256

import pygit2

from kbis.log import sshsig
from kbis.log.blobs import read_note
from kbis.log.canon import NotCanonicalError
from kbis.log.count import Placed, Reason
from kbis.log.event import BadEventError, NewerEventError, event_id
from kbis.log.key_name import key_words
from kbis.log.line import ForeignLineError, SignedEvent, parse_line
from kbis.log.notes import entries, is_fanout, is_note
from kbis.log.pubkey import fingerprint_text
from kbis.log.trouble import Severity, Trouble, Troubles
from kbis.log.trust import Trust, Trusted


@dataclass
class Scan:
    """What the lines of a tree are.

    Attributes:
        troubles: Lines that are wrong by themselves, and notes that cannot be read.
        placed: Every well-formed event with its place.
        signatures: The raw signature of each event whose key is trusted and signed it, 64 bytes.
        digests: SHA-256 of the line of each well-formed event.
        newer: Ids of events that a newer kbis wrote, as far as they can be told.
        notes: Notes read.
        lines: Lines that say anything.
    """

    troubles: Troubles = field(default_factory=Troubles)
    placed: list[Placed] = field(default_factory=list)
    signatures: dict[bytes, bytes] = field(default_factory=dict)
    digests: set[bytes] = field(default_factory=set)
    newer: set[bytes] = field(default_factory=set)
    notes: int = 0
    lines: int = 0


def scan(repo: pygit2.Repository, tree: pygit2.Oid | None, trust: Trust) -> Scan:
    """Read and check every line of a tree that was taken in before.

    Raises:
        MissingObjectError: a tree or a note is gone or damaged.
    """
    found = Scan()
    for note, oid in _notes(repo, tree, found.troubles) if tree else ():
        found.notes += 1
        lines = read_note(repo, oid)
        if lines is None:
            said = f"{oid} is no blob or over the limits"
            found.troubles.add(Trouble("failure", "unreadable note", said, note))
            continue
        found.lines += len(lines)
        for line in sorted(lines):
            _take(found, note, line, trust)
    return found


def _notes(repo: pygit2.Repository, tree: pygit2.Oid, troubles: Troubles) -> Iterator[tuple[str, pygit2.Oid]]:
    """Yield each note (object hex, blob) but attachments, one at a time: there may be very many."""
    todo = [("", tree)]
    while todo:
        prefix, oid = todo.pop()
        for name, child, mode in entries(repo, oid):
            if is_fanout(prefix, name, mode):
                todo.append((prefix + name, child))
            elif not is_note(prefix + name, mode):
                below = f" below {prefix}" if prefix else ""
                troubles.add(Trouble("warning", "foreign path", f"{name}{below} is no note"))
            elif str(child) != prefix + name:
                yield prefix + name, child


def _take(found: Scan, note: str, line: bytes, trust: Trust) -> None:
    try:
        signed = parse_line(line)
    except ForeignLineError:
        found.troubles.add(Trouble("warning", "foreign line", "not an event line", note))
    except NewerEventError as why:
        found.newer |= _id_of_newer(line)
        found.troubles.add(Trouble("warning", "newer version", str(why), note))
    except (BadEventError, NotCanonicalError) as why:
        found.troubles.add(Trouble("failure", "malformed", str(why), note))
    else:
        signer, trouble = _check(signed, trust)
        found.digests.add(sha256(line).digest())
        found.placed.append(Placed(note, signed.event, signer, trouble))
        if trouble is None:
            found.signatures[signed.event.id] = signed.signature
        else:
            reason, detail = trouble
            severity: Severity = "warning" if reason == "untrusted key" else "failure"
            found.troubles.add(Trouble(severity, reason, detail, note, signed.event))


def _check(signed: SignedEvent, trust: Trust) -> tuple[str, tuple[Reason, str] | None]:
    """Name the signer, and what is wrong with the signature."""
    event = signed.event
    name = fingerprint_text(event.key)
    key = trust.key(event.key)
    answer = trust.principal(event.key, event.time, sshsig.NAMESPACE)
    signer = answer.principal if isinstance(answer, Trusted) else name
    if key is not None and not key.verify(sshsig.preimage(event.body), signed.signature):
        return signer, ("bad signature", f"{key_words(trust, event.key)} did not sign it")
    return signer, None if isinstance(answer, Trusted) else ("untrusted key", answer.reason)


def _id_of_newer(line: bytes) -> set[bytes]:
    """Return the id of an event that a newer kbis wrote, so that what follows it is not thought to lack its past."""
    fields = line.split(b" ")
    if fields[0] != b"k1" or len(fields) != 6:
        return set()
    return {event_id(urlsafe_b64decode(fields[4] + b"=" * (-len(fields[4]) % 4)))}
