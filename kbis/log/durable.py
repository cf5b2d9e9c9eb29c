"""Waiting for the disk: what an append has written outlives a power cut before anything leads to it.

A disk takes its time for each fsync, and hardly more for many at once: 97 files and their directories took 350 ms one
after the other and 18 ms side by side (ext4, busy machine).
"""

import os
import threading
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import pygit2

AT_ONCE = 32
"""So many files are waited for at a time."""

_waits = True
_turn = threading.RLock()


def wait_for_disk(wait: bool) -> None:
    """Say whether this process waits for the disk, in what libgit2 writes and in what kbis writes itself."""
    global _waits  # noqa: PLW0603 - libgit2's setting is of the whole process too
    _waits = wait
    pygit2.settings.enable_fsync_gitdir(wait)


@contextmanager
def waiting(wait: bool) -> Iterator[None]:
    """Let what libgit2 writes in between wait for the disk, or not even where this process otherwise does.

    libgit2 has one setting for all threads, so they take turns.
    """
    with _turn:
        pygit2.settings.enable_fsync_gitdir(wait and _waits)
        try:
            yield
        finally:
            pygit2.settings.enable_fsync_gitdir(_waits)


def sync(paths: Iterable[Path]) -> None:
    """Return when the content of files, and the names in directories, are on the disk.

    Raises:
        OSError: one cannot be opened or written.
    """
    todo = list(dict.fromkeys(paths)) if _waits else []
    if len(todo) == 1:
        _sync(todo[0])
    elif todo:
        list(_threads().map(_sync, todo))


@cache
def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(AT_ONCE, "kbis-sync")


# A forked process has none of the threads.
os.register_at_fork(after_in_child=_threads.cache_clear)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
