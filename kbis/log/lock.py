"""One writer at a time: a file lock that the kernel drops when its holder dies."""

import errno
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kbis.errors import InfraError


@contextmanager
def exclusive(path: Path) -> Iterator[None]:
    """Hold an exclusive lock on a file, made when absent; waits for its turn.

    Raises:
        InfraError: the lock file cannot be made or locked.
    """
    handle = _locked(path)
    try:
        yield
    finally:
        os.close(handle)


def _locked(path: Path) -> int:
    handle = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
        fcntl.flock(handle, fcntl.LOCK_EX)
    except OSError as why:
        if handle is not None:
            os.close(handle)
        raise InfraError(f"The lock file {path} cannot be locked: {why.strerror}.", _hint(why)) from why
    return handle


def _hint(why: OSError) -> str:
    if why.errno == errno.ENOSPC:
        return "Free some space on that disk and run the command again; nothing recorded is lost."
    return "Check that you may write in the repository's git directory."
