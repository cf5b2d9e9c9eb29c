"""The union of two notes trees, without a merge base: what either side has, the union has.

`git notes merge -s cat_sort_uniq` is a three-way merge and drops what one side removed; a log of facts must
not. Notes become the sorted set of both sides' lines; a blob that is its own name (an attachment) wins over
anything else at its place. The result depends on the two sets only, so every clone writes the same tree.
"""

from collections.abc import Sequence

import pygit2

from kbis.log.blobs import MAX_NOTE_BYTES, fits, is_blob, join_lines, read_note
from kbis.log.difference import compare
from kbis.log.notes import Entry, Known, is_own_layout, lookup, read_tree, weight, write_tree

MAX_UNION_BYTES = MAX_NOTE_BYTES - 1024 * 1024
"""Longest note a union makes. The rest is for our own events: others cannot fill a note so that we cannot append."""

MAX_FOREIGN_ENTRIES = 1_000_000
"""Most entries of a notes tree that is taken in; it would be a log of some hundred thousand commits."""


class TreeTooLargeError(Exception):
    """A foreign notes tree holds, or pretends to hold, more notes than any honest one."""


def union_trees(
    repo: pygit2.Repository, ours: pygit2.Oid | None, theirs: pygit2.Oid, known: Known
) -> pygit2.Oid:
    """Return the tree that holds every note of both trees, in kbis' own layout.

    Args:
        repo: The repository that holds both trees.
        ours: One tree, or None for none.
        theirs: The other tree.
        known: Trees already known to be of kbis' layout; grows.

    Raises:
        MissingObjectError: a tree or a note that has to be merged is not here.
        TreeTooLargeError: `theirs` is over the limit.
    """
    if ("", theirs) not in known and weight(repo, theirs) > MAX_FOREIGN_ENTRIES:
        raise TreeTooLargeError(f"more than {MAX_FOREIGN_ENTRIES} entries")
    base = _in_own_layout(repo, ours, known) if ours else None
    other = _in_own_layout(repo, theirs, known)
    if base is None or base == other:
        return other
    difference = compare(repo, base, other)
    notes = {}
    for note in difference.notes:
        mine = lookup(repo, base, note)
        merged = merge_blobs(repo, note, [*mine, *lookup(repo, other, note)])
        if merged is not None and mine != [merged]:
            notes[note] = merged
    strangers = {path: min(filter(None, both), key=_by_id) for path, both in difference.strangers.items()}
    return write_tree(repo, base, notes, strangers) if notes or strangers else base


def merge_blobs(repo: pygit2.Repository, note: str, blobs: Sequence[pygit2.Oid]) -> pygit2.Oid | None:
    """Return the one blob that stands for several notes of one object; None when none of them is a blob.

    Blobs over the limit give way to any that can be read. Should the lines of all be too many, those of the first
    blobs stay: ours come first.
    """
    distinct = [oid for oid in dict.fromkeys(blobs) if is_blob(repo, oid)]
    own = [oid for oid in distinct if str(oid) == note]
    if own or len(distinct) < 2:
        return next(iter(own or distinct), None)
    readable = [lines for oid in distinct if (lines := read_note(repo, oid)) is not None]
    if not readable:
        return min(distinct, key=str)
    lines = readable[0]
    for more in readable[1:]:
        if fits(lines | more, MAX_UNION_BYTES):
            lines |= more
    return repo.create_blob(join_lines(lines))


def _in_own_layout(repo: pygit2.Repository, tree: pygit2.Oid, known: Known) -> pygit2.Oid:
    if is_own_layout(repo, tree, known):
        return tree
    found = read_tree(repo, tree)
    merged = {note: merge_blobs(repo, note, sorted(blobs, key=str)) for note, blobs in found.notes.items()}
    notes = {note: blob for note, blob in merged.items() if blob is not None}
    return write_tree(repo, None, notes, found.strangers)


def _by_id(entry: Entry) -> tuple[str, int]:
    return str(entry[0]), entry[1]
