"""Moving a ref only from where we saw it: compare-and-swap, against git and against ourselves.

libgit2 fails at once on a held ref lock, and a process killed in mid-update leaves the lock file behind
(4 of 120 kills, measured). Both are met here: wait with jitter, and break a lock that has outlived its holder.
"""

import random
import time
from pathlib import Path

import pygit2

from kbis.errors import InfraError

STALE_LOCK_S = 10.0
"""A ref lock older than this has no living holder: git and kbis hold one for milliseconds."""

PATIENCE_S = 30.0
"""How long to try before giving up on a lock that stays fresh."""


class RefMovedError(Exception):
    """The ref is not where the caller saw it; read it again."""


def tip(repo: pygit2.Repository, name: str) -> pygit2.Oid | None:
    """Return the commit a ref points at, or None where there is no such ref."""
    found = repo.references.get(name)
    return None if found is None else found.resolve().peel(pygit2.Commit).id


def move(
    repo: pygit2.Repository, git_directory: Path, name: str, old: pygit2.Oid | None, new: pygit2.Oid
) -> None:
    """Point `name` at `new` if it is still at `old` (None: absent).

    Raises:
        RefMovedError: another writer was first.
        InfraError: the ref stays locked or cannot be written.
    """
    deadline = time.monotonic() + PATIENCE_S
    while True:
        try:
            _swap(repo, name, old, new)
        except (pygit2.GitError, OSError, ValueError, KeyError) as why:
            if tip(repo, name) != old:
                raise RefMovedError(name) from why
            lock = git_directory / f"{name}.lock"
            if _break_if_stale(lock):
                continue
            if time.monotonic() > deadline or not lock.exists():
                raise InfraError(
                    f"The ref {name} cannot be moved: {why}.",
                    f"If no git process is running, remove {lock} and run the command again."
                    if lock.exists()
                    else "Check the disk and the rights on the repository, then run the command again.",
                ) from why
            time.sleep(random.uniform(0.002, 0.02))  # noqa: S311 - jitter, not a secret
        else:
            return


def _swap(repo: pygit2.Repository, name: str, old: pygit2.Oid | None, new: pygit2.Oid) -> None:
    if old is None:
        repo.references.create(name, new, force=False)
        return
    reference = repo.references[name]
    if reference.target != old:
        raise RefMovedError(name)
    reference.set_target(new, "kbis: append")


def _break_if_stale(lock: Path) -> bool:
    """Remove a lock file that outlived its holder; the caller holds kbis' own lock, so no kbis is using it."""
    try:
        age = time.time() - lock.stat().st_mtime
        if age < STALE_LOCK_S:
            return False
        lock.unlink()
    except FileNotFoundError:
        return False
    return True
