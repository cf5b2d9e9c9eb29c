"""Slots: the numbered places where kernels are made, each used by one process at a time.

A file lock (flock(2)) guards each slot: the operating system drops it when its holder dies. The guards of running
commands hold it too, so a slot is free only when nothing works in it any more.
"""

import errno
import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from kbis.errors import InfraError

SLOT_LIMIT = 64
"""Slots below one directory; far more than the builds one machine can run at once."""


@dataclass(frozen=True, slots=True)
class Slot:
    """One place to make kernels in.

    Attributes:
        number: Its number, from 0.
        work: The directory that holds all slots of a repository.
        git_dir: The repository's common git directory.
        descriptor: The open file whose lock says that the slot is ours.
    """

    number: int
    work: Path
    git_dir: Path
    descriptor: int

    @property
    def directory(self) -> Path:
        """Where everything of this slot lies."""
        return self.work / str(self.number)

    @property
    def source(self) -> Path:
        """The worktree."""
        return self.directory / "source"

    @property
    def build(self) -> Path:
        """The build directory, kept between builds."""
        return self.directory / "build"

    @property
    def scratch(self) -> Path:
        """What is needed for as long as the slot is held; emptied when it is taken, for kill -9 leaves things there."""
        return self.directory / "scratch"

    @property
    def images(self) -> Path:
        """Where the images of all slots are kept, by signature."""
        return self.work / "images"

    def make_build(self, *, clean: bool = False) -> Path:
        """Make the build directory when it is absent; empty it first when it shall be clean.

        Raises:
            InfraError: that fails.
        """
        try:
            if clean:
                shutil.rmtree(self.build, ignore_errors=True)
            self.build.mkdir(parents=True, exist_ok=True)
        except OSError as why:
            raise unusable(self.build, why) from why
        return self.build

    def make_scratch(self) -> Path:
        """Make the scratch directory when it is absent.

        Raises:
            InfraError: that fails.
        """
        try:
            self.scratch.mkdir(parents=True, exist_ok=True)
        except OSError as why:
            raise unusable(self.scratch, why) from why
        return self.scratch

    def empty_scratch(self) -> Path:
        """Make an empty directory for what is needed while the slot is held.

        Raises:
            InfraError: that fails.
        """
        try:
            shutil.rmtree(self.scratch, ignore_errors=True)
            self.scratch.mkdir(parents=True, exist_ok=True)
        except OSError as why:
            raise unusable(self.scratch, why) from why
        return self.scratch

    def secure(self) -> None:
        """Take the lock again when the lock file was deleted under us.

        Raises:
            InfraError: another process has the slot now, or the lock file cannot be made.
        """
        if _is_file(self.descriptor, _lock_path(self.work, self.number)):
            return
        again = _lock(self.work, self.number)
        if again is None:
            raise InfraError(
                f"The directory {self.work} was deleted and is in use by another kbis now.",
                "Run the command again; it takes a free slot.",
            )
        os.dup2(again, self.descriptor, inheritable=False)
        os.close(again)


@contextmanager
def take_slot(work: Path, git_dir: Path) -> Iterator[Slot]:
    """Take the first free slot, for as long as the `with` block lasts.

    Args:
        work: The directory for all slots; made when absent.
        git_dir: The common git directory of the repository.

    Raises:
        InfraError: all slots are taken, or the directory cannot be written.
    """
    for number in range(SLOT_LIMIT):
        descriptor = _lock(work, number)
        if descriptor is not None:
            slot = Slot(number, work.absolute(), git_dir.absolute(), descriptor)
            try:
                slot.empty_scratch()
                _sweep(work, number)
                yield slot
            finally:
                # Not that of another process, which took the slot when the lock file was deleted under us.
                if _is_file(descriptor, _lock_path(work, number)):
                    shutil.rmtree(slot.scratch, ignore_errors=True)
                os.close(descriptor)
            return
    raise InfraError(f"All {SLOT_LIMIT} slots in {work} are in use.", "Wait until another kbis ends.")


def _sweep(work: Path, own: int) -> None:
    """Remove what processes that were killed left behind in other slots which are free now."""
    for scratch in work.glob("*/scratch"):
        name = scratch.parent.name
        if name.isdecimal() and int(name) != own:
            descriptor = _lock(work, int(name))
            if descriptor is not None:
                shutil.rmtree(scratch, ignore_errors=True)
                os.close(descriptor)


def unusable(path: Path, why: OSError) -> InfraError:
    """The error for a path that the lab cannot write."""
    if why.errno in {errno.ENOSPC, errno.EDQUOT}:
        return InfraError(f"The disk is full: {path} cannot be written.", "Free some space and run it again.")
    return InfraError(
        f"{path} cannot be used: {why.strerror}.",
        "Check that you may write there; `kbis doctor` looks at the disk.",
    )


def _lock(work: Path, number: int) -> int | None:
    path = _lock_path(work, number)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        while True:
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.close(descriptor)
                return None
            if _is_file(descriptor, path):
                return descriptor
            os.close(descriptor)
    except OSError as why:
        raise unusable(path, why) from why


def _lock_path(work: Path, number: int) -> Path:
    return work / f"{number}.lock"


def _is_file(descriptor: int, path: Path) -> bool:
    """Say whether an open file is still the one at a path: a lock on a deleted file guards nothing."""
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False
