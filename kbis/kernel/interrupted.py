"""Builds that were cut off: what they left half-written must not be taken for made.

A build that is killed (Ctrl-C, kill -9, a time limit, a power cut) leaves the files that were being written. They are
newer than their sources, so make takes them for finished, and the revision seems not to build.
"""

import os
import shutil
from pathlib import Path

from kbis.kernel.slot import Slot, unusable

MARK = "building"
"""The file, beside the build directory, that is there as long as a build runs."""

KBUILD = Path("include/config/auto.conf")
"""A build directory that has this was made by Kbuild."""


def begin(slot: Slot) -> None:
    """Mark that a build runs; what an earlier one left half-written is removed first.

    Raises:
        InfraError: the mark cannot be written.
    """
    mark = slot.directory / MARK
    try:
        if mark.exists():
            mend(slot.build, mark.stat().st_mtime_ns)
        mark.unlink(missing_ok=True)
        mark.touch()
    except OSError as why:
        raise unusable(mark, why) from why


def end(slot: Slot) -> None:
    """Say that the build ended by itself, well or not."""
    (slot.directory / MARK).unlink(missing_ok=True)


def mend(build: Path, since_ns: int) -> None:
    """Remove what a build that was cut off may have left half-written.

    Kbuild writes the command of a target behind it, so one that is newer than its command was not finished. Of other
    build systems nothing is known, and all that they made goes.

    Args:
        build: The build directory.
        since_ns: When that build began, nanoseconds since 1970.

    Raises:
        OSError: something cannot be removed.
    """
    if not (build / KBUILD).exists():
        shutil.rmtree(build, ignore_errors=True)
        build.mkdir(parents=True, exist_ok=True)
        return
    for directory, _, names in os.walk(build):
        there = set(names)
        for name in names:
            command = f".{name}.cmd"
            if command not in there and not name.endswith((".o", ".a")):
                continue
            made = _time(directory, name)
            if made >= since_ns and (command not in there or _time(directory, command) < made):
                Path(directory, name).unlink(missing_ok=True)


def _time(directory: str, name: str) -> int:
    return os.lstat(os.path.join(directory, name)).st_mtime_ns  # noqa: PTH118 - for tens of thousands of files
