"""The union of two notes trees, without a merge base: what either side has, the union has.

`git notes merge -s cat_sort_uniq` is a three-way merge and drops what one side removed; a log of facts must
not. Notes become the sorted set of both sides' lines; a blob that is its own name (an attachment) wins over
anything else at its place. The result depends on the two sets only, so every clone writes the same tree.
"""

from collections.abc import Iterable

import pygit2

from kbis.log.blobs import MAX_NOTE_BYTES, join_lines, note_lines, read_blob
from kbis.log.notes import (
    NoteTree,
    changed,
    is_own_layout,
    lookup,
    read_tree,
    rebuild,
    tree_at,
    write_tree,
)


def union_trees(
    repo: pygit2.Repository, ours: pygit2.Oid | None, theirs: pygit2.Oid, known: set[pygit2.Oid]
) -> pygit2.Oid:
    """Return the tree that holds every note of both trees, in kbis' own layout.

    Args:
        repo: The repository that holds both trees.
        ours: One tree, or None for none.
        theirs: The other tree.
        known: Subtrees already known to be of kbis' layout; grows.
    """
    base = _in_own_layout(repo, ours, known) if ours else None
    other = _in_own_layout(repo, theirs, known)
    if base is None or base == other:
        return other
    updates = {}
    for note in changed(repo, base, other):
        blobs = [*lookup(repo, base, note), *lookup(repo, other, note)]
        merged = merge_blobs(repo, note, blobs)
        if merged is not None and lookup(repo, base, note) != [merged]:
            updates[note] = merged
    tree = write_tree(repo, base, updates) if updates else base
    return _with_others(repo, tree, other)


def merge_blobs(repo: pygit2.Repository, note: str, blobs: Iterable[pygit2.Oid]) -> pygit2.Oid | None:
    """Return the one blob that stands for several notes of one object; None when none can be read."""
    distinct = sorted(set(blobs), key=str)
    own = [oid for oid in distinct if str(oid) == note]
    if own or len(distinct) == 1:
        return own[0] if own else distinct[0]
    readable = [(oid, read_blob(repo, oid, MAX_NOTE_BYTES)) for oid in distinct]
    lines = {line for _, data in readable if data is not None for line in note_lines(data)}
    if all(data is None for _, data in readable):
        return distinct[0] if distinct else None
    return repo.create_blob(join_lines(lines))


def _in_own_layout(repo: pygit2.Repository, tree: pygit2.Oid, known: set[pygit2.Oid]) -> pygit2.Oid:
    if is_own_layout(repo, tree, known):
        return tree
    found = read_tree(repo, tree)
    merged = ((note, merge_blobs(repo, note, blobs)) for note, blobs in found.notes.items())
    return rebuild(repo, ((note, oid) for note, oid in merged if oid is not None), found.others)


def _with_others(repo: pygit2.Repository, tree: pygit2.Oid, other: pygit2.Oid) -> pygit2.Oid:
    """Carry over top-level entries that are not notes; where both sides have one, the lower id wins."""
    ours, theirs = _strangers(repo, tree), _strangers(repo, other)
    missing = {
        name: entry
        for name, entry in theirs.items()
        if name not in ours or (str(entry[0]), entry[1]) < (str(ours[name][0]), ours[name][1])
    }
    if not missing:
        return tree
    root = repo.TreeBuilder(tree_at(repo, tree))
    for name, (oid, mode) in missing.items():
        root.insert(name, oid, mode)
    return root.write()


def _strangers(repo: pygit2.Repository, tree: pygit2.Oid) -> dict[str, tuple[pygit2.Oid, int]]:
    found = NoteTree()
    for entry in tree_at(repo, tree):
        name = entry.name or ""
        if len(name) not in (2, 40) or not all(digit in "0123456789abcdef" for digit in name):
            found.others[name] = (entry.id, entry.filemode)
    return found.others
