"""Directories that pass away: removed when their process is done, or by the next one where it was killed."""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


@contextmanager
def passing_directory(prefix: str, place: Path | None = None) -> Iterator[Path]:
    """Give an empty directory for as long as the `with` block lasts.

    A lock (flock(2)) on it says that its process lives; those in the same place that nobody holds are removed.

    Args:
        prefix: How its name begins, and the names of those to be removed.
        place: The directory to make it in; by default, or where that cannot be used, the one of temporary files, where
            nothing else is touched.
    """
    try:
        made, lock = _make(prefix, place)
    except OSError:
        with tempfile.TemporaryDirectory(prefix=f"kbis-{prefix}", ignore_cleanup_errors=True) as name:
            yield Path(name)
        return
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)
        os.close(lock)


def _make(prefix: str, place: Path | None) -> tuple[Path, int]:
    """Make a directory and lock it; the lock on the place keeps others from sweeping between the two."""
    if place is None:
        raise FileNotFoundError
    place.mkdir(parents=True, exist_ok=True)
    whole = _lock(place, fcntl.LOCK_EX)
    try:
        for each in place.glob(f"{prefix}*"):
            # One that lives is locked.
            with suppress(OSError):
                lock = _lock(each, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(each, ignore_errors=True)
                os.close(lock)
        made = Path(tempfile.mkdtemp(prefix=prefix, dir=place))
        return made, _lock(made, fcntl.LOCK_EX | fcntl.LOCK_NB)
    finally:
        os.close(whole)


def _lock(directory: Path, how: int) -> int:
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, how)
    except OSError:
        os.close(descriptor)
        raise
    return descriptor
