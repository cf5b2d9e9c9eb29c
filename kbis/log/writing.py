"""Writing what an append or a union made: few objects loose, many as one pack, all on the disk before a ref moves.

While they are written a gc may come by that sees no ref leading to them. Loose objects are held by a second link (see
`kbis.log.recent`); a pack is kept by a `.keep` file until the ref has moved, as git does with what it fetches
(git-index-pack(1), --keep).
"""

import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pygit2

from kbis.log.durable import sync
from kbis.log.packfile import MOST_BYTES, Pack, make_pack
from kbis.log.pending import Pending
from kbis.log.recent import RecentObjects

LOOSE_MOST = 100
"""More objects than this make a pack, as with git's own fetch (git-config(1), fetch.unpackLimit)."""

_KEPT = b"kbis\n"
"""What a `.keep` file of kbis says."""


class ObjectWriter:
    """Holds what is written through a repository's handle in memory, until all of it is put on the disk.

    Args:
        repo: The handle; it must be used by one writer only.
        git_directory: Its common git directory.
        recent: Holds what was written against a gc.
    """

    def __init__(self, repo: pygit2.Repository, git_directory: Path, recent: RecentObjects) -> None:
        self._repo = repo
        self._packs = git_directory / "objects" / "pack"
        self._scratch = git_directory / "kbis" / "packing"
        self._recent = recent
        self._pending = Pending(repo)

    def forget(self) -> None:
        """Drop what was made by an attempt that failed."""
        self._pending.take()

    @contextmanager
    def on_disk(self, reached: Iterable[pygit2.Oid]) -> Iterator[None]:
        """Put on the disk what was made, for the time in which a ref is moved to it; the writers' lock is held.

        Args:
            reached: All that the ref will newly lead to. Some of it may have been there before, as garbage.

        Raises:
            PrunedError: a part of it is gone already; make it again.
            OSError, pygit2.GitError: it cannot be written.
        """
        made = self._pending.take()
        size = sum(len(data) for _, data in made.values())
        kept = self._pack(make_pack(made)) if len(made) > LOOSE_MOST and size < MOST_BYTES // 2 else None
        if kept is None:
            self._recent.write(made)
        self._recent.keep(oid for oid in reached if oid not in made)
        try:
            yield
        finally:
            if kept is not None:
                kept.unlink(missing_ok=True)

    def _pack(self, pack: Pack) -> Path:
        """Give git a pack, and return the file that keeps it."""
        # Whoever left these was killed: the lock is ours.
        for old in self._packs.glob("*.keep"):
            with suppress(FileNotFoundError):
                if old.read_bytes() == _KEPT:
                    old.unlink()
        shutil.rmtree(self._scratch, ignore_errors=True)
        self._scratch.mkdir(parents=True)
        self._packs.mkdir(exist_ok=True)
        # git finds a pack by its index, which therefore comes last.
        parts = {
            self._scratch / f"{pack.name}.pack": pack.content,
            self._scratch / f"{pack.name}.idx": pack.index,
        }
        for path, content in parts.items():
            path.write_bytes(content)
            path.chmod(0o444)
        sync(parts)
        kept = self._packs / f"{pack.name}.keep"
        kept.write_bytes(_KEPT)
        for path in parts:
            path.replace(self._packs / path.name)
        sync([self._packs])
        return kept
