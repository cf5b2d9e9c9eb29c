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

LAST_NS = 5 * 10**9
"""What was written so long before the last file of all was at work when the build was cut off."""

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

    Kbuild writes the command of a target behind it, so one that is newer than its command was not finished; of objects
    and archives without a command (tools/ has some) those go that were written last. Of other build systems nothing is
    known, and all that they made goes.

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
    alone: list[tuple[int, int, str]] = []
    newest = 0
    for directory, _, names in os.walk(build):
        there = set(names)
        for name in names:
            path, command = f"{directory}/{name}", f"{directory}/.{name}.cmd"
            status = os.lstat(path)
            made = status.st_mtime_ns
            newest = max(newest, made)
            if made < since_ns:
                continue
            if f".{name}.cmd" in there:
                if os.lstat(command).st_mtime_ns < made:
                    Path(path).unlink(missing_ok=True)
            elif name.endswith((".o", ".a")):
                alone.append((made, status.st_size, path))
    for made, size, path in alone:
        if size == 0 or made >= newest - LAST_NS:
            Path(path).unlink(missing_ok=True)
