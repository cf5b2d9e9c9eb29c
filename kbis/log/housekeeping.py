"""Letting git tidy up what appends and pulls leave behind, as its own commands do when they have written.

The user's settings hold: with `gc.auto=0` or `maintenance.auto=false` (git-config(1)) nothing is touched. git runs in
the background, so neither an append nor a boot waits for it; `kbis.log.recent` holds what it might take for garbage.
"""

import time
from contextlib import suppress
from pathlib import Path

import pygit2

from kbis.errors import InfraError
from kbis.log.recent import KEPT_SLOTS, SLOT_S, RecentObjects
from kbis.log.repository import Repository
from kbis.log.usergit import leave_git, value_of

LOOK_EVERY = 64
"""Writes of one process between two looks."""

OBJECTS_A_WRITE = 4
"""What one event leaves: the note, its directory, the tree and the commit."""

PAUSE_S = 3600
"""Where tidying up does not help, because objects stay that nothing leads to, it is not tried more often than so."""

LOG_EXPIRY_S = 24 * 3600
"""How long git tidies no more after it failed (git-config(1), gc.logExpiry)."""

GC_AUTO, GC_AUTO_PACK_LIMIT = 6700, 50
"""So many loose objects, and packs, git lets be (git-gc(1), --auto)."""

_SAMPLE = "17"
"""git counts the objects in this one of 256 directories (builtin/gc.c, too_many_loose_objects)."""

_TIDY = (
    # In the background already, it need not go there again; then git would also leave its complaints behind.
    *("-c", "gc.autoDetach=false", "-c", "maintenance.autoDetach=false"),
    *("maintenance", "run", "--auto", "--quiet"),
)


class Housekeeping:
    """Looks from time to time whether a repository is untidy.

    Args:
        repository: The repository.
        recent: Holds what was written there lately.
    """

    def __init__(self, repository: Repository, recent: RecentObjects) -> None:
        self._repository = repository
        self._recent = recent
        self._writes = 0
        self._tidied = 0

    def written(self) -> None:
        """Take note of a write; every so often have git tidy up, if the user lets it and there is enough to do."""
        self._writes += 1
        if self._writes % LOOK_EVERY != 1:
            return
        # What was written is safe; that git is missing, or the disk full, is told to whoever needs them.
        with suppress(InfraError, OSError):
            if self._is_untidy() and self._is_time() and self._may_tidy():
                # git stops at the first object that is missing.
                self._recent.restore()
                self._tidied = self._writes
                self._stamp.touch()
                leave_git(self._repository, [*self._sparing(), *_TIDY])

    def _is_untidy(self) -> bool:
        """Look as `git gc --auto` does, which spares starting it for nothing."""
        most = self._setting("gc.auto", GC_AUTO)
        if most <= 0:
            return False
        objects = self._repository.directory / "objects"
        if sum(1 for _ in (objects / _SAMPLE).glob("*")) > -(-most // 256):
            return True
        most_packs = self._setting("gc.autoPackLimit", GC_AUTO_PACK_LIMIT)
        packs = sum(not each.with_suffix(".keep").exists() for each in (objects / "pack").glob("*.pack"))
        return 0 < most_packs < packs

    def _is_time(self) -> bool:
        if _age_s(self._repository.directory / "gc.log") < LOG_EXPIRY_S:
            return False
        written = OBJECTS_A_WRITE * (self._writes - self._tidied)
        return written >= self._setting("gc.auto", GC_AUTO) or _age_s(self._stamp) >= PAUSE_S

    def _may_tidy(self) -> bool:
        # git's commands ask this before they start `git maintenance`, which does not ask itself (run-command.c).
        return value_of(self._repository, "config", "--type=bool", "--get", "maintenance.auto") != "false"

    def _sparing(self) -> list[str]:
        """Return what makes git spare objects of the last day, should the user have set a shorter time.

        Appends go on meanwhile, and what they write is led to by no ref when git looks.
        """
        expiry = value_of(self._repository, "config", "--type=expiry-date", "--get", "gc.pruneExpire")
        is_short = expiry is not None and expiry.isdigit() and int(expiry) > time.time() - KEPT_SLOTS * SLOT_S
        return ["-c", "gc.pruneExpire=1.day.ago"] if is_short else []

    def _setting(self, name: str, default: int) -> int:
        with suppress(KeyError, ValueError, pygit2.GitError):
            return self._repository.git.config.get_int(name)
        return default

    @property
    def _stamp(self) -> Path:
        return self._repository.directory / "kbis" / "tidied"


def _age_s(path: Path) -> float:
    """Return how long ago a file was written; an eternity when there is none."""
    try:
        return max(0.0, time.time() - path.stat().st_mtime)
    except FileNotFoundError:
        return float("inf")
