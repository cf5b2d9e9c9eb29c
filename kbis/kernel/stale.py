"""Lock files of git that a killed process left behind."""

import contextlib
import os
from pathlib import Path

from kbis.errors import InfraError
from kbis.kernel.slot import unusable


def remove_stale(lock: Path) -> None:
    """Delete a git lock file that no living process holds open; git holds its own open while it writes.

    Raises:
        InfraError: a living process holds it.
    """
    holder = _holder(lock)
    if holder is not None:
        raise InfraError(
            f"Another git (process {holder}) is at work in the worktree of {lock}.",
            "kbis' worktrees are its own: end that process and run the command again.",
        )
    try:
        lock.unlink(missing_ok=True)
    except OSError as why:
        raise unusable(lock, why) from why


def _holder(path: Path) -> int | None:
    """The process that has a file open, of those whose open files we may see."""
    try:
        wanted = path.stat()
    except FileNotFoundError:
        return None
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            for opened in (process / "fd").iterdir():
                with contextlib.suppress(OSError):
                    if os.path.samestat(opened.stat(), wanted):
                        return int(process.name)
    return None
