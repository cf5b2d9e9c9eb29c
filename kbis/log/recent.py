"""Objects just written, held by a second hard link until git can no longer take them for garbage.

`git gc --prune=now` and `git prune` list what is reachable and then delete every other loose object, however new
(git-gc(1), NOTES). What is written in between is deleted even if a ref has come to lead to it, and then the whole
log is gone. A link under the git directory outlives that; the object is put back when it is missed.
"""

import os
import shutil
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

import pygit2

from kbis.log.blobs import MissingObjectError

KEPT_HOURS = 24
"""How long objects are held: longer than a gc of a big repository takes."""


class RecentObjects:
    """The objects that one repository has lately been given.

    Args:
        repo: The repository.
        git_directory: Its common git directory.
    """

    def __init__(self, repo: pygit2.Repository, git_directory: Path) -> None:
        self._repo = repo
        self._objects = git_directory / "objects"
        self._kept = git_directory / "kbis" / "recent"

    def keep(self, oids: Iterable[pygit2.Oid]) -> None:
        """Hold objects that were just written, and let go of those held for long enough.

        Raises:
            MissingObjectError: one is gone already; write it again.
            OSError: the links cannot be made.
        """
        now = int(time.time() // 3600)
        here = self._kept / str(now)
        if not here.exists():
            here.mkdir(parents=True)
            self._let_go(now - KEPT_HOURS)
        for oid in oids:
            with suppress(FileExistsError):
                try:
                    _link(self._loose(str(oid)), here / str(oid))
                except FileNotFoundError:
                    # Not loose: it is in a pack since long before, or it was pruned under our hands.
                    if oid not in self._repo:
                        raise MissingObjectError(f"the object {oid} was deleted while it was used") from None

    def restore(self) -> int:
        """Put back every held object that is gone, and return how many were.

        Raises:
            OSError: an object cannot be put back.
        """
        put_back = 0
        for held in self._kept.glob("*/*"):
            loose = self._loose(held.name)
            if not loose.exists() and pygit2.Oid(hex=held.name) not in self._repo:
                loose.parent.mkdir(exist_ok=True)
                with suppress(FileExistsError):
                    _link(held, loose)
                    put_back += 1
        return put_back

    def _let_go(self, last_hour: int) -> None:
        for hour in self._kept.iterdir():
            if hour.name.isdigit() and int(hour.name) < last_hour:
                shutil.rmtree(hour, ignore_errors=True)

    def _loose(self, oid: str) -> Path:
        return self._objects / oid[:2] / oid[2:]


def _link(old: Path, new: Path) -> None:
    try:
        os.link(old, new)
    except (FileExistsError, FileNotFoundError):
        raise
    except OSError:
        # No hard links on this file system, or objects/ lies on another one.
        shutil.copyfile(old, new)
