"""Is a tree one of notes? A ref can be pointed at anything, at a branch of the kernel for example.

Notes of commits and blobs that are their own names are a log's own. A few other paths do no harm: they are carried
along, counted and reported. A tree without notes, or with many more other paths, is somebody's files, and to unite it
with the log would keep it there for good.
"""

from dataclasses import dataclass

import pygit2

from kbis.log.notes import entries, is_fanout, is_note

FEW = 8
"""So many foreign paths are carried beside any notes at all; the kernel's own tree has some thirty."""

NAMED = 3
"""So many foreign paths are named in a message."""

SHOWN = 60
"""So much of each name is repeated."""


class ForeignTreeError(Exception):
    """A tree holds no notes, or many more foreign paths; the message says so."""


@dataclass(frozen=True)
class Composition:
    """How many notes a tree holds and how many other paths, a directory counted as one; the first of those."""

    notes: int = 0
    foreign: int = 0
    named: tuple[str, ...] = ()

    def __add__(self, other: "Composition") -> "Composition":
        named = (self.named + other.named)[:NAMED]
        return Composition(self.notes + other.notes, self.foreign + other.foreign, named)


def composition(repo: pygit2.Repository, tree: pygit2.Oid) -> Composition:
    """Count what a tree holds; one that repeats itself is walked once.

    Raises:
        MissingObjectError: a tree is not here.
    """
    known: dict[tuple[str, pygit2.Oid], Composition] = {}

    def counted(prefix: str, oid: pygit2.Oid) -> Composition:
        # What is a note depends on how many digits lead to it, not on which.
        at = ("0" * len(prefix), oid)
        if at not in known:
            total = Composition()
            for name, child, mode in entries(repo, oid):
                if is_fanout(prefix, name, mode):
                    total += counted(prefix + name, child)
                elif is_note(prefix + name, mode):
                    total += Composition(notes=1)
                else:
                    total += Composition(foreign=1, named=(name[:SHOWN],))
            known[at] = total
        return known[at]

    return counted("", tree)


def refuse_foreign(repo: pygit2.Repository, tree: pygit2.Oid, ref: str) -> None:
    """Do nothing when a tree may be taken for one of notes.

    Raises:
        ForeignTreeError: most of it is something else.
        MissingObjectError: a tree is not here.
    """
    found = composition(repo, tree)
    if found.foreign > (max(found.notes, FEW) if found.notes else 0):
        listed = ", ".join(found.named) + (", ..." if found.foreign > NAMED else "")
        raise ForeignTreeError(
            f"{ref} does not hold notes: {found.foreign} of its {found.foreign + found.notes} paths are something "
            f"else ({listed})"
        )
