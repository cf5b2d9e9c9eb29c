"""Objects that were made and are not on the disk yet: libgit2 reads them back from here until they are."""

from collections.abc import Iterator

import pygit2
from pygit2.enums import ObjectType

ABOVE_ALL = 100
"""libgit2 gives 1 to loose objects and 2 to packs; the highest is written to."""

Made = dict[pygit2.Oid, tuple[ObjectType, bytes]]
"""Kind and content of objects, by their ids."""


class Pending(pygit2.OdbBackend):
    """An object database in memory, in front of a repository's own.

    Args:
        repo: The repository; what is written through this handle comes here, unless it is on the disk already.
    """

    def __init__(self, repo: pygit2.Repository) -> None:
        super().__init__()
        self._made: Made = {}
        repo.odb.add_backend(self, ABOVE_ALL)

    def take(self) -> Made:
        """Return what was made since the last time, and forget it."""
        made, self._made = self._made, {}
        return made

    def write_cb(self, oid: pygit2.Oid, data: bytes, kind: int) -> None:
        """Take an object."""
        self._made[oid] = (ObjectType(kind), bytes(data))

    def read_cb(self, oid: pygit2.Oid) -> tuple[int, bytes]:
        """Return kind and content of an object; KeyError sends libgit2 on to the disk."""
        return self._made[oid]

    def read_header_cb(self, oid: pygit2.Oid) -> tuple[int, int]:
        """Return kind and length of an object."""
        kind, data = self._made[oid]
        return kind, len(data)

    def exists_cb(self, oid: pygit2.Oid) -> bool:
        """Tell whether an object is here."""
        return oid in self._made

    def read_prefix_cb(self, oid: pygit2.Oid) -> tuple[int, bytes, pygit2.Oid]:
        """Return kind, content and id of an object; `Odb.read` asks so, by ids that are whole."""
        return *self._made[oid], oid

    def exists_prefix_cb(self, oid: pygit2.Oid) -> pygit2.Oid:
        """Return the id of an object."""
        if oid not in self._made:
            raise KeyError(oid)
        return oid

    def refresh_cb(self) -> None:
        """Nothing outside changes what is here."""

    def __len__(self) -> int:
        return len(self._made)

    def __iter__(self) -> Iterator[pygit2.Oid]:
        return iter(self._made)
