"""What differs between two notes trees; equal subtrees cost nothing."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import pygit2
from pygit2.enums import FileMode

from kbis.log.notes import Entry, PlainNotes, entries, is_fanout, is_note, plain_notes


@dataclass
class Difference:
    """What differs.

    Attributes:
        notes: Annotated objects (hex) whose notes may differ.
        strangers: Paths of entries that are not notes and differ: as they were, as they are; None where absent.
    """

    notes: set[str] = field(default_factory=set)
    strangers: dict[str, tuple[Entry | None, Entry | None]] = field(default_factory=dict)


def compare(repo: pygit2.Repository, old: pygit2.Oid | None, new: pygit2.Oid | None) -> Difference:
    """Compare two notes trees of any layout; foreign trees are to be weighed first."""
    found = Difference()
    _compare(repo, ("", ""), old, new, found)
    return found


def fresh_objects(
    repo: pygit2.Repository, old: pygit2.Oid | None, new: pygit2.Oid, prefix: str = ""
) -> Iterator[pygit2.Oid]:
    """Yield the trees and notes of `new` that `old` does not have at the same path, `new` itself included."""
    if old == new:
        return
    yield new
    if len(prefix) == 2 and (both := _plain(repo, old, new)):
        yield from (both[1] - both[0]).blobs
        return
    had = _by_name(repo, old)
    for name, child, mode in entries(repo, new):
        there = had.get(name)
        if there == (child, mode):
            continue
        if is_fanout(prefix, name, mode):
            before = there[0] if there and there[1] == FileMode.TREE else None
            yield from fresh_objects(repo, before, child, prefix + name)
        elif is_note(prefix + name, mode):
            yield child


def _compare(
    repo: pygit2.Repository,
    at: tuple[str, str],
    old: pygit2.Oid | None,
    new: pygit2.Oid | None,
    found: Difference,
) -> None:
    if old == new:
        return
    prefix, path = at
    if len(prefix) == 2 and (both := _plain(repo, old, new)):
        found.notes.update(prefix + name for one, other in (both, both[::-1]) for name in (one - other).names)
        return
    left, right = _by_name(repo, old), _by_name(repo, new)
    for name in left.keys() | right.keys():
        before, after = left.get(name), right.get(name)
        if before == after:
            continue
        whole, where = prefix + name, f"{path}/{name}" if path else name
        trees = [each[0] if each and is_fanout(prefix, name, each[1]) else None for each in (before, after)]
        if any(trees):
            _compare(repo, (whole, where), trees[0], trees[1], found)
        if any(each and is_note(whole, each[1]) for each in (before, after)):
            found.notes.add(whole)
        strange = [each if _is_stranger(prefix, name, each) else None for each in (before, after)]
        if any(strange):
            found.strangers[where] = (strange[0], strange[1])


def _plain(
    repo: pygit2.Repository, old: pygit2.Oid | None, new: pygit2.Oid | None
) -> tuple[PlainNotes, PlainNotes] | None:
    """Return the notes of two directories of notes alone; None when one of them is something else."""
    left, right = plain_notes(repo, old), plain_notes(repo, new)
    return None if left is None or right is None else (left, right)


def _is_stranger(prefix: str, name: str, entry: Entry | None) -> bool:
    return (
        entry is not None and not is_fanout(prefix, name, entry[1]) and not is_note(prefix + name, entry[1])
    )


def _by_name(repo: pygit2.Repository, tree: pygit2.Oid | None) -> dict[str, Entry]:
    return {name: (oid, mode) for name, oid, mode in entries(repo, tree)} if tree else {}
