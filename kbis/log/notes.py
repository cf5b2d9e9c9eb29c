"""The notes tree: which blob is the note of which commit, in whatever layout git left it.

git spreads notes over directories of two hex digits, as many levels as it likes, and reads any mix
(git's notes.c, load_subtree). kbis reads any mix too and writes one level: `ab/cdef…`. Entries that are not
notes are carried along untouched.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import pygit2
from pygit2.enums import FileMode

MAX_LEVELS = 19
"""Deepest fan-out that can still leave two hex digits for the note's own name."""

_HEX = re.compile(r"(?:[0-9a-f]{2})+")
_NOTE_HEX = 40


@dataclass
class NoteTree:
    """A notes tree read whole.

    Attributes:
        notes: Blob ids of each annotated object (hex); more than one when layouts overlap.
        others: Entries that are not notes, by path: (object id, mode).
        refused: Paths of subtrees that were not followed, because they repeat: no honest tree does.
    """

    notes: dict[str, list[pygit2.Oid]] = field(default_factory=lambda: defaultdict(list))
    others: dict[str, tuple[pygit2.Oid, int]] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)


def read_tree(repo: pygit2.Repository, tree: pygit2.Oid) -> NoteTree:
    """Read every note of a tree, in any layout."""
    found = NoteTree()
    seen: set[pygit2.Oid] = set()
    todo = [("", "", tree)]
    while todo:
        prefix, path, oid = todo.pop()
        if oid in seen:
            found.refused.append(path)
            continue
        seen.add(oid)
        for name, child, mode in _entries(repo, oid):
            whole = prefix + name
            where = f"{path}/{name}" if path else name
            if mode == FileMode.TREE and _is_fanout(prefix, name):
                todo.append((whole, where, child))
            elif mode != FileMode.TREE and _is_note(whole):
                found.notes[whole].append(child)
            else:
                found.others[where] = (child, mode)
    return found


def changed(repo: pygit2.Repository, old: pygit2.Oid | None, new: pygit2.Oid) -> set[str]:
    """Return the annotated objects (hex) whose notes may differ between two trees; equal subtrees cost nothing."""
    touched: set[str] = set()
    _compare(repo, "", old, new, touched, set())
    return touched


def lookup(repo: pygit2.Repository, tree: pygit2.Oid | None, note: str) -> list[pygit2.Oid]:
    """Return the blob ids that hold the note of one object, whatever the layout."""
    return [] if tree is None else list(_find(repo, tree, note, 0))


def write_tree(
    repo: pygit2.Repository, base: pygit2.Oid | None, updates: Mapping[str, pygit2.Oid]
) -> pygit2.Oid:
    """Return a tree with `updates` (object hex to blob) applied to `base`, which must be of kbis' own layout."""
    root = repo.TreeBuilder(tree_at(repo, base)) if base else repo.TreeBuilder()
    by_directory: dict[str, dict[str, pygit2.Oid]] = defaultdict(dict)
    for note, blob in updates.items():
        by_directory[note[:2]][note[2:]] = blob
    for directory, files in by_directory.items():
        old = root.get(directory)
        part = repo.TreeBuilder(tree_at(repo, old.id)) if old else repo.TreeBuilder()
        for name, blob in files.items():
            part.insert(name, blob, FileMode.BLOB)
        root.insert(directory, part.write(), FileMode.TREE)
    return root.write()


def is_own_layout(repo: pygit2.Repository, tree: pygit2.Oid, known: set[pygit2.Oid]) -> bool:
    """Tell whether every note of a tree lies at `ab/cdef…`; `known` remembers subtrees already seen to."""
    if tree in known:
        return True
    for name, child, mode in _entries(repo, tree):
        if mode != FileMode.TREE:
            if _is_note(name):
                return False
        elif _is_fanout("", name) and child not in known:
            if any(
                (mode == FileMode.TREE and _is_fanout(name, sub))
                or (mode != FileMode.TREE and not _is_note(name + sub))
                for sub, _, mode in _entries(repo, child)
            ):
                return False
            known.add(child)
    known.add(tree)
    return True


def rebuild(
    repo: pygit2.Repository,
    notes: Iterable[tuple[str, pygit2.Oid]],
    others: Mapping[str, tuple[pygit2.Oid, int]],
) -> pygit2.Oid:
    """Write a tree of kbis' own layout from scratch; `others` at the top level are carried along."""
    tree = write_tree(repo, None, dict(notes))
    root = repo.TreeBuilder(tree_at(repo, tree))
    for path, (oid, mode) in others.items():
        if "/" not in path:
            root.insert(path, oid, mode)
    return root.write()


def _compare(
    repo: pygit2.Repository,
    prefix: str,
    old: pygit2.Oid | None,
    new: pygit2.Oid | None,
    touched: set[str],
    seen: set[tuple[pygit2.Oid | None, pygit2.Oid | None]],
) -> None:
    if old == new or (old, new) in seen or len(prefix) > 2 * MAX_LEVELS:
        return
    seen.add((old, new))
    left = {name: (oid, mode) for name, oid, mode in _entries(repo, old)} if old else {}
    right = {name: (oid, mode) for name, oid, mode in _entries(repo, new)} if new else {}
    for name in left.keys() | right.keys():
        before, after = left.get(name), right.get(name)
        if before == after:
            continue
        if _is_fanout(prefix, name):
            trees = [each[0] if each and each[1] == FileMode.TREE else None for each in (before, after)]
            _compare(repo, prefix + name, trees[0], trees[1], touched, seen)
        if _is_note(prefix + name):
            touched.add(prefix + name)


def _find(repo: pygit2.Repository, tree: pygit2.Oid, rest: str, level: int) -> Iterator[pygit2.Oid]:
    here = tree_at(repo, tree)
    if rest in here and here[rest].filemode != FileMode.TREE:
        yield here[rest].id
    head, tail = rest[:2], rest[2:]
    if tail and level < MAX_LEVELS and head in here and here[head].filemode == FileMode.TREE:
        yield from _find(repo, here[head].id, tail, level + 1)


def _entries(repo: pygit2.Repository, tree: pygit2.Oid) -> Iterator[tuple[str, pygit2.Oid, int]]:
    for entry in tree_at(repo, tree):
        yield entry.name or "", entry.id, entry.filemode


def tree_at(repo: pygit2.Repository, oid: pygit2.Oid) -> pygit2.Tree:
    """Return a tree by its id; raise KeyError when it is absent, pygit2.InvalidSpecError when it is no tree."""
    return repo[oid].peel(pygit2.Tree)


def _is_fanout(prefix: str, name: str) -> bool:
    return len(name) == 2 and bool(_HEX.fullmatch(name)) and len(prefix) < 2 * MAX_LEVELS


def _is_note(whole: str) -> bool:
    return len(whole) == _NOTE_HEX and bool(_HEX.fullmatch(whole))
