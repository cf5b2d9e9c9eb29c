"""Objects just written, held by a second hard link until git can no longer take them for garbage.

`git gc --prune=now` and `git prune` list what is reachable and then delete every other loose object, however new
(git-gc(1), NOTES). What is written in between is deleted even if a ref has come to lead to it, and then the whole
log is gone. A link under the git directory outlives that; the object is put back when it is missed, when one looks
for such losses from time to time, and before its link is let go.

An object that came into a pack after a ref led to it is safe: a repack deletes only packs that it knew when it began,
and by then the object was reachable. So its link is let go soon, and no more of them stay than loose objects do.
"""

import os
import shutil
import time
import zlib
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

import pygit2

from kbis.log.durable import sync
from kbis.log.pending import Made

SLOT_S = 600
"""Objects of so many seconds are held in one directory; what a pack has is let go when it is one or two of them old."""

KEPT_SLOTS = 24 * 3600 // SLOT_S
"""How long objects are held that no pack has: longer than a gc of a big repository takes."""

CHECK_S = 60
"""How often to look for losses that nobody has run into."""

_LOOSE_LEVEL = 1
"""git compresses loose objects for speed (git-config(1), core.looseCompression)."""


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

    def write(self, made: Made) -> None:
        """Write objects loose, and hold them; on the disk when this returns.

        They are held before they have a place among git's objects, so no gc comes between.

        Raises:
            OSError: they cannot be written.
        """
        here = self._slot()
        unfinished = {here / f"{oid}.new": each for oid, each in made.items()}
        try:
            for path, (kind, data) in unfinished.items():
                content = zlib.compress(
                    b"%s %d\0" % (kind.name.lower().encode(), len(data)) + data, _LOOSE_LEVEL
                )
                with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o444), "wb") as file:
                    file.write(content)
            sync(unfinished)
            for path in unfinished:
                path.replace(path.with_suffix(""))
        except OSError:
            for path in unfinished:
                path.unlink(missing_ok=True)
            raise
        changed = set()
        for oid in made:
            loose = self._loose(str(oid))
            if not loose.parent.exists():
                loose.parent.mkdir(exist_ok=True)
                changed.add(self._objects)
            with suppress(FileExistsError):
                _link(here / str(oid), loose)
            changed.add(loose.parent)
        sync(changed)

    def keep(self, oids: Iterable[pygit2.Oid]) -> None:
        """Hold objects that somebody wrote just now.

        Raises:
            PrunedError: one is gone already.
            OSError: the links cannot be made.
        """
        here = self._slot()
        have = self._have()
        for oid in oids:
            with suppress(FileExistsError):
                try:
                    _link(self._loose(str(oid)), here / str(oid))
                except FileNotFoundError:
                    # Not loose: it is in a pack since long before, or it was pruned under our hands.
                    if not have(str(oid)):
                        raise PrunedError(str(oid)) from None

    def restore(self, slot: str = "*") -> None:
        """Put back every held object that is gone.

        Raises:
            OSError: an object cannot be put back.
        """
        have = self._have()
        for held in self._kept.glob(f"{slot}/*"):
            loose = self._loose(held.name)
            if held.suffix or loose.exists() or have(held.name):
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

    def _slot(self) -> Path:
        """Return the directory of what is written now; when a new one begins, let go of what was held long enough."""
        now = int(time.time() // SLOT_S)
        here = self._kept / str(now)
        if not here.exists():
            here.mkdir(parents=True, exist_ok=True)
            self._let_go(now)
        return here

    def _let_go(self, now: int) -> None:
        packs = pygit2.Odb()
        packs.add_backend(pygit2.OdbBackendPack(str(self._objects)), 1)
        for slot in self._kept.iterdir():
            age = now - int(slot.name) if slot.name.isdigit() else 0
            if age > KEPT_SLOTS:
                self.restore(slot.name)
                shutil.rmtree(slot, ignore_errors=True)
            elif age > 1:
                for held in slot.iterdir():
                    if held.suffix or packs.exists(pygit2.Oid(hex=held.name)):
                        held.unlink(missing_ok=True)
                with suppress(OSError):
                    slot.rmdir()

    def _have(self) -> Callable[[str], bool]:
        """Return what tells whether the repository has an object, wherever, as of now.

        Opened anew each time: an open object database remembers objects that were deleted since.
        """
        found: list[pygit2.Odb] = []

        def have(oid: str) -> bool:
            if not found:
                found.append(pygit2.Odb(str(self._objects)))
            return found[0].exists(pygit2.Oid(hex=oid))

        return have

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
        sync([unfinished])
        unfinished.replace(new)
