"""The notes tree: which blob is the note of which commit, in whatever layout git left it.

git spreads notes over directories of two hex digits, as many levels as it likes, and reads any mix
(git's notes.c, load_subtree). kbis reads any mix too and writes one level: `ab/cdef…`. Entries that are not
notes are strangers: they are carried along, and give way where a note or a directory of notes has their place.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import pygit2
from pygit2.enums import FileMode, ObjectType

from kbis.log.blobs import MissingObjectError

MAX_LEVELS = 19
"""Deepest fan-out that can still leave two hex digits for the note's own name."""

NOTE_HEX = 40

Entry = tuple[pygit2.Oid, int]
"""An object id and its file mode."""

Known = set[tuple[str, pygit2.Oid]]
"""Directories (by their first two digits) and whole trees ("") already seen to be of kbis' own layout."""

_PLAIN_BYTES = 66
"""Of a note's row in the directory of the first two digits: `100644 `, 38 digits, NUL, 20 bytes (git's tree.c)."""

_HEX = re.compile(r"(?:[0-9a-f]{2})+")
_FILE_MODES = (FileMode.BLOB, FileMode.BLOB_EXECUTABLE)


@dataclass
class NoteTree:
    """A notes tree read whole.

    Attributes:
        notes: Blob ids of each annotated object (hex); more than one when layouts overlap.
        strangers: Entries that are not notes, by path.
    """

    notes: dict[str, list[pygit2.Oid]] = field(default_factory=lambda: defaultdict(list))
    strangers: dict[str, Entry] = field(default_factory=dict)


def read_tree(repo: pygit2.Repository, tree: pygit2.Oid) -> NoteTree:
    """Read every note of a tree, in any layout; a foreign tree is to be weighed first."""
    found = NoteTree()
    todo = [("", "", tree)]
    while todo:
        prefix, path, oid = todo.pop()
        for name, child, mode in entries(repo, oid):
            whole, where = prefix + name, f"{path}/{name}" if path else name
            if is_fanout(prefix, name, mode):
                todo.append((whole, where, child))
            elif is_note(whole, mode):
                found.notes[whole].append(child)
            else:
                found.strangers[where] = (child, mode)
    return found


def weight(repo: pygit2.Repository, tree: pygit2.Oid) -> int:
    """Return how many entries a walk over all notes of a tree would meet, without walking what repeats.

    A few trees that each hold another one 256 times make a walk of any length.
    """
    known: dict[tuple[int, pygit2.Oid], int] = {}

    def weighed(digits: int, oid: pygit2.Oid) -> int:
        if (digits, oid) not in known and digits == 2 and (plain := plain_notes(repo, oid)) is not None:
            known[digits, oid] = len(plain.rows)
        elif (digits, oid) not in known:
            known[digits, oid] = sum(
                1 + (weighed(digits + 2, child) if is_fanout("0" * digits, name, mode) else 0)
                for name, child, mode in entries(repo, oid)
            )
        return known[digits, oid]

    return weighed(0, tree)


def lookup(repo: pygit2.Repository, tree: pygit2.Oid | None, note: str) -> list[pygit2.Oid]:
    """Return the blob ids that hold the note of one object, whatever the layout."""
    return [] if tree is None else list(_find(repo, tree, "", note))


def write_tree(
    repo: pygit2.Repository,
    base: pygit2.Oid | None,
    notes: Mapping[str, pygit2.Oid],
    strangers: Mapping[str, Entry] | None = None,
) -> pygit2.Oid:
    """Return `base`, a tree of kbis' own layout, with notes (object hex to blob) and strangers put into it."""
    updates = {path: each for path, each in (strangers or {}).items() if _is_portable(repo, path, each)}
    updates |= {f"{note[:2]}/{note[2:]}": (blob, FileMode.BLOB) for note, blob in notes.items()}
    return _write(repo, "", base, updates)


def is_own_layout(repo: pygit2.Repository, tree: pygit2.Oid, known: Known) -> bool:
    """Tell whether a tree is as kbis writes it: every note at `ab/cdef…`, and no entry that git would refuse."""
    if ("", tree) in known:
        return True
    for name, child, mode in entries(repo, tree):
        if is_fanout("", name, mode):
            if not _is_own_directory(repo, name, child, known):
                return False
        elif is_note(name, mode) or not _is_portable(repo, name, (child, mode)):
            return False
    known.add(("", tree))
    return True


def entries(repo: pygit2.Repository, tree: pygit2.Oid) -> Iterator[tuple[str, pygit2.Oid, int]]:
    """Yield name, object id and file mode of each entry of a tree."""
    for entry in tree_at(repo, tree):
        yield entry.name or "", entry.id, entry.filemode


@dataclass(frozen=True, slots=True)
class PlainNotes:
    """The notes of a directory that holds nothing else, in its raw rows: two large ones are compared in no time."""

    rows: frozenset[bytes] = frozenset()

    def __sub__(self, other: "PlainNotes") -> "PlainNotes":
        return PlainNotes(self.rows - other.rows)

    @property
    def names(self) -> Iterator[str]:
        """The names, 38 hex digits each."""
        return (row[7:45].decode() for row in self.rows)

    @property
    def blobs(self) -> Iterator[pygit2.Oid]:
        """What they name."""
        return (pygit2.Oid(raw=row[46:]) for row in self.rows)


def plain_notes(repo: pygit2.Repository, tree: pygit2.Oid | None) -> PlainNotes | None:
    """Return the notes of a directory one level down, or None when it holds anything else or is not in order.

    Raises:
        MissingObjectError: the tree is not here, damaged, or no tree.
    """
    if tree is None:
        return PlainNotes()
    try:
        kind, raw = repo.odb.read(tree)
    except (KeyError, pygit2.GitError) as why:
        raise MissingObjectError(f"the tree {tree} cannot be read: {why}") from why
    rows = [raw[start : start + _PLAIN_BYTES] for start in range(0, len(raw), _PLAIN_BYTES)]
    names = [row[7:45] for row in rows]
    is_plain = (
        kind == ObjectType.TREE
        and len(raw) == _PLAIN_BYTES * len(rows)
        and b"".join([row[:7] for row in rows]) == b"100644 " * len(rows)
        and raw[45::_PLAIN_BYTES] == bytes(len(rows))
        and not b"".join(names).translate(None, b"0123456789abcdef")
        and rows == sorted(rows)
        and len(rows) == len(set(names))
    )
    return PlainNotes(frozenset(rows)) if is_plain else None


def tree_at(repo: pygit2.Repository, oid: pygit2.Oid) -> pygit2.Tree:
    """Return a tree by its id.

    Raises:
        MissingObjectError: it is not here, damaged, or no tree.
    """
    try:
        return repo[oid].peel(pygit2.Tree)
    except (KeyError, ValueError, pygit2.GitError) as why:
        raise MissingObjectError(f"the tree {oid} cannot be read: {why}") from why


def is_fanout(prefix: str, name: str, mode: int) -> bool:
    """Tell whether an entry is a directory of notes, below the directories that spell `prefix`."""
    return (
        mode == FileMode.TREE
        and len(name) == 2
        and len(prefix) < 2 * MAX_LEVELS
        and bool(_HEX.fullmatch(prefix + name))
    )


def is_note(whole: str, mode: int) -> bool:
    """Tell whether an entry is a note: a regular file whose whole name is an object id."""
    return mode in _FILE_MODES and len(whole) == NOTE_HEX and bool(_HEX.fullmatch(whole))


def _is_own_directory(repo: pygit2.Repository, prefix: str, tree: pygit2.Oid, known: Known) -> bool:
    if (prefix, tree) in known:
        return True
    plain = plain_notes(repo, tree)
    if plain is not None and plain.rows:
        known.add((prefix, tree))
        return True
    found = list(entries(repo, tree))
    for name, child, mode in found:
        if is_note(prefix + name, mode):
            own = mode == FileMode.BLOB
        else:
            own = not is_fanout(prefix, name, mode) and _is_portable(repo, name, (child, mode))
        if not own:
            return False
    known.add((prefix, tree))
    return bool(found)


def _is_portable(repo: pygit2.Repository, path: str, entry: Entry) -> bool:
    """Tell whether git would take a stranger's name and object; names like `.git` it refuses."""
    try:
        for name in path.split("/"):
            repo.TreeBuilder().insert(name, *entry)
    except (ValueError, pygit2.GitError):
        return False
    return True


def _write(
    repo: pygit2.Repository, prefix: str, base: pygit2.Oid | None, updates: Mapping[str, Entry]
) -> pygit2.Oid:
    builder = repo.TreeBuilder(tree_at(repo, base)) if base else repo.TreeBuilder()
    below: dict[str, dict[str, Entry]] = defaultdict(dict)
    for path, (oid, mode) in updates.items():
        name, _, rest = path.partition("/")
        if rest:
            below[name][rest] = (oid, mode)
            continue
        there = builder.get(name)
        if there is None or is_note(prefix + name, mode) or not _is_of_notes(prefix, name, there.filemode):
            builder.insert(name, oid, mode)
    for name, part in below.items():
        there = builder.get(name)
        old = there.id if there is not None and there.filemode == FileMode.TREE else None
        builder.insert(name, _write(repo, prefix + name, old, part), FileMode.TREE)
    return builder.write()


def _is_of_notes(prefix: str, name: str, mode: int) -> bool:
    return is_fanout(prefix, name, mode) or is_note(prefix + name, mode)


def _find(repo: pygit2.Repository, tree: pygit2.Oid, prefix: str, rest: str) -> Iterator[pygit2.Oid]:
    here = tree_at(repo, tree)
    if rest in here and is_note(prefix + rest, here[rest].filemode):
        yield here[rest].id
    head, tail = rest[:2], rest[2:]
    if tail and head in here and is_fanout(prefix, head, here[head].filemode):
        yield from _find(repo, here[head].id, prefix + head, tail)
