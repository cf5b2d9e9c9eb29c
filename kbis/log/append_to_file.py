"""Adding lines to a file of the user's: all or nothing, and not a byte of what stands there changes.

The protocol is git's own for its configuration (git's lockfile.h): the new content is written to `FILE.lock`, which
only one process can make, and renamed over the file.
"""

import os
import shutil
import time
from pathlib import Path

from kbis.errors import InfraError

PATIENCE_S = 5.0
"""How long to wait for another process that changes the same file."""


def appended(content: bytes, lines: list[str]) -> bytes:
    """Return the content with lines after it, each ended by a newline."""
    between = b"" if not content or content.endswith(b"\n") else b"\n"
    return content + between + "".join(f"{line}\n" for line in lines).encode()


def append_lines(path: Path, lines: list[str]) -> None:
    """Add lines to a file, made with its directory when absent; a symbolic link is followed. Durable on return.

    Raises:
        InfraError: the file cannot be read or written, or another process holds its lock.
    """
    target = Path(os.path.realpath(path))
    lock = target.with_name(f"{target.name}.lock")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        handle = _locked(lock)
    except OSError as why:
        raise _not_written(path, why) from why
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(appended(target.read_bytes() if target.exists() else b"", lines))
            file.flush()
            os.fsync(handle)
        if target.exists():
            shutil.copymode(target, lock)
        lock.replace(target)
        _sync(target.parent)
    except OSError as why:
        lock.unlink(missing_ok=True)
        raise _not_written(path, why) from why


def _locked(lock: Path) -> int:
    deadline = time.monotonic() + PATIENCE_S
    while True:
        try:
            return os.open(lock, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)
        except FileExistsError as why:
            if time.monotonic() > deadline:
                raise InfraError(
                    f"{lock} exists: another process is changing that file, or died while it did.",
                    "If no other kbis is running, remove that file and run the command again.",
                ) from why
        time.sleep(0.02)


def _sync(directory: Path) -> None:
    handle = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _not_written(path: Path, why: OSError) -> InfraError:
    return InfraError(
        f"{path} cannot be written: {why.strerror}.", "Check the rights of the file and of its directory."
    )
