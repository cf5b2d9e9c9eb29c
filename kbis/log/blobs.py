"""Reading note blobs within limits: a hostile ref must not be able to fill the memory.

The header is read first, so a blob over the limit costs nothing.
"""

import pygit2
from pygit2.enums import ObjectType

MAX_NOTE_BYTES = 16 * 1024 * 1024
"""Largest note that is read; some 20,000 events on one commit."""

MAX_ATTACHMENT_BYTES = 32 * 1024 * 1024
"""Largest attachment that is read or written."""


class MissingObjectError(Exception):
    """The repository is damaged: an object that a ref leads to is absent or cannot be read."""


def read_blob(repo: pygit2.Repository, oid: pygit2.Oid, limit: int) -> bytes | None:
    """Return the blob's bytes; None when it is no blob or longer than `limit` bytes.

    Raises:
        MissingObjectError: it is not here, or damaged.
    """
    kind, size = _header(repo, oid)
    if kind != ObjectType.BLOB or size > limit:
        return None
    try:
        data: bytes = repo.odb.read(oid)[1]
    except (KeyError, pygit2.GitError) as why:
        raise _missing(oid, why) from why
    return data


def is_blob(repo: pygit2.Repository, oid: pygit2.Oid) -> bool:
    """Tell whether an object is a blob, whatever the tree that names it says.

    Raises:
        MissingObjectError: it is not here, or damaged.
    """
    return _header(repo, oid)[0] == ObjectType.BLOB


def note_lines(data: bytes) -> list[bytes]:
    """Return the lines of a note that say anything; `git notes append` leaves empty ones between."""
    return [line for line in data.split(b"\n") if line]


def join_lines(lines: set[bytes]) -> bytes:
    """Return the note that holds these lines: sorted, each ended by a newline."""
    return b"".join(line + b"\n" for line in sorted(lines))


def _header(repo: pygit2.Repository, oid: pygit2.Oid) -> tuple[ObjectType, int]:
    try:
        kind, size = repo.odb.read_header(oid)
    except (KeyError, pygit2.GitError) as why:
        raise _missing(oid, why) from why
    return kind, size


def _missing(oid: pygit2.Oid, why: Exception) -> MissingObjectError:
    return MissingObjectError(f"the object {oid} cannot be read: {why}")
