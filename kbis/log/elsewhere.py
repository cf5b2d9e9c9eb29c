"""Elsewhere: what another ref that should hold the log lacks of it, and whether it once held that.

A remote that has not been pushed to lacks events too. It was robbed of them where a commit in its history holds less
than that commit's parent, or where it holds an event and not what that event follows. This is what can be told
without asking the remote; `kbis.log.seen` tells more when it is asked.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

import pygit2
from pygit2.enums import SortMode

from kbis.log.blobs import read_note
from kbis.log.event import Event
from kbis.log.foreign import refuse_foreign
from kbis.log.news import News, news
from kbis.log.notes import lookup, weight
from kbis.log.seen import tree_of
from kbis.log.union import MAX_FOREIGN_ENTRIES

REMOTES = "refs/kbis/remotes/"
"""Below it, `NAME/notes` is the log as remote NAME had it when it was last asked."""

HISTORY = 1000
"""So many of a ref's newest commits are searched for one that removed lines."""

NOTES_SEARCHED = 20
"""Of the notes that lack lines, so many are followed through that history: enough to name the commits."""


@dataclass(frozen=True)
class Removal:
    """A commit that holds less than its parent: its id (hex), who made it, when (seconds since 1970)."""

    commit: str
    author: str
    time_s: int


@dataclass(frozen=True)
class Elsewhere:
    """How a ref compares with the log of this clone.

    Attributes:
        ref: Its name.
        tip: The commit it leads to, hex.
        lacks: What this log holds and it does not.
        more: What it holds and this log does not.
        robbed: How many events it holds without what they follow, though this log holds that.
        removals: Commits in its history that took lines away, newest first.
    """

    ref: str
    tip: str
    lacks: News
    more: News
    robbed: int
    removals: tuple[Removal, ...]


class HostileTreeError(Exception):
    """A ref leads to a tree that is too large to be compared."""


def tracking_refs(repo: pygit2.Repository) -> tuple[str, ...]:
    """Return the refs that hold the log as remotes last had it."""
    names = (each for each in repo.references if each.startswith(REMOTES))
    return tuple(sorted(each for each in names if each.endswith("/notes")))


def compare_ref(
    repo: pygit2.Repository,
    ref: str,
    commit: pygit2.Oid,
    log: pygit2.Oid | None,
    known: Mapping[bytes, Event],
) -> Elsewhere:
    """Compare what a ref leads to with the log.

    Args:
        repo: The repository.
        ref: The ref's full name, for the report.
        commit: The commit it leads to.
        log: The tree of this clone's log.
        known: Every well-formed event of it, by id.

    Raises:
        MissingObjectError: an object of one of the two is gone or damaged.
        HostileTreeError: the ref leads to a tree over the limit.
        ForeignTreeError: it leads to a tree that holds something else than notes.
        KeyError, ValueError, pygit2.GitError: a part of the ref's history is not here.
    """
    tree = tree_of(repo, commit)
    if tree is not None and tree != log and weight(repo, tree) > MAX_FOREIGN_ENTRIES:
        raise HostileTreeError(f"{ref} leads to a tree of more than {MAX_FOREIGN_ENTRIES} entries")
    if tree is not None and tree != log:
        refuse_foreign(repo, tree, ref)
    lacks = news(repo, tree, log)
    gone = lacks.events
    robbed = [each for each in known.values() if each.id not in gone and not gone.isdisjoint(each.parents)]
    notes = sorted({known[each].object.hex() for each in gone if each in known})[:NOTES_SEARCHED]
    removals = tuple(_removals(repo, commit, notes))
    return Elsewhere(ref, str(commit), lacks, news(repo, log, tree), len(robbed), removals)


def _removals(repo: pygit2.Repository, newest: pygit2.Oid, notes: Sequence[str]) -> Iterator[Removal]:
    """Yield the commits of a history that hold less than a parent of theirs on one of some notes."""
    if not notes:
        return
    for commit in islice(repo.walk(newest, SortMode.TOPOLOGICAL), HISTORY):
        for parent in commit.parents:
            if parent.tree_id != commit.tree_id and _holds_less(repo, commit.tree_id, parent.tree_id, notes):
                yield Removal(str(commit.id), commit.author.name, commit.commit_time)
                break


def _holds_less(repo: pygit2.Repository, tree: pygit2.Oid, before: pygit2.Oid, notes: Sequence[str]) -> bool:
    for note in notes:
        was, now = lookup(repo, before, note), lookup(repo, tree, note)
        if was != now and not _lines(repo, was) <= _lines(repo, now):
            return True
    return False


def _lines(repo: pygit2.Repository, blobs: Sequence[pygit2.Oid]) -> set[bytes]:
    return set().union(*(read_note(repo, oid) or set() for oid in blobs))
