"""Notes trees for tests, in every layout that git can leave and some that it cannot."""

import random
from collections.abc import Mapping, Sequence

import pygit2
from pygit2.enums import FileMode

from kbis.log.blobs import read_note
from kbis.log.notes import Entry, read_tree

FLAT, ONE, TWO = 0, 1, 2
"""How many directories of two digits lead to a note."""

Nested = dict[str, "Nested | Entry"]


def at(note: str, levels: int) -> str:
    """The path of a note under so many directories."""
    return "/".join([*(note[2 * n : 2 * n + 2] for n in range(levels)), note[2 * levels :]])


def plant(repo: pygit2.Repository, entries: Mapping[str, Entry]) -> pygit2.Oid:
    """Write a tree of entries by path, with whatever mode and object they have."""
    nested: Nested = {}
    for path, entry in entries.items():
        *directories, name = path.split("/")
        inside = nested
        for directory in directories:
            below = inside.get(directory)
            if not isinstance(below, dict):
                below = inside[directory] = {}
            inside = below
        inside[name] = entry
    return _plant(repo, nested)


def _plant(repo: pygit2.Repository, nested: Nested) -> pygit2.Oid:
    rows = []
    for name, entry in nested.items():
        oid, mode = (_plant(repo, entry), FileMode.TREE) if isinstance(entry, dict) else entry
        rows.append((name.encode("utf-8", "surrogateescape"), oid, int(mode)))
    return raw_tree(repo, rows)


def raw_tree(repo: pygit2.Repository, rows: Sequence[tuple[bytes, pygit2.Oid, int]]) -> pygit2.Oid:
    """Write a tree object as it stands, in git's order (directories as if they ended in a slash)."""
    ordered = sorted(rows, key=lambda row: row[0] + (b"/" if row[2] == FileMode.TREE else b""))
    content = b"".join(b"%o %s\0%s" % (mode, name, oid.raw) for name, oid, mode in ordered)
    return pygit2.Oid(hex=str(repo.write(pygit2.enums.ObjectType.TREE, content)))


def notes_tree(
    repo: pygit2.Repository, notes: Mapping[str, bytes], layout: random.Random | int
) -> pygit2.Oid:
    """Write notes all under so many directories, or each under 0 to 3 of them by chance."""
    entries = {}
    for note, text in notes.items():
        levels = layout if isinstance(layout, int) else layout.choice((0, 1, 1, 2, 3))
        entries[at(note, levels)] = (repo.create_blob(text), FileMode.BLOB)
    return plant(repo, entries)


def contents(repo: pygit2.Repository, tree: pygit2.Oid) -> dict[str, set[bytes]]:
    """The lines of every note of a tree."""
    found = read_tree(repo, tree).notes
    return {
        note: set().union(*(read_note(repo, oid) or set() for oid in oids)) for note, oids in found.items()
    }


def publish(repo: pygit2.Repository, ref: str, tree: pygit2.Oid, after: bool = True) -> pygit2.Oid:
    """Commit a notes tree as somebody else and force a ref to it."""
    who = pygit2.Signature("Somebody", "else@example.org", 1_700_000_000, 0)
    there = repo.references.get(ref)
    parents = [there.target] if there is not None and after else []
    made = repo.create_commit(None, who, who, "notes by somebody else", tree, parents)
    repo.references.create(ref, made, force=True)
    return made


def tree_of(repo: pygit2.Repository, ref: str) -> pygit2.Oid:
    return repo.references[ref].peel(pygit2.Tree).id
