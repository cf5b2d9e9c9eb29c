"""Trading events with one place: pull unites what is there with the log, push sends the log, and neither loses any.

Pushes are never forced. Where another machine was faster, its notes are fetched and united, and the push is tried
again: a union is the same commit in every clone, so the tries of many machines converge.
"""

import random
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import pygit2

from kbis.errors import InfraError, IntegrityError, UserError
from kbis.log import remote
from kbis.log.blobs import MissingObjectError
from kbis.log.eventlog import EventLog
from kbis.log.foreign import ForeignTreeError, refuse_foreign
from kbis.log.incoming import UnfitError, new_objects
from kbis.log.news import News, news
from kbis.log.places import Place
from kbis.log.promised import fetch_promised
from kbis.log.recent import PrunedError
from kbis.log.remote import Accepted, Rejected
from kbis.log.seen import Rollback, find_rollback, last_seen, remember, tree_of
from kbis.log.setback import strike_out, write_down
from kbis.log.union import TreeTooLargeError

TRIES = 100
"""How often a push may be overtaken; of eight busy writers on one remote, each is overtaken a few times."""

PATIENCE_S = 600.0
"""How long a push may be overtaken."""

SILENCE_S = 5.0
"""After so long a push that is overtaken again and again says so."""

_PAUSES_S = (0.05, 1.0)
"""The first pause and the longest; each is drawn between nothing and twice the one before."""

_TRIES_WHOLE = 4
"""How often to ask for what has come without a part: a gc of the user's may take it while it comes."""


@dataclass
class Tally:
    """What was traded.

    Attributes:
        received: What came that the log had not.
        sent: What the place had not.
        merges: How many commits unite two histories.
        retries: How often a push was overtaken.
        rollbacks: What was found gone from there.
    """

    received: News = field(default_factory=News)
    sent: News = field(default_factory=News)
    merges: int = 0
    retries: int = 0
    rollbacks: list[Rollback] = field(default_factory=list)


@dataclass
class Exchange:
    """Trading between the log and one place.

    Attributes:
        log: The log.
        place: The other side.
        notes_ref: The published ref.
        tally: Counts what is traded.
        tell: Is told of a rollback as soon as it is found.
        interactive: Whether somebody can answer git's questions.
        remark: Is told, once, that a push takes long.
    """

    log: EventLog
    place: Place
    notes_ref: str
    tally: Tally
    tell: Callable[[Rollback], None]
    interactive: bool = False
    remark: Callable[[str], None] = lambda _: None
    _there: pygit2.Oid | None = None
    _looked: bool = False

    def pull(self) -> None:
        """Fetch, and take in what is new.

        Raises:
            UserError: the place cannot be used, or what it has cannot be taken in.
            InfraError: the place cannot be reached, or the log cannot be written.
            IntegrityError: what it has is incomplete.
        """
        # A damaged log is told as such, before git says in its own words what it misses.
        self.log.absorb(None)
        seen = last_seen(self.log.repository, self.place)
        self._there = self._take()
        lost = self._rollback(seen, self._there)
        if lost is not None:
            # A git fetch of the user's own that began long ago may just have written its old answer: look again.
            self._there = self._take()
            lost = self._rollback(seen, self._there)
        self._looked = True
        if lost is not None:
            self._told(lost)
        else:
            if self._there is not None:
                remember(self.log.repository, self.place, self._there)
            strike_out(self.log.repository, self.place.digest)
        if self.place.remote is None:
            # The log has it now; what a URL once had is no measure for a later push.
            remote.forget(self.log.repository, self.place.tracking)

    def push(self) -> None:
        """Send the log, uniting it with what others send meanwhile; does nothing when the place has it all.

        Raises:
            UserError: the place cannot be used, or takes no notes.
            InfraError: the place cannot be reached, or others were faster all the time.
        """
        began = time.monotonic()
        until = began + PATIENCE_S
        told = False
        pause = _PAUSES_S[0]
        for tries_left in reversed(range(TRIES)):
            tip = self.log.absorb(None)
            if tip is None or (self._looked and tip == self._there):
                return
            seen = last_seen(self.log.repository, self.place)
            answer = remote.push(
                self.log.repository, self.place, self.notes_ref, tip, interactive=self.interactive
            )
            match answer:
                case Accepted(before):
                    self._sent(seen, before, tip)
                    return
                case Rejected(reason):
                    self.tally.retries += 1
                    if not tries_left or time.monotonic() > until:
                        raise InfraError(
                            f"{self.place.name} did not take the log in {self.tally.retries} tries: {reason}.",
                            "Nothing is lost, run the command again. If nobody else pushes there, its keeper should "
                            f"look for a lock file that was left over: {self.notes_ref}.lock.",
                        )
                    if not told and time.monotonic() > began + SILENCE_S:
                        told = True
                        self.remark(
                            f"{self.place.name} did not take the log in {self.tally.retries} tries ({reason}); "
                            f"kbis goes on trying for up to {PATIENCE_S / 60:g} minutes."
                        )
                    time.sleep(random.uniform(0, pause))  # noqa: S311 - jitter, not a secret
                    pause = min(2 * pause, _PAUSES_S[1])
                    self.pull()

    def _take(self) -> pygit2.Oid | None:
        """Fetch and absorb; when a part is missing, ask for the whole again."""
        for tries in range(_TRIES_WHOLE):
            there = remote.fetch(
                self.log.repository, self.place, self.notes_ref, interactive=self.interactive, whole=tries > 0
            )
            if there is None:
                return None
            try:
                self._absorb(there)
            except (MissingObjectError, PrunedError) as why:
                missing = why
                fetch_promised(self.log.repository, [self.place.tracking])
            except (UnfitError, ForeignTreeError, TreeTooLargeError) as why:
                raise UserError(
                    f"The notes of {self.place.name} are not taken in: {why}.",
                    f"Find out who wrote them: git log {self.place.tracking}. The log here is as it was. When its "
                    f"keeper has deleted {self.notes_ref} there, kbis push puts the notes back.",
                ) from why
            else:
                return there
        raise IntegrityError(
            f"The notes of {self.place.name} are incomplete: {missing}.",
            "Its keeper should look at git fsck there; the log here is as it was.",
        ) from missing

    def _absorb(self, there: pygit2.Oid) -> None:
        repository = self.log.repository
        before = self.log.absorb(None)
        fresh = new_objects(repository, there, before)
        if not fresh:
            return
        tree = tree_of(repository.git, there)
        if tree is not None:
            refuse_foreign(repository.git, tree, self.notes_ref)
        try:
            after = self.log.absorb(there, [oid for oid in fresh if _is_loose(repository.directory, oid)])
        except OSError as why:
            raise InfraError(
                f"What came from {self.place.name} cannot be kept: {why.strerror}.",
                "Check free space and rights, then run the command again.",
            ) from why
        self.tally.received |= self._difference(before, there)
        self.tally.merges += after not in (before, there)

    def _sent(self, seen: pygit2.Oid | None, before: pygit2.Oid | None, tip: pygit2.Oid) -> None:
        before = self._peeled(before)
        if not self._looked:
            lost = self._rollback(seen, before)
            if lost is not None:
                self._told(lost)
        self.tally.sent |= self._difference(before, tip)
        remote.track(self.log.repository, self.place, tip)
        remember(self.log.repository, self.place, tip)
        strike_out(self.log.repository, self.place.digest)
        self._there, self._looked = tip, True

    def _rollback(self, seen: pygit2.Oid | None, now: pygit2.Oid | None) -> Rollback | None:
        return self.log.unpruned(lambda: find_rollback(self.log.repository, self.place, seen, now))

    def _peeled(self, before: pygit2.Oid | None) -> pygit2.Oid | None:
        """Return the commit of what a ref there led to; it may have been a tag."""
        try:
            return None if before is None else self.log.repository.git[before].peel(pygit2.Commit).id
        except (KeyError, ValueError, pygit2.GitError):
            return before

    def _told(self, lost: Rollback) -> None:
        with suppress(OSError):
            write_down(self.log.repository, self.place, lost, int(time.time()))
        if all(lost.was != other.was for other in self.tally.rollbacks):
            self.tally.rollbacks.append(lost)
            self.tell(lost)

    def _difference(self, had: pygit2.Oid | None, has: pygit2.Oid) -> News:
        repo = self.log.repository.git
        return self.log.unpruned(lambda: news(repo, tree_of(repo, had), tree_of(repo, has)))


def _is_loose(git_directory: Path, oid: pygit2.Oid) -> bool:
    name = str(oid)
    return (git_directory / "objects" / name[:2] / name[2:]).exists()
