"""Where kernels are built: a path that every build system can bear."""

import os
import re
from hashlib import sha256
from pathlib import Path

from kbis.config import Config
from kbis.errors import UserError
from kbis.log.repository import Repository

_UNBEARABLE = re.compile(r"[\s:]")
"""make splits lists at white space, and Kbuild refuses both: "cannot contain spaces or colons" (Linux, Makefile)."""


def work_directory(repository: Repository, config: Config) -> Path:
    """Return the directory for worktrees, builds and images of a repository.

    It is what `kbis.workDirectory` says; else it lies in the git directory, or, where that has a space or a colon in
    its path, in the user's cache.

    Raises:
        UserError: both paths have one.
    """
    if config.work is not None:
        return config.work
    name = sha256(os.fsencode(repository.directory)).hexdigest()[:16]
    places = (repository.directory / "kbis" / "work", config.cache / "work" / name)
    for place in places:
        if not _UNBEARABLE.search(str(place.absolute())):
            return place
    raise UserError(
        f"Kernels cannot be built below {repository.directory}: make bears no space and no colon in a path.",
        "Name a directory without either: git config kbis.workDirectory DIRECTORY.",
    )
