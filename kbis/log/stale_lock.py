"""Ref locks that outlived their holders: a killed process leaves its lock file behind, and nobody may move the ref.

A lock is removed when it is old and nobody is there who could hold it. git may hold one for long, in a transaction
that waits for a hook or a person (git-update-ref(1), prepare); so as long as a git process lives that is at work in
this repository, and was there when the lock was taken, its lock stays.
"""

import logging
import os
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pygit2

STALE_LOCK_S = 10.0
"""A younger lock is left alone: git and kbis hold one for milliseconds."""

READERS = frozenset(
    {"blame", "cat-file", "credential-cache--daemon", "diff", "fsmonitor--daemon", "grep", "log", "show"}
)
"""Commands of git that may live for hours and take no ref lock."""

_SLACK_S = 2.0
"""The clock by which processes start and that by which files are written may differ by so much."""

_LOGGER = logging.getLogger(__name__)
"""Python prints its warnings to stderr where nobody says otherwise."""


def break_if_stale(lock: Path, git_directory: Path) -> bool:
    """Remove a lock file that outlived its holder; the caller sees to it that no kbis holds it.

    Should another program take the lock in the moment between, it may overwrite what we publish; the log itself is
    a ref that no other program writes.
    """
    try:
        taken = lock.stat().st_mtime
        age = time.time() - taken
        if age < STALE_LOCK_S or any(True for _ in possible_holders(taken, git_directory)):
            return False
        lock.unlink()
    except FileNotFoundError:
        return False
    _LOGGER.warning("kbis: removed %s, a lock that somebody left %d s ago.", lock, age)
    return True


def in_the_way(lock: Path, git_directory: Path) -> str:
    """Return what a person can do about a lock file that stays."""
    with suppress(FileNotFoundError):
        holders = sorted(possible_holders(lock.stat().st_mtime, git_directory))
        if holders:
            return f"Wait for git to end, which may hold {lock} (process {', '.join(map(str, holders))})"
    return f"If no git process is running, remove {lock}"


def possible_holders(taken: float, git_directory: Path) -> Iterator[int]:
    """Yield the ids of git processes that could have taken a lock of a repository at a time (seconds since 1970).

    Where there is no /proc, nobody is seen.
    """
    with suppress(OSError):
        boot = _boot_time()
        for process in Path("/proc").iterdir():
            # Processes end while one looks, and those of others may not be looked at.
            with suppress(OSError, ValueError):
                if process.name.isdigit() and _may_hold(process, taken - boot, git_directory):
                    yield int(process.name)


def _may_hold(process: Path, taken_s: float, git_directory: Path) -> bool:
    name, _, rest = (process / "stat").read_text().partition("(")[2].rpartition(")")
    state, *fields = rest.split()
    # proc(5): the start time is field 22 of all, in clock ticks since the boot.
    started_s = int(fields[18]) / os.sysconf("SC_CLK_TCK")
    if not name.startswith("git") or state == "Z" or started_s > taken_s + _SLACK_S:
        return False
    words = (process / "cmdline").read_bytes().decode(errors="replace").split("\0")
    command = next((word for word in words[1:] if not word.startswith("-")), "")
    return command not in READERS and _works_in(process, words, git_directory)


def _works_in(process: Path, words: list[str], git_directory: Path) -> bool:
    if any(str(git_directory) in word for word in words):
        return True
    found = pygit2.discover_repository(str((process / "cwd").readlink()))
    # A linked worktree's own directory lies below the common one.
    return found is not None and Path(found).resolve().is_relative_to(git_directory.resolve())


def _boot_time() -> float:
    lines = Path("/proc/stat").read_text().splitlines()
    return next(float(line.split()[1]) for line in lines if line.startswith("btime "))
