"""Files that cost something to make, kept under the digest of what they are made from."""

import contextlib
import os
import tempfile
from collections.abc import Callable
from pathlib import Path

from kbis.kernel.slot import unusable

KEPT = 24
"""Files kept in one directory; the one used longest ago goes first."""

KEPT_BYTES = 2 * 1024**3
"""Bytes kept in one directory, but always the newest few files: one may be at the point of being booted."""

_ALWAYS = 4


def kept(directory: Path, name: str, make: Callable[[], bytes]) -> Path:
    """Find a file, or make it and keep it; processes may do so at the same time.

    Args:
        directory: Where files are kept.
        name: What it is kept under: a digest of all that it is made from.
        make: Makes its content.

    Raises:
        InfraError: it cannot be written.
    """
    place = directory / name
    with contextlib.suppress(OSError):
        os.utime(place)
        return place
    content = make()
    try:
        directory.mkdir(parents=True, exist_ok=True)
        descriptor, fresh = tempfile.mkstemp(dir=directory, prefix="new-")
        try:
            os.close(descriptor)
            Path(fresh).write_bytes(content)
            Path(fresh).replace(place)
        except BaseException:
            with contextlib.suppress(OSError):
                Path(fresh).unlink()
            raise
        _forget_old(directory)
    except OSError as why:
        raise unusable(directory, why) from why
    return place


def _forget_old(directory: Path) -> None:
    found = []
    for path in directory.iterdir():
        with contextlib.suppress(FileNotFoundError):
            status = path.stat()
            found.append((status.st_mtime, status.st_size, path))
    total = 0
    for number, (_, size, path) in enumerate(sorted(found, reverse=True)):
        total += size
        if number >= KEPT or (number >= _ALWAYS and total > KEPT_BYTES):
            path.unlink(missing_ok=True)
