"""The store: two refs that hold the log, and the one way to add to it.

`refs/kbis/log` is what this clone has ever seen; `refs/notes/kbis` is what it publishes. git's own notes commands
have no compare-and-swap and may drop what others wrote, so every opening unions the published ref into the log and
publishes the result: nothing that was acknowledged can be taken away by `git notes`.
"""

import random
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

import pygit2

from kbis.errors import InfraError, IntegrityError, UserError
from kbis.log.blobs import (
    MAX_NOTE_BYTES,
    MAX_NOTE_LINES,
    MissingObjectError,
    fits,
    join_lines,
    read_note,
)
from kbis.log.difference import fresh_objects
from kbis.log.durable import waiting
from kbis.log.foreign import ForeignTreeError, refuse_foreign
from kbis.log.housekeeping import Housekeeping
from kbis.log.lock import exclusive
from kbis.log.notes import Known, lookup, write_tree
from kbis.log.promised import fetch_promised, promisors
from kbis.log.recent import PrunedError, RecentObjects
from kbis.log.refs import RefMovedError, is_torn, move, remove_torn, tip
from kbis.log.repository import Repository
from kbis.log.union import TreeTooLargeError, union_trees
from kbis.log.writing import ObjectWriter

LOG_REF = "refs/kbis/log"
NOTES_REF = "refs/notes/kbis"

_NAME, _MAIL = "kbis", "kbis@localhost"
_RACES = 50
"""How often a ref may move under us, or a new object be pruned, before we give up."""
_REPAIRS = 10
"""How often to put back objects that are missed, while somebody prunes, before we call the log damaged."""
_MISSED_IN_EARNEST = 2
"""Missed so often, an object is not merely pruned: it may be one that a partial clone never had."""
_FAILURES = 20
"""How often a write may fail before we report it: a gc removes directories and objects it has a use for."""

_Answer = TypeVar("_Answer")


class Store:
    """The notes trees of one repository.

    Args:
        repo: The open repository.
        git_directory: Its common git directory, where refs and kbis' lock live.
        notes_ref: The published ref.
    """

    def __init__(self, repo: pygit2.Repository, git_directory: Path, notes_ref: str = NOTES_REF) -> None:
        # A handle of its own, whose writes wait in memory: others that have the repository open must not see them yet.
        self.repo = pygit2.Repository(repo.path)
        self.git_directory = git_directory
        self.notes_ref = notes_ref
        self._known: Known = set()
        self._recent = RecentObjects(git_directory)
        self._objects = ObjectWriter(self.repo, git_directory, self._recent)
        self._housekeeping = Housekeeping(Repository(self.repo, git_directory), self._recent)

    def tree(self) -> pygit2.Oid | None:
        """Return the tree of all this clone has seen; heals the two refs first when they differ.

        Raises:
            UserError: a ref does not hold notes.
            InfraError: a ref cannot be moved.
            IntegrityError: an object that a ref leads to is gone.
        """
        self._recent.restore_if_due()
        return self.unpruned(self._tree)

    def add(self, lines: Mapping[str, list[bytes]], contents: Sequence[bytes], message: str) -> None:
        """Add lines to the notes of objects (hex) and note each content under its own name; durable on return.

        Raises:
            UserError: a ref does not hold notes, or a note would grow over its limit.
            InfraError: the repository cannot be written.
            IntegrityError: an object that a ref leads to is gone.
        """
        with exclusive(self._lock):
            self._tried(lambda: self.unpruned(lambda: self._add(lines, contents, message)))
        self._housekeeping.written()

    def absorb(self, fetched: pygit2.Oid | None, objects: Iterable[pygit2.Oid] = ()) -> pygit2.Oid | None:
        """Union the notes of a fetched commit into the log, and return the log's newest commit.

        Args:
            fetched: The commit; None to do no more than every opening does.
            objects: What came with it, to be held until a gc can no longer take it for garbage.

        Raises:
            PrunedError: some of `objects` are gone already; fetch again.
            TreeTooLargeError: the commit's tree is over the limit.
            UserError: a ref does not hold notes.
            InfraError: the repository cannot be written.
            IntegrityError: an object that a ref leads to is gone.
        """
        with exclusive(self._lock):
            self._recent.keep(objects)
            united = self._tried(lambda: self.unpruned(lambda: self._absorb(fetched)))
        if fetched is not None:
            self._housekeeping.written()
        return united

    def unpruned(self, action: Callable[[], _Answer]) -> _Answer:
        """Read or write; when an object is missed, put back the recent ones that are gone and do it again.

        Raises:
            IntegrityError: an object is gone for good.
        """
        for missed in range(1, _REPAIRS + 1):
            try:
                return action()
            except MissingObjectError as why:
                if missed == _REPAIRS:
                    raise self._damaged(why) from why
                with suppress(OSError):
                    self._recent.restore()
                if missed == _MISSED_IN_EARNEST:
                    fetch_promised(Repository(self.repo, self.git_directory), (LOG_REF, self.notes_ref))
        raise AssertionError

    def _damaged(self, why: MissingObjectError) -> IntegrityError:
        kept = promisors(Repository(self.repo, self.git_directory))
        return IntegrityError(
            f"The log in {self.git_directory} is damaged: {why}.",
            (f"In this partial clone it could not be fetched from {', '.join(kept)}. " if kept else "")
            + f"Look at git fsck. If only {self.notes_ref} is damaged, delete it with git update-ref -d and "
            "kbis publishes its log again; else fetch the notes from another clone.",
        )

    def _tree(self) -> pygit2.Oid | None:
        log, notes = self._tip(LOG_REF), self._tip(self.notes_ref)
        if log != notes:
            with exclusive(self._lock):
                log = self._tried(self._heal)
        return None if log is None else self._commit(log).tree_id

    def _tried(self, action: Callable[[], _Answer]) -> _Answer:
        """Write, and write again when a ref moved or an object was pruned meanwhile; the lock is held."""
        failures = 0
        for _ in range(_RACES):
            try:
                return action()
            except (RefMovedError, PrunedError):
                continue
            except (pygit2.GitError, OSError, KeyError, ValueError) as why:
                failures += 1
                if failures == _FAILURES:
                    raise InfraError(
                        f"The log in {self.git_directory} cannot be written: {why}.",
                        "Check free space and rights, then run the command again; nothing recorded is lost.",
                    ) from why
                with suppress(OSError):
                    self._recent.restore()
                time.sleep(random.uniform(0.002, 0.02))  # noqa: S311 - jitter, not a secret
        raise InfraError(
            f"The log in {self.git_directory} keeps changing while kbis writes it.",
            "Another program writes notes, or git gc prunes, without pause; stop it and run the command again.",
        )

    def _add(self, lines: Mapping[str, list[bytes]], contents: Sequence[bytes], message: str) -> None:
        base = self._heal()
        tree = None if base is None else self._commit(base).tree_id
        blobs = [self.repo.create_blob(content) for content in contents]
        updates = {str(oid): oid for oid in blobs}
        for note, more in lines.items():
            updates[note] = self._extended(tree, note, more)
        who = pygit2.Signature(_NAME, _MAIL)
        new = self._advance(base, write_tree(self.repo, tree, updates), [base] if base else [], message, who)
        # The log has the facts, they are durable: what keeps them from being published is met at the next opening.
        with suppress(InfraError):
            self._publish(base, new)

    def _absorb(self, fetched: pygit2.Oid | None) -> pygit2.Oid | None:
        base = self._heal()
        if fetched is None:
            return base
        try:
            united = self._united(base, fetched)
        except PrunedError:
            # What others wrote cannot be written again; it can be put back.
            self._recent.restore()
            raise
        self._publish(base, united)
        return united

    def _extended(self, tree: pygit2.Oid | None, note: str, new: list[bytes]) -> pygit2.Oid:
        lines = set(new)
        for oid in lookup(self.repo, tree, note):
            # A blob that is too long to be read holds no event of ours; it stays in the ref's history.
            lines |= read_note(self.repo, oid) or set()
        if not fits(lines, MAX_NOTE_BYTES):
            raise UserError(
                f"The note of {note} would grow over {MAX_NOTE_BYTES} bytes or {MAX_NOTE_LINES} lines.",
                "Look at it with git notes --ref=kbis show: too much was recorded for one commit.",
            )
        return self.repo.create_blob(join_lines(lines))

    def _heal(self) -> pygit2.Oid | None:
        """Union the published ref into the log and publish the log; the lock is held."""
        self._objects.forget()
        remove_torn(self.git_directory, self.notes_ref)
        log, notes = self._tip(LOG_REF), self._tip(self.notes_ref)
        if log == notes:
            return log
        if notes is None:
            assert log is not None  # noqa: S101 - they differ
            healed = log
        else:
            healed = self._united_or_told(log, notes)
        self._publish(notes, healed)
        return healed

    def _united_or_told(self, log: pygit2.Oid | None, notes: pygit2.Oid) -> pygit2.Oid:
        try:
            # Somebody may have pointed the ref at a branch: once united with the log, its files stay there for good.
            refuse_foreign(self.repo, self._commit(notes).tree_id, self.notes_ref)
            return self._united(log, notes)
        except (ForeignTreeError, TreeTooLargeError) as why:
            raise UserError(
                f"The notes at {self.notes_ref} are not taken in: {why}.",
                f"Find out who wrote them (git log {self.notes_ref}), then delete the ref with git update-ref -d "
                "and kbis publishes its own log again.",
            ) from why

    def _united(self, log: pygit2.Oid | None, notes: pygit2.Oid) -> pygit2.Oid:
        """Move the log to a commit that holds what the log and other notes hold, and return it."""
        ours, theirs = None if log is None else self._commit(log).tree_id, self._commit(notes).tree_id
        tree = union_trees(self.repo, ours, theirs, self._known)
        if tree == theirs and (log is None or self._descends(notes, log)):
            with waiting(True):
                move(self.repo, self.git_directory, LOG_REF, log, notes)
            if log is None:
                self._tell_git_to_merge()
            return notes
        if log is not None and tree == ours and self._descends(log, notes):
            return log
        parents = sorted(filter(None, [log, notes]), key=str)
        # A union must be the same commit in every clone, so its time comes from its parents.
        latest = max(self._commit(parent).commit_time for parent in parents)
        who = pygit2.Signature(_NAME, _MAIL, latest, 0)
        return self._advance(log, tree, parents, "kbis: union", who)

    def _advance(
        self,
        log: pygit2.Oid | None,
        tree: pygit2.Oid,
        parents: list[pygit2.Oid],
        message: str,
        who: pygit2.Signature,
    ) -> pygit2.Oid:
        """Commit a tree and move the log to it; the lock is held."""
        new = self.repo.create_commit(None, who, who, message, tree, parents)
        if log is None:
            self._tell_git_to_merge()
        before = None if log is None else self._commit(log).tree_id
        with self._objects.on_disk([new, *fresh_objects(self.repo, before, tree)]), waiting(True):
            move(self.repo, self.git_directory, LOG_REF, log, new)
        return new

    def _tell_git_to_merge(self) -> None:
        """Let a bare `git notes merge` keep both sides' lines, for those who use it instead of kbis."""
        setting = f"notes.{self.notes_ref.removeprefix('refs/notes/')}.mergeStrategy"
        with suppress(pygit2.GitError, OSError, ValueError):
            if setting not in self.repo.config:
                self.repo.config[setting] = "cat_sort_uniq"

    def _publish(self, old: pygit2.Oid | None, new: pygit2.Oid) -> None:
        # A published ref that moved meanwhile is healed at the next opening, and so is one that a power cut has undone:
        # the log is on the disk already, and waiting for its copy too would take most of the time of an append.
        if old != new:
            with suppress(RefMovedError), waiting(False):
                move(self.repo, self.git_directory, self.notes_ref, old, new)

    def _tip(self, name: str) -> pygit2.Oid | None:
        if name == self.notes_ref and is_torn(self.git_directory, name):
            return None
        try:
            return tip(self.repo, name)
        except KeyError as why:
            raise MissingObjectError(f"the commit that {name} leads to is not here") from why
        except (pygit2.GitError, ValueError) as why:
            raise UserError(
                f"The ref {name} does not point at a commit of this repository.",
                f"If it was damaged, delete it with git update-ref -d {name} and run the command again.",
            ) from why

    def _descends(self, newer: pygit2.Oid, older: pygit2.Oid) -> bool:
        try:
            return self.repo.descendant_of(newer, older)
        except (KeyError, pygit2.GitError) as why:
            raise MissingObjectError(f"the history of {newer} cannot be walked: {why}") from why

    def _commit(self, oid: pygit2.Oid) -> pygit2.Commit:
        try:
            return self.repo[oid].peel(pygit2.Commit)
        except (KeyError, pygit2.GitError) as why:
            raise MissingObjectError(f"the commit {oid} cannot be read") from why

    @property
    def _lock(self) -> Path:
        return self.git_directory / "kbis" / "lock"
