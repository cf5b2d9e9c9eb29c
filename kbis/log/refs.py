"""Moving a ref only from where we saw it: compare-and-swap, against git and against ourselves.

libgit2 fails at once on a held ref lock, and a process killed in mid-update leaves the lock file behind
(4 of 120 kills, measured). Both are met here: wait with jitter, and break a lock that has outlived its holder.
"""

import random
import time
from pathlib import Path

import pygit2

from kbis.errors import InfraError
from kbis.log.blobs import MissingObjectError
from kbis.log.stale_lock import break_if_stale, in_the_way

PATIENCE_S = 30.0
"""How long to try before giving up on a lock that stays fresh."""

UNLOCKED_TRIES = 20
"""How often to try a ref that is not locked and yet cannot be moved; a lock may have gone while we looked."""


class RefMovedError(Exception):
    """The ref is not where the caller saw it; read it again."""


def tip(repo: pygit2.Repository, name: str) -> pygit2.Oid | None:
    """Return the commit a ref points at, or None where there is no such ref.

    Raises:
        KeyError, ValueError, pygit2.GitError: it points at something else, or at nothing.
    """
    found = repo.references.get(name)
    if found is None:
        return None
    oid = pygit2.Oid(hex=str(found.resolve().target))
    if not isinstance(repo[oid], pygit2.Commit):
        raise ValueError(f"{oid} is not a commit")
    return oid


def is_torn(git_directory: Path, name: str) -> bool:
    """Tell whether a power cut has left a ref's file without its content: empty, or full of zeros."""
    try:
        return not (git_directory / name).read_bytes().strip(b"\0")
    except OSError:
        return False


def remove_torn(git_directory: Path, name: str) -> None:
    """Remove a ref's file when a power cut has left it without its content; the ref is absent then.

    Raises:
        OSError: it cannot be removed.
    """
    if is_torn(git_directory, name):
        (git_directory / name).unlink(missing_ok=True)


def move(
    repo: pygit2.Repository, git_directory: Path, name: str, old: pygit2.Oid | None, new: pygit2.Oid
) -> None:
    """Point `name` at `new` if it is still at `old` (None: absent).

    Raises:
        RefMovedError: another writer was first.
        MissingObjectError: `new` is not here, or not any more.
        InfraError: the ref stays locked or cannot be written.
    """
    deadline = time.monotonic() + PATIENCE_S
    lock = git_directory / f"{name}.lock"
    unlocked_tries = 0
    while True:
        try:
            _swap(repo, name, old, new)
        except (pygit2.GitError, OSError, ValueError, KeyError) as why:
            if tip(repo, name) != old:
                raise RefMovedError(name) from why
            # Asked of the files: an open repository remembers objects that were pruned since.
            if not pygit2.Odb(str(git_directory / "objects")).exists(new):
                raise MissingObjectError(f"the commit {new} is not here") from why
            locked = lock.exists()
            unlocked_tries += not locked
            if locked and break_if_stale(lock, git_directory):
                continue
            if unlocked_tries >= UNLOCKED_TRIES or time.monotonic() > deadline:
                hint = "Check the disk and the rights on the repository, then run the command again."
                if locked:
                    hint = f"{in_the_way(lock, git_directory)}, then run the command again."
                raise InfraError(f"The ref {name} cannot be moved: {why}.", hint) from why
            time.sleep(random.uniform(0.002, 0.02))  # noqa: S311 - jitter, not a secret
        else:
            return


def _swap(repo: pygit2.Repository, name: str, old: pygit2.Oid | None, new: pygit2.Oid) -> None:
    if old is None:
        repo.references.create(name, new, force=False)
        return
    reference = repo.references[name].resolve()
    if reference.target != old:
        raise RefMovedError(name)
    reference.set_target(new, "kbis: append")
