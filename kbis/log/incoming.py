"""Looking at fetched history before it is read: is it whole, and is nothing in it too large for the memory?

Notes that are too long are met by whoever reads them. Commits and trees are read whole by libgit2, so their sizes
are checked here, from their headers.
"""

import subprocess
from collections.abc import Iterator

import pygit2
from pygit2.enums import ObjectType

from kbis.log.blobs import MissingObjectError
from kbis.log.repository import Repository
from kbis.log.usergit import stream_git

MAX_TREE_BYTES = 16 * 1024 * 1024
"""Largest tree object that is read: 240,000 notes in one directory, where git would have made 256 of them."""

MAX_COMMIT_BYTES = 1024 * 1024
"""Largest commit object that is read."""

MAX_OBJECTS = 10_000_000
"""Most objects that one fetch may bring; a million events, each in a commit of its own, are four million."""

FEW = 1_000
"""So many new objects are told by name. git leaves up to 100 loose (fetch.unpackLimit) and packs more."""

_LIMITS = {ObjectType.TREE: MAX_TREE_BYTES, ObjectType.COMMIT: MAX_COMMIT_BYTES}


class UnfitError(Exception):
    """Fetched history that no honest program writes; the message says what is wrong with it."""


def new_objects(
    repository: Repository, fetched: pygit2.Oid, log: pygit2.Oid | None
) -> tuple[pygit2.Oid, ...]:
    """Return the first objects that a fetched commit leads to and the log does not; none when it has nothing new.

    Raises:
        MissingObjectError: some are not here.
        UnfitError: one is too large to be read, or there are too many.
    """
    first: list[pygit2.Oid] = []
    for number, oid in enumerate(_listed(repository, fetched, log)):
        try:
            kind, size = repository.git.odb.read_header(oid)
        except (KeyError, pygit2.GitError) as why:
            raise MissingObjectError(f"the object {oid} is not here") from why
        if size > _LIMITS.get(kind, size):
            raise UnfitError(f"{oid} is a {kind.name.lower()} of {size} bytes")
        if number >= MAX_OBJECTS:
            raise UnfitError(f"they consist of more than {MAX_OBJECTS} objects")
        if number < FEW:
            first.append(oid)
    return tuple(first)


def _listed(repository: Repository, fetched: pygit2.Oid, log: pygit2.Oid | None) -> Iterator[pygit2.Oid]:
    without = ["--not", str(log)] if log is not None else []
    # In a partial clone git would else fetch what is missing, one object at a time.
    command = ["rev-list", "--objects", "--no-object-names", "--missing=print", str(fetched), *without]
    try:
        for line in stream_git(repository, command):
            if line.startswith("?"):
                raise MissingObjectError(f"the object {line[1:]} is not here")
            yield pygit2.Oid(hex=line)
    except subprocess.CalledProcessError as why:
        raise MissingObjectError(f"part of the history of {fetched} is not here") from why
