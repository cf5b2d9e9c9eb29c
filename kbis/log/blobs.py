"""Reading blobs within limits, and the lines of notes: a hostile ref must not be able to fill the memory.

The header is read first, so a blob over the limit costs nothing.
"""

import pygit2
from pygit2.enums import ObjectType

MAX_NOTE_BYTES = 16 * 1024 * 1024
"""Largest note that is read; some 20,000 events on one commit."""

MAX_NOTE_LINES = 50_000
"""Most lines of a note that is read; 16 MiB of events are fewer."""

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


def read_note(repo: pygit2.Repository, oid: pygit2.Oid) -> set[bytes] | None:
    """Return the lines of a note that say anything; None when it is no blob or over a limit.

    `git notes append` leaves empty lines between.

    Raises:
        MissingObjectError: it is not here, or damaged.
    """
    data = read_blob(repo, oid, MAX_NOTE_BYTES)
    if data is None or data.count(b"\n") > MAX_NOTE_LINES:
        return None
    return {line for line in data.split(b"\n") if line}


def fits(lines: set[bytes], most_bytes: int) -> bool:
    """Tell whether the note that holds these lines can be read again and has at most so many bytes."""
    return len(lines) <= MAX_NOTE_LINES and sum(map(len, lines)) + len(lines) <= most_bytes


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
