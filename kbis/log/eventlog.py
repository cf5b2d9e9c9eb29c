"""The event log: read what counts, append what happened.

This is the only door to the facts. Reading verifies only lines not seen before; appending signs, writes and
returns when the events are durable.
"""

import os
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import pygit2

from kbis.errors import UserError
from kbis.log import attachments, sshsig
from kbis.log.attachments import Content
from kbis.log.cache import VerifiedLines
from kbis.log.canon import NotCanonicalError
from kbis.log.count import Counted, Counting
from kbis.log.event import MAX_PARENTS, Attachment, BadEventError, Event, decode
from kbis.log.kinds import Data
from kbis.log.line import SignedEvent, format_line
from kbis.log.reader import Reader
from kbis.log.repository import Repository
from kbis.log.signer import Signer
from kbis.log.store import NOTES_REF, Store
from kbis.log.trust import Trust

CACHE = Path("kbis") / "cache.db"
"""Which lines were verified, below the git directory; may be deleted at any time."""

_Answer = TypeVar("_Answer")


@dataclass(frozen=True)
class Draft:
    """A fact about to be recorded: the commit it speaks of (20 bytes), what happened, and what belongs to it."""

    object: bytes
    data: Data
    contents: tuple[Content, ...] = ()


class EventLog:
    """The log of one repository, as one signer sees it.

    Args:
        repository: Where the log lives.
        trust: Whose events count.
        signer: Who appends; None for reading only.
        notes_ref: The published ref.
        clock: Milliseconds since 1970; shown in events, never trusted.
        remember: Whether lines verified once are taken as verified from then on.
    """

    def __init__(
        self,
        repository: Repository,
        trust: Trust,
        signer: Signer | None = None,
        notes_ref: str = NOTES_REF,
        clock: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
        *,
        remember: bool = True,
    ) -> None:
        self.repository = repository
        self.trust = trust
        self._signer = signer
        self._store = Store(repository.git, repository.directory, notes_ref)
        verified = VerifiedLines(repository.directory / CACHE) if remember else None
        self._reader = Reader(repository.git, trust, verified)
        self._clock = clock
        self._counting: Counting | None = None
        self._counted: tuple[pygit2.Oid | None, Counted] | None = None

    def counted(self) -> Counted:
        """Return all that counts and all that does not, as of now."""
        tree = self._store.tree()
        if self._counted is None or self._counted[0] != tree:
            # Should this be broken off, everything is counted anew the next time.
            counting, self._counting = self._counting, None
            came = self._store.unpruned(lambda: self._reader.refresh(tree))
            if counting is None or came is None:
                counting, came = Counting(self.repository.has_root), self._reader.placed()
            counting.add(came)
            self._counted, self._counting = (tree, counting.counted(self._reader.refused())), counting
        return self._counted[1]

    def append(
        self, repository: bytes, bisection: bytes, after: Iterable[Event], drafts: Sequence[Draft]
    ) -> tuple[Event, ...]:
        """Sign and record facts, each after the one before it; durable when this returns.

        Args:
            repository: The root commit, 20 bytes.
            bisection: Id of the start event; empty to record a start event.
            after: The newest events the writer knew when it decided this.
            drafts: What to record.

        Raises:
            UserError: there is no key to sign with, or a fact is over a limit.
            InfraError: the repository cannot be written.
        """
        if self._signer is None:
            raise UserError("There is no key to sign events with.", "Run kbis key to make one.")
        newest = sorted(after, key=lambda each: each.order, reverse=True)[:MAX_PARENTS]
        events: list[Event] = []
        lines: dict[str, list[bytes]] = {}
        for draft in drafts:
            event = self._event(repository, bisection, newest, draft)
            signature = self._signer.sign(sshsig.preimage(event.body))
            line = format_line(SignedEvent(event, signature))
            lines.setdefault(event.object.hex(), []).append(line)
            events.append(event)
            newest = [event]
            bisection = bisection or event.id
        message = "kbis: " + ", ".join(dict.fromkeys(each.kind for each in events))
        contents = [each.data for draft in drafts for each in draft.contents]
        self._store.add(lines, contents, message)
        return tuple(events)

    def absorb(self, fetched: pygit2.Oid | None, objects: Iterable[pygit2.Oid] = ()) -> pygit2.Oid | None:
        """Take in the notes of a fetched commit, and return the log's newest commit; see `Store.absorb`."""
        return self._store.absorb(fetched, objects)

    def unpruned(self, action: Callable[[], _Answer]) -> _Answer:
        """Read the log's objects; see `Store.unpruned`."""
        return self._store.unpruned(action)

    def content(self, attachment: Attachment) -> bytes:
        """Return attached bytes, checked against their event.

        Raises:
            IntegrityError: they are missing or not what was signed.
        """
        return self._store.unpruned(lambda: attachments.load(self.repository.git, attachment))

    def line(self, event: Event) -> bytes | None:
        """Return the line that holds an event, or None when it is not here."""
        return self._reader.line(event.id)

    def _event(self, repository: bytes, bisection: bytes, parents: Sequence[Event], draft: Draft) -> Event:
        assert self._signer is not None  # noqa: S101 - append has checked it
        try:
            event = Event(
                repository=repository,
                bisection=bisection,
                object=draft.object,
                key=self._signer.public.fingerprint,
                parents=tuple(sorted({each.id for each in parents})),
                lamport=1 + max((each.lamport for each in parents), default=0),
                time=self._clock(),
                nonce=os.urandom(8),
                data=draft.data,
                attachments=tuple(attachments.describe(each) for each in draft.contents),
            )
            # What no reader would take must not be acknowledged.
            decode(event.body)
        except (NotCanonicalError, BadEventError) as why:
            raise UserError(
                f"The {type(draft.data).__name__.lower()} event cannot be recorded: {why}.",
                "Make that field shorter or correct it; docs/format.md has the limits.",
            ) from why
        return event
