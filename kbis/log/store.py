"""The store: two refs that hold the log, and the one way to add to it.

`refs/kbis/log` is what this clone has ever seen; `refs/notes/kbis` is what it publishes. git's own notes commands
have no compare-and-swap and may drop what others wrote, so every opening unions the published ref into the log and
publishes the result: nothing that was acknowledged can be taken away by `git notes`.
"""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from pathlib import Path

import pygit2

from kbis.errors import InfraError, UserError
from kbis.log.blobs import MAX_NOTE_BYTES, join_lines, note_lines, read_blob
from kbis.log.lock import exclusive
from kbis.log.notes import lookup, write_tree
from kbis.log.refs import RefMovedError, move, tip
from kbis.log.union import union_trees

LOG_REF = "refs/kbis/log"
NOTES_REF = "refs/notes/kbis"

_NAME, _MAIL = "kbis", "kbis@localhost"
_HEAL_TRIES = 50


class Store:
    """The notes trees of one repository.

    Args:
        repo: The open repository.
        git_directory: Its common git directory, where refs and kbis' lock live.
        notes_ref: The published ref.
    """

    def __init__(self, repo: pygit2.Repository, git_directory: Path, notes_ref: str = NOTES_REF) -> None:
        self.repo = repo
        self.git_directory = git_directory
        self.notes_ref = notes_ref
        self._known: set[pygit2.Oid] = set()

    def tree(self) -> pygit2.Oid | None:
        """Return the tree of all this clone has seen; heals the two refs first when they differ.

        Raises:
            UserError: a ref does not hold notes.
            InfraError: a ref cannot be moved.
        """
        log, notes = self._tip(LOG_REF), self._tip(self.notes_ref)
        if log != notes:
            with self._lock():
                log = self._heal()
        return None if log is None else self._commit(log).tree_id

    def add(self, lines: Mapping[str, list[bytes]], blobs: list[pygit2.Oid], message: str) -> None:
        """Add lines to the notes of objects (hex) and note each blob under its own name; durable on return.

        Raises:
            UserError: a note would grow over its limit.
            InfraError: the repository cannot be written.
        """
        with self._lock():
            base = self._heal()
            tree = None if base is None else self._commit(base).tree_id
            try:
                updates = {str(oid): oid for oid in blobs}
                for note, new in lines.items():
                    updates[note] = self._extended(tree, note, new)
                self._advance(base, write_tree(self.repo, tree, updates), [base] if base else [], message)
            except (pygit2.GitError, OSError) as why:
                raise InfraError(
                    f"The event could not be written to {self.git_directory}: {why}.",
                    "Check free space and rights, then run the command again; nothing recorded is lost.",
                ) from why

    def _extended(self, tree: pygit2.Oid | None, note: str, new: list[bytes]) -> pygit2.Oid:
        lines = set(new)
        for oid in lookup(self.repo, tree, note):
            data = read_blob(self.repo, oid, MAX_NOTE_BYTES)
            if data is None:
                raise UserError(
                    f"The note of {note} is larger than {MAX_NOTE_BYTES} bytes or missing.",
                    "Fetch it again with git fetch --no-filter, or run kbis verify to see what is in it.",
                )
            lines.update(note_lines(data))
        return self.repo.create_blob(join_lines(lines))

    def _heal(self) -> pygit2.Oid | None:
        """Union the published ref into the log and publish the log; the lock is held."""
        for _ in range(_HEAL_TRIES):
            log, notes = self._tip(LOG_REF), self._tip(self.notes_ref)
            if log == notes:
                return log
            try:
                return self._unite(log, notes)
            except RefMovedError:
                continue
        raise InfraError(
            f"The ref {self.notes_ref} keeps moving while kbis reads it.",
            "Another program writes notes without pause; stop it and run the command again.",
        )

    def _unite(self, log: pygit2.Oid | None, notes: pygit2.Oid | None) -> pygit2.Oid:
        if notes is None or log is None:
            only = log or notes
            assert only is not None  # noqa: S101 - the caller has seen that they differ
            if log is None:
                tree = union_trees(self.repo, None, self._commit(only).tree_id, self._known)
                if tree == self._commit(only).tree_id:
                    move(self.repo, self.git_directory, LOG_REF, None, only)
                    return only
                return self._advance(None, tree, [only], "kbis: adopt notes", notes)
            self._publish(None, only)
            return only
        ours, theirs = self._commit(log), self._commit(notes)
        tree = union_trees(self.repo, ours.tree_id, theirs.tree_id, self._known)
        if tree == theirs.tree_id and self.repo.descendant_of(notes, log):
            move(self.repo, self.git_directory, LOG_REF, log, notes)
            return notes
        if tree == ours.tree_id and self.repo.descendant_of(log, notes):
            self._publish(notes, log)
            return log
        return self._advance(log, tree, sorted([log, notes], key=str), "kbis: union", notes)

    def _advance(
        self,
        log: pygit2.Oid | None,
        tree: pygit2.Oid,
        parents: list[pygit2.Oid],
        message: str,
        notes: pygit2.Oid | None = None,
    ) -> pygit2.Oid:
        """Commit a tree, move the log to it, then publish; the lock is held."""
        times = [self._commit(parent).commit_time for parent in parents]
        merging = len(parents) > 1
        # A merge must be the same commit in every clone, so its time comes from its parents.
        who = pygit2.Signature(_NAME, _MAIL, max(times), 0) if merging else pygit2.Signature(_NAME, _MAIL)
        new = self.repo.create_commit(None, who, who, message, tree, parents)
        move(self.repo, self.git_directory, LOG_REF, log, new)
        self._publish(notes if notes is not None else log, new)
        return new

    def _publish(self, old: pygit2.Oid | None, new: pygit2.Oid) -> None:
        # The log already holds the facts; a published ref that moved meanwhile is healed at the next opening.
        try:
            move(self.repo, self.git_directory, self.notes_ref, old, new)
        except RefMovedError:
            return

    def _tip(self, name: str) -> pygit2.Oid | None:
        try:
            return tip(self.repo, name)
        except (pygit2.GitError, KeyError, ValueError) as why:
            raise UserError(
                f"The ref {name} does not point at a commit of this repository.",
                f"If it was damaged, delete it with git update-ref -d {name} and run the command again.",
            ) from why

    def _commit(self, oid: pygit2.Oid) -> pygit2.Commit:
        return self.repo[oid].peel(pygit2.Commit)

    def _lock(self) -> AbstractContextManager[None]:
        return exclusive(self.git_directory / "kbis" / "lock")
