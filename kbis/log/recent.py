"""Objects just written, held by a second hard link until git can no longer take them for garbage.

`git gc --prune=now` and `git prune` list what is reachable and then delete every other loose object, however new
(git-gc(1), NOTES). What is written in between is deleted even if a ref has come to lead to it, and then the whole
log is gone. A link under the git directory outlives that; the object is put back when it is missed, when one looks
for such losses from time to time, and before its link is let go.
"""

import os
import shutil
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

import pygit2

KEPT_HOURS = 24
"""How long objects are held: longer than a gc of a big repository takes."""

CHECK_S = 600
"""How often to look for losses that nobody has run into."""


class PrunedError(Exception):
    """An object was deleted between its writing and its use; write it again."""


class RecentObjects:
    """The objects that one repository has lately been given.

    Args:
        git_directory: The common git directory of the repository.
    """

    def __init__(self, git_directory: Path) -> None:
        self._objects = git_directory / "objects"
        self._kept = git_directory / "kbis" / "recent"

    def keep(self, oids: Iterable[pygit2.Oid]) -> None:
        """Hold objects that were just written, and let go of those held for long enough.

        Raises:
            PrunedError: one is gone already.
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
                    if not self._is_packed(str(oid)):
                        raise PrunedError(str(oid)) from None

    def restore(self, hours: str = "*") -> None:
        """Put back every held object that is gone.

        Raises:
            OSError: an object cannot be put back.
        """
        for held in self._kept.glob(f"{hours}/*"):
            loose = self._loose(held.name)
            if held.suffix or loose.exists() or self._is_packed(held.name):
                continue
            loose.parent.mkdir(exist_ok=True)
            with suppress(FileExistsError):
                _link(held, loose)

    def restore_if_due(self) -> None:
        """Put back what is gone, when that was not done lately; does nothing where it may not write."""
        with suppress(OSError):
            if not 0 <= time.time() - self._kept.stat().st_mtime < CHECK_S:
                self.restore()
                os.utime(self._kept)

    def _let_go(self, last_hour: int) -> None:
        for hour in self._kept.iterdir():
            if hour.name.isdigit() and int(hour.name) < last_hour:
                self.restore(hour.name)
                shutil.rmtree(hour, ignore_errors=True)

    def _is_packed(self, oid: str) -> bool:
        # Opened anew each time, which is rare: an open repository remembers objects that were deleted since.
        return pygit2.Odb(str(self._objects)).exists(pygit2.Oid(hex=oid))

    def _loose(self, oid: str) -> Path:
        return self._objects / oid[:2] / oid[2:]


def _link(old: Path, new: Path) -> None:
    try:
        os.link(old, new)
    except (FileExistsError, FileNotFoundError):
        raise
    except OSError:
        # No hard links on this file system, or objects/ lies on another one.
        unfinished = new.with_name(f"{new.name}.new")
        shutil.copyfile(old, unfinished)
        unfinished.replace(new)
