"""Where kernels are built: a path that every build system can bear."""

import os
import re
import tempfile
from hashlib import sha256
from pathlib import Path

from kbis.config import Config
from kbis.log.repository import Repository

_UNBEARABLE = re.compile(r"[\s:]")
"""make splits lists at white space, and Kbuild refuses both: "cannot contain spaces or colons" (Linux, Makefile)."""


def work_directory(repository: Repository, config: Config) -> Path:
    """Return the directory for worktrees, builds and images of a repository.

    It is what `kbis.workDirectory` says; else it lies in the git directory, or, where that has a space or a colon in
    its path, in the user's cache, or with the temporary files.
    """
    if config.work is not None:
        return config.work
    own = repository.directory / "kbis" / "work"
    name = sha256(os.fsencode(repository.directory)).hexdigest()[:16]
    others = (config.cache / "work" / name, Path(tempfile.gettempdir(), f"kbis-{os.getuid()}", name))
    return next((each for each in (own, *others) if not _UNBEARABLE.search(str(each.absolute()))), own)
